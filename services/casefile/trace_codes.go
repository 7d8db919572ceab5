package casefile

import (
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// codes picks what a step says beside its type.
func codes(f services.Fact, t *turn) []CodeRef {
	switch data := f.Data.(type) {
	case schemas.ReferralRequested:
		more := refs("priority", data.Priority)
		if may := (&Referral{Asked: data}).Permitted(); may != "" {
			more = append(more, CodeRef{"permitted_action", may})
		}
		return asked(data, more)
	case schemas.ReferralOffered:
		if t.r.Asked.Service == "" {
			return nil
		}
		return offered(data, t.r.Asked)
	case schemas.FindingRecorded:
		return found(data)
	case schemas.FindingAmended:
		return found(data.FindingRecorded)
	case schemas.TipReceived:
		return append(refs("tip_origin", data.Origin), CodeRef{"area", areaCode(data.Area)},
			CodeRef{"source_reliability", data.Reliability}, CodeRef{"credibility", data.Credibility})
	}
	for _, ref := range plain(f.Data) {
		if ref.Code != "" {
			return []CodeRef{ref}
		}
	}
	return nil
}

// plain are the steps that say one code.
func plain(data any) []CodeRef {
	switch data := data.(type) {
	case schemas.ReferralDeclined:
		return refs("neutral_reason", data.Reason)
	case schemas.ReferralRevoked:
		return refs("neutral_reason", data.Reason)
	case schemas.ReferralHeld:
		return refs("neutral_reason", data.Reason)
	case schemas.ReferralRerouted:
		return refs("neutral_reason", data.Reason)
	case schemas.ReferralCancellationRequested:
		return refs("neutral_reason", data.Reason)
	case schemas.LeadDeclined:
		return refs("neutral_reason", data.Reason)
	case schemas.ReferralConfirmed:
		return refs("answer", data.Correct)
	case schemas.FindingRetracted:
		return refs("retract_reason", data.Reason)
	case schemas.TipTriaged:
		return refs("triage", data.Outcome)
	case schemas.TipClosed:
		return refs("tip_reason", data.Reason)
	case schemas.ScreeningDecided:
		return refs("decision", data.Decision)
	case schemas.PersonTold:
		return refs("told", data.Told)
	}
	return plainOfCase(data)
}

func plainOfCase(data any) []CodeRef {
	switch data := data.(type) {
	case schemas.CaseLinked:
		return refs("link", data.Relation)
	case schemas.CaseUnlinked:
		return refs("link", data.Relation)
	case schemas.CaseMilestone:
		return refs("milestone", data.Milestone)
	case schemas.CaseStageChanged:
		return refs("stage", data.Stage)
	case schemas.CaseClosed:
		return refs("case_reason", data.Reason)
	case schemas.CaseReopened:
		return refs("reopen_reason", data.Reason)
	case schemas.StatusAsserted:
		return refs("trafficking_status", data.Status)
	case schemas.DuplicateAnswered:
		return refs("same", data.Answer)
	}
	return nil
}

func found(data schemas.FindingRecorded) []CodeRef {
	return append(refs("violation", data.Violations...),
		CodeRef{"sector", data.Sector}, CodeRef{"area", areaCode(data.Area)}, CodeRef{"people_band", data.People})
}

func refs(list string, codes ...string) []CodeRef {
	out := make([]CodeRef, len(codes))
	for i, c := range codes {
		out[i] = CodeRef{list, c}
	}
	return out
}

func asked(r schemas.ReferralRequested, more []CodeRef) []CodeRef {
	out := refs("service", r.Service)
	if r.Language != "" {
		out = append(out, CodeRef{"language", r.Language})
	}
	return append(out, more...)
}

// offered spells out the reasons of an offer with the codes that were asked for.
func offered(o schemas.ReferralOffered, r schemas.ReferralRequested) []CodeRef {
	var out []CodeRef
	for _, why := range o.Why {
		switch why {
		case "service":
			out = append(out, CodeRef{"service", r.Service})
		case "subtype":
			out = append(out, refs("service_subtype", r.Subtypes...)...)
		case "area":
			out = append(out, CodeRef{"area", areaCode(r.Area)})
		case "language":
			out = append(out, CodeRef{"language", r.Language})
		case "capacity", "named":
			out = append(out, CodeRef{"match", why})
		}
	}
	return out
}

// areaCode is the code under which the list area explains an area.
func areaCode(a schemas.Area) string {
	if a.Kind == "province" {
		return a.Code
	}
	return a.Kind
}

package desk

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// otherCase are the members of what names another case by the field with.
var otherCase = map[string]string{"with": "case"}

// caseVerbs are the words about a case, the first two about a tip.
var caseVerbs = []verb{
	{name: "triage", typ: "tip.triaged", data: []string{"triage", "with"}, needs: []string{"triage"},
		as: map[string]string{"triage": "outcome", "with": "case"}, fill: fillTip},
	{name: "dismiss", typ: "tip.closed", data: []string{"reason"}, needs: []string{"reason"}, fill: fillTip},
	{name: "record", typ: contentRecorded, shares: true},
	{name: "decide", typ: "screening.decided", data: []string{"decision", "reason"}, needs: []string{"decision"},
		fill: fillScreening},
	{name: "stage", typ: "case.stage_changed", data: []string{"stage"}, needs: []string{"stage"}},
	{name: "assert", typ: "status.asserted", data: []string{"status"}, needs: []string{"status"}},
	{name: "tell", typ: "person.told", data: []string{"about", "person_told"}, needs: []string{"person_told"},
		as: map[string]string{"person_told": "told"}, fill: fillEnding},
	{name: "restrict", typ: "case.restricted", data: []string{"exclude", "upwards"}, needs: []string{"exclude"}},
	{name: "link", typ: "case.linked", data: []string{"relation", "with"}, needs: []string{"relation", "with"},
		as: otherCase, fill: fillCase},
	{name: "unlink", typ: "case.unlinked", data: []string{"relation", "with"}, needs: []string{"relation", "with"},
		as: otherCase, fill: fillCase},
	{name: "compare", typ: duplicateAsked, data: []string{"with", "lead"}, needs: []string{"with", "lead"},
		as: map[string]string{"with": "case", "lead": "with"}, fill: fillCase},
	{name: "same", typ: "duplicate.answered", data: []string{"answer"}, needs: []string{"answer"}, fill: fillQuestion},
	{name: "transfer", typ: "lead.transfer_requested", data: []string{"to"}, needs: []string{"to"}},
	{name: "take", typ: leadTransferred, fill: fillTransfer},
	{name: "refuse", typ: "lead.declined", data: []string{"reason"}, needs: []string{"reason"}, fill: fillTransfer},
	{name: "close", typ: "case.closed", data: []string{"reason", "person_told"}, needs: []string{"reason"},
		feedback: "reason", said: []string{"text", "real_reason", "outcome"}},
	{name: "reopen", typ: "case.reopened", data: []string{"reason"}, needs: []string{"reason"}},
}

// endings are the events that end something for the person, and of which the
// person is to be told.
var endings = []string{
	"referral.completed", "referral.failed", "referral.cancelled", "referral.revoked", "referral.withdrawn",
	referralRerouted, "referral.no_receiver", "case.closed",
}

func fillScreening(_ *Service, _ context.Context, t target, _ ActInput, data map[string]any) error {
	if t.st.Screening == "" {
		return services.RefuseIn(string(casefile.Open), codeNotScreened)
	}
	data["screening"] = t.st.Screening
	return nil
}

// fillEnding takes the latest event that ended something and that this agency can
// speak of: as the lead, as the acceptor, or since it wrote it.
func fillEnding(s *Service, _ context.Context, t target, in ActInput, data map[string]any) error {
	if in.About != "" {
		return nil
	}
	for _, f := range slices.Backward(t.st.Facts) {
		if slices.Contains(endings, f.Name()) && s.speaksOf(t.st, f) {
			data["about"] = f.ID()
			return nil
		}
	}
	return services.RefuseIn(string(casefile.Open), codeNotEnded)
}

func (s *Service) speaksOf(st *casefile.State, f services.Fact) bool {
	if st.Owner == s.Agency || f.Author() == s.Agency {
		return true
	}
	in, about := f.Data.(interface{ ReferralID() string })
	if !about {
		return false
	}
	r := st.Referral(in.ReferralID())
	return r != nil && r.Acceptor == s.Agency
}

// fillCase writes the id of the other case, which may be named by the reference of
// one that this agency can see.
func fillCase(s *Service, ctx context.Context, _ target, in ActInput, data map[string]any) error {
	if in.With == "" || schemas.ValidID(in.With) {
		return nil
	}
	ids, err := s.Lookup(ctx, in.With)
	switch {
	case err != nil:
		return err
	case len(ids) == 0:
		return services.RefuseInput(schemas.Problems{{Pointer: "/with", Code: schemas.CodeGrammar}})
	case len(ids) > 1:
		return services.Refuse(services.Conflict, codeAmbiguous)
	}
	data["case"] = ids[0]
	return nil
}

// fillQuestion takes the latest question about a duplicate that waits for an answer.
func fillQuestion(_ *Service, _ context.Context, t target, _ ActInput, data map[string]any) error {
	f, ok := unanswered(t.st)
	if !ok {
		return services.RefuseIn(string(casefile.Open), codeNotAsked)
	}
	data["asked"] = f.ID()
	return nil
}

func unanswered(st *casefile.State) (services.Fact, bool) {
	for _, f := range slices.Backward(st.Facts) {
		if f.Name() == duplicateAsked && st.Replaced[f.ID()] == "" {
			return f, true
		}
	}
	return services.Fact{}, false
}

func fillTransfer(_ *Service, _ context.Context, t target, _ ActInput, data map[string]any) error {
	if t.st.Transfer == nil {
		return services.RefuseIn(string(casefile.Open), codeNotAsked)
	}
	data["request"] = t.st.Transfer.Request
	return nil
}

package intake

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// codeHourlyLimit is Later: the agency has filed too much in this scope lately.
const codeHourlyLimit = "hourly_limit"

// maxWord is how many bytes an agency's own word in the directory may have, since
// every desk keeps it. The fullest one has about 2 KiB; the rest is room for whoever
// signs with longer keys.
const maxWord = 16 << 10

// step lets a candidate pass or refuses it.
type step func(*Service, context.Context, candidate) error

// steps stand between a candidate that is not in the ledger yet and the ledger:
// who it is, what it costs, what it names, what the rules say. A refusal by an
// earlier one hides what a later one would have told.
var steps = []step{
	(*Service).signatureIsValid,
	(*Service).agencyIsActive,
	(*Service).timeIsNear,
	(*Service).idIsNotReused,
	(*Service).wordIsShort,
	(*Service).limitIsKept,
	(*Service).sectionsAreHeld,
	(*Service).citationsAreTrue,
	(*Service).rulesAllow,
	(*Service).idIsFree,
	(*Service).scopeIsFree,
}

func (s *Service) signatureIsValid(_ context.Context, c candidate) error {
	if err := s.Verifier.Verify(c.fact.Event); err != nil {
		return services.Because(services.Unauthorized, "signature", err)
	}
	return nil
}

// agencyIsActive is for agencies; the operator must be able to admit the first.
func (s *Service) agencyIsActive(_ context.Context, c candidate) error {
	if c.from.Agency == "" {
		return nil
	}
	if a, ok := s.Directory.Agency(c.from.Agency); !ok || !a.Active() {
		return services.Refuse(services.Forbidden, "agency")
	}
	return nil
}

// timeIsNear is for agencies. A hub event has the time of its cause, which may
// be as old as the case.
func (s *Service) timeIsNear(_ context.Context, c candidate) error {
	if c.from.Agency == "" {
		return nil
	}
	if ps := schemas.CheckTime(c.fact.Event, c.now); ps != nil {
		return services.RefuseInput(ps)
	}
	return nil
}

// idIsNotReused refuses other bytes under an id that the same author has used.
func (s *Service) idIsNotReused(_ context.Context, c candidate) error {
	if f, ok := c.prior(c.facts); ok && f.Event.Source() == c.fact.Event.Source() {
		return services.Refuse(services.Conflict, services.CodeIDReused)
	}
	return nil
}

// idIsFree refuses an id that somebody else has used. It stands last: whoever
// may not write to the case must not learn from it which ids are in there.
func (s *Service) idIsFree(_ context.Context, c candidate) error {
	if _, ok := c.prior(c.facts); ok {
		return services.Refuse(services.Conflict, services.CodeIDReused)
	}
	return nil
}

// scopeIsFree refuses to begin a case under the id of an inspection, and the other
// way round: whoever looks for the one by its id would find the other instead, and
// lose it.
func (s *Service) scopeIsFree(ctx context.Context, c candidate) error {
	other, shared := sibling[c.fact.Scope().Kind]
	if len(c.facts) > 0 || !shared {
		return nil
	}
	taken, err := s.Ledger.Read(ctx, schemas.Scope{Kind: other, ID: c.fact.Scope().ID})
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return services.Refuse(services.Conflict, services.CodeIDReused)
	}
	return nil
}

// sibling is the kind of scope whose ids are drawn alike.
var sibling = map[schemas.ScopeKind]schemas.ScopeKind{
	schemas.ScopeCase: schemas.ScopeInspection, schemas.ScopeInspection: schemas.ScopeCase,
}

// wordIsShort is for agencies: the operator states all that there is about one, with
// its keys.
func (s *Service) wordIsShort(_ context.Context, c candidate) error {
	if c.from.Agency != "" && c.fact.Scope().Kind == schemas.ScopeAgency && len(c.fact.Bytes) > maxWord {
		return services.RefuseInput(schemas.Problems{{Code: schemas.CodeTooLarge}})
	}
	return nil
}

// limitIsKept counts what the agency has filed within the hour, in the scope and in
// all.
func (s *Service) limitIsKept(_ context.Context, c candidate) error {
	if c.from.Agency == "" || s.HourlyLimit < 0 {
		return nil
	}
	filed, since := 0, c.fact.Recorded.Add(-time.Hour)
	for _, f := range c.facts {
		if f.Author() == c.from.Agency && f.Recorded.After(since) {
			filed++
		}
	}
	if filed >= s.HourlyLimit || s.pace.filed(c.from.Agency, c.now) >= AgencyFactor*s.HourlyLimit {
		return services.Refuse(services.Later, codeHourlyLimit)
	}
	return nil
}

// sectionsAreHeld asks for every section that the event names: a section is put
// into the vault first, so that no event names one that nobody can ever open.
func (s *Service) sectionsAreHeld(ctx context.Context, c candidate) error {
	for _, sealed := range casefile.Sections(c.fact) {
		held, err := s.Sections.Holds(ctx, c.from.Agency, c.fact.ID(), sealed.Section, sealed.Digest)
		if err != nil {
			return err
		}
		if !held {
			return services.Refuse(services.Later, services.CodeNoSection)
		}
	}
	return nil
}

// citationsAreTrue lets a case cite only what its own lead has filed: an agency
// cannot reach another one's inspection by naming it.
func (s *Service) citationsAreTrue(ctx context.Context, c candidate) error {
	opened, ok := c.fact.Data.(schemas.CaseOpened)
	if !ok {
		return nil
	}
	authors := make(map[schemas.Citation]string)
	read := make(map[string]bool)
	for _, cited := range opened.From {
		if !read[cited.Inspection] {
			facts, err := s.Ledger.Read(ctx, schemas.Scope{Kind: schemas.ScopeInspection, ID: cited.Inspection})
			if err != nil {
				return err
			}
			for _, f := range facts {
				authors[schemas.Citation{Inspection: cited.Inspection, Event: f.ID()}] = f.Author()
			}
			read[cited.Inspection] = true
		}
		if authors[cited] != c.from.Agency {
			return services.Refuse(services.Unknown, "citation")
		}
	}
	return nil
}

func (s *Service) rulesAllow(_ context.Context, c candidate) error {
	return casefile.Check(casefile.Fold(c.facts), s.Directory, c.fact)
}

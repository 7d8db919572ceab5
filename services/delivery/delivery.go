package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// AlarmNoAudience is the code of the alarm that nobody may see an event.
const AlarmNoAudience = "no_audience"

// Config is what delivery needs. All of it is required unless said otherwise.
type Config struct {
	History   services.History
	Directory casefile.Directory
	Inbox     Inbox
	// Author signs access.ended.
	Author    services.Author
	Citations Citations
	// Alarm is told codes, never ids; may be nil.
	Alarm func(ctx context.Context, code string)
}

// Service is the projector. One copy of it is active at a time.
type Service struct{ Config }

var _ services.Projector = (*Service)(nil)

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Name returns "delivery", the name that access.ended is signed with.
func (s *Service) Name() string { return schemas.Delivery }

// Apply brings every inbox up to the present end of the fact's history. It
// tries all agencies before it fails, so that one inbox that takes nothing does
// not keep another from being cleared. It answers Later when the ledger that it
// reads does not hold the fact yet. The directory is nobody's inbox: agency
// events are asked for.
func (s *Service) Apply(ctx context.Context, f services.Fact) error {
	if f.Scope().Kind == schemas.ScopeAgency {
		return nil
	}
	if err := s.cite(ctx, f); err != nil {
		return err
	}
	scopes, err := s.concerned(ctx, f)
	if err != nil {
		return err
	}
	var failed []error
	for _, scope := range scopes {
		failed = append(failed, s.applyIn(ctx, scope, f))
	}
	return errors.Join(failed...)
}

// concerned are the histories that a fact changes: its own, and for the event of
// an inspection every case that cites it or what it amends.
func (s *Service) concerned(ctx context.Context, f services.Fact) ([]schemas.Scope, error) {
	scopes := []schemas.Scope{f.Scope()}
	if f.Scope().Kind != schemas.ScopeInspection {
		return scopes, nil
	}
	citing, err := s.Citations.Citing(ctx, f.Scope().ID)
	for _, id := range citing {
		scopes = append(scopes, schemas.Scope{Kind: schemas.ScopeCase, ID: id})
	}
	return scopes, err
}

// applyIn brings every inbox up to the present end of one history.
func (s *Service) applyIn(ctx context.Context, scope schemas.Scope, f services.Fact) error {
	facts, err := s.read(ctx, scope)
	if err != nil {
		return err
	}
	c := s.change(facts, f)
	if _, ok := c.now.Fact(f.ID()); !ok {
		if scope != f.Scope() {
			return nil // the case cites other events of the inspection
		}
		return services.Refuse(services.Later, "stale_read")
	}
	if !c.seen() && s.Alarm != nil {
		s.Alarm(ctx, AlarmNoAudience)
	}
	var failed []error
	for _, agency := range c.agencies() {
		failed = append(failed, s.deliver(ctx, c, agency))
	}
	return errors.Join(failed...)
}

// cite notes which inspections a new case comes from.
func (s *Service) cite(ctx context.Context, f services.Fact) error {
	opened, ok := f.Data.(schemas.CaseOpened)
	if !ok {
		return nil
	}
	for _, cited := range opened.From {
		if err := s.Citations.Cite(ctx, cited.Inspection, f.Scope().ID); err != nil {
			return err
		}
	}
	return nil
}

// read returns the facts of a scope and, for a case, the inspection events that
// it cites.
func (s *Service) read(ctx context.Context, scope schemas.Scope) ([]services.Fact, error) {
	facts, err := s.History.Read(ctx, scope)
	if err != nil {
		return nil, err
	}
	state := casefile.Fold(facts)
	read := make(map[string]bool)
	for _, cited := range state.Opened.From {
		if read[cited.Inspection] {
			continue
		}
		read[cited.Inspection] = true
		site, err := s.History.Read(ctx, schemas.Scope{Kind: schemas.ScopeInspection, ID: cited.Inspection})
		if err != nil {
			return nil, err
		}
		facts = append(facts, state.Cited(site)...)
	}
	return facts, nil
}

// change is what one fact, and all that has come after it, did to who sees what.
type change struct {
	cause services.Fact
	now   *casefile.State
	// before, upon and after are what the history entitles to up to the fact's
	// predecessor, up to the fact, and at its present end.
	before, after casefile.Entitlement
	// upon is asked for only where something was lost.
	upon func() casefile.Entitlement
	// was and is are the history up to the fact's predecessor and up to the fact.
	was, is *casefile.State
	d       casefile.Directory
}

func (s *Service) change(facts []services.Fact, cause services.Fact) change {
	upTo := func(sequence uint64) *casefile.State {
		return casefile.Fold(slices.DeleteFunc(slices.Clone(facts), func(f services.Fact) bool {
			return f.Sequence > sequence
		}))
	}
	now, was, is := casefile.Fold(facts), upTo(cause.Sequence-1), upTo(cause.Sequence)
	return change{
		cause: cause, now: now, was: was, is: is, d: s.Directory,
		before: casefile.Entitled(was, s.Directory),
		upon:   sync.OnceValue(func() casefile.Entitlement { return casefile.Entitled(is, s.Directory) }),
		after:  casefile.Entitled(now, s.Directory),
	}
}

// agencies returns everybody whom the change may concern, sorted.
func (c change) agencies() []string {
	all := maps.Clone(c.before)
	maps.Copy(all, c.after)
	return slices.Sorted(maps.Keys(all))
}

// seen reports whether anybody may see the fact itself.
func (c change) seen() bool {
	for agency := range c.after {
		if c.after.Has(agency, c.cause.ID()) {
			return true
		}
	}
	return false
}

// gained lists what the agency is to be given, in ledger order. What came later
// than the cause is left to its own turn: a copy that lags behind would
// otherwise give it again at every turn up to there.
func (c change) gained(agency string) []services.Fact {
	return c.pick(func(f services.Fact) bool {
		return f.Sequence <= c.cause.Sequence && c.after.Has(agency, f.ID()) && !c.before.Has(agency, f.ID())
	})
}

// lost lists what is to be taken from the agency, in ledger order.
func (c change) lost(agency string) []services.Fact {
	return c.pick(func(f services.Fact) bool { return c.before.Has(agency, f.ID()) && !c.after.Has(agency, f.ID()) })
}

// ended lists those of the lost events to which this very fact ended the
// agency's access, and none that came later.
func (c change) ended(agency string, lost []services.Fact) []string {
	var ended []string
	for _, f := range lost {
		if !c.upon().Has(agency, f.ID()) {
			ended = append(ended, f.ID())
		}
	}
	return ended
}

// overtaken lists the agency's offers that this very fact ended, where the fact is
// not for the agency to see.
func (c change) overtaken(agency string) []string {
	if c.upon().Has(agency, c.cause.ID()) {
		return nil
	}
	return casefile.Overtaken(c.was, c.is, c.d, agency)
}

func (c change) pick(wanted func(services.Fact) bool) []services.Fact {
	var picked []services.Fact
	for _, f := range c.now.Facts {
		if wanted(f) {
			picked = append(picked, f)
		}
	}
	return picked
}

// deliver does what the change means for one agency. Removal comes before the
// word that access ended: who reads that word finds the inbox as it is to be.
func (s *Service) deliver(ctx context.Context, c change, agency string) error {
	for _, f := range c.gained(agency) {
		if err := s.Inbox.Put(ctx, agency, f.Scope().ID, f); err != nil {
			return err
		}
	}
	lost, err := s.lost(ctx, c, agency)
	if err != nil {
		return err
	}
	for _, f := range lost {
		if err := s.Inbox.Remove(ctx, agency, f.Scope().ID, f.ID()); err != nil {
			return err
		}
	}
	word := schemas.AccessEnded{Cause: c.cause.ID(), Events: c.ended(agency, lost), Offers: c.overtaken(agency)}
	if len(word.Events) == 0 && len(word.Offers) == 0 {
		return nil
	}
	return s.tell(ctx, c, agency, word)
}

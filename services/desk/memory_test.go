package desk_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// memory is a View, a Store and a Directory without a disk.
type memory struct {
	mu    sync.Mutex
	facts []services.Fact
	cases map[string]desk.Case
	rows  []desk.Row
	kept  []desk.Kept
	held  []desk.Token
	feed  []desk.Entry
	place uint64 // the last that was given
	known map[string]casefile.Agency
	about map[string][]services.Fact // agency → its facts
	down  error                      // what every write answers, when set

	listed int      // how often the cases were read
	queued []string // which queues were read
}

var (
	_ desk.View      = (*memory)(nil)
	_ desk.Store     = (*memory)(nil)
	_ desk.Directory = (*memory)(nil)
)

func newMemory() *memory {
	return &memory{cases: map[string]desk.Case{}, known: map[string]casefile.Agency{}, about: map[string][]services.Fact{}}
}

func (m *memory) Put(_ context.Context, c desk.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	at := func(f services.Fact) desk.Location { return desk.Location{Scope: f.Scope(), Event: f.ID()} }
	m.facts = slices.DeleteFunc(m.facts, func(f services.Fact) bool {
		return slices.Contains(c.Withdrawn, at(f)) || at(f) == at(c.Fact)
	})
	m.facts = append(m.facts, c.Fact)
	if c.Fact.Scope().Kind == schemas.ScopeAgency {
		return nil
	}
	delete(m.cases, c.Fact.Scope().ID)
	if c.Case != nil {
		m.cases[c.Case.ID] = *c.Case
	}
	return nil
}

func (m *memory) Facts(_ context.Context, scope schemas.Scope) ([]services.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []services.Fact
	for _, f := range m.facts {
		if f.Scope() == scope || scope.ID == "" && f.Scope().Kind == scope.Kind {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b services.Fact) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return found, nil
}

func (m *memory) Fact(_ context.Context, at desk.Location) (services.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.facts {
		if f.Scope() == at.Scope && f.ID() == at.Event {
			return f, nil
		}
	}
	return services.Fact{}, services.Refuse(services.Unknown, services.CodeNotVisible)
}

func (m *memory) Announce(_ context.Context, at desk.Location, ended []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	here := func(e desk.Entry) bool { return e.Location == at }
	if !slices.ContainsFunc(m.feed, here) {
		m.place++
		m.feed = append(m.feed, desk.Entry{Place: m.place, Location: at})
	}
	own := m.feed[slices.IndexFunc(m.feed, here)].Place
	m.feed = slices.DeleteFunc(m.feed, func(e desk.Entry) bool {
		near := e.Scope.ID == at.Scope.ID || e.Scope.Kind == schemas.ScopeInspection
		return e.Place < own && near && slices.Contains(ended, e.Event)
	})
	return nil
}

func (m *memory) Announced(_ context.Context, after uint64, limit int) ([]desk.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []desk.Entry
	for _, e := range m.feed {
		if e.Place > after && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, nil
}

func (m *memory) LastPlace(context.Context) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.feed) == 0 {
		return 0, nil
	}
	return m.feed[len(m.feed)-1].Place, nil
}

func (m *memory) Cases(_ context.Context, q desk.Query) ([]desk.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []desk.Case
	for _, c := range m.cases {
		has := func(r desk.Referral) bool { return r.ID == q.Referral }
		if strings.HasPrefix(c.ID, q.Prefix) && (!q.Needs || len(c.Items) > 0) &&
			(q.Referral == "" || slices.ContainsFunc(c.Referrals, has)) {
			found = append(found, c)
		}
	}
	m.listed++
	slices.SortFunc(found, func(a, b desk.Case) int {
		return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
	})
	if q.Limit > 0 {
		found = found[:min(len(found), q.Limit)]
	}
	return found, nil
}

func (m *memory) Append(_ context.Context, rows []desk.Row, kept []desk.Kept) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	for _, r := range rows {
		if m.find(r.Event) != nil {
			return services.Refuse(services.Conflict, services.CodeIDReused)
		}
	}
	for _, r := range rows {
		r.Order = int64(len(m.rows) + 1)
		m.rows = append(m.rows, r)
	}
	m.kept = append(m.kept, kept...)
	return nil
}

func (m *memory) find(event string) *desk.Row {
	i := slices.IndexFunc(m.rows, func(r desk.Row) bool { return r.Event == event })
	if i < 0 {
		return nil
	}
	return &m.rows[i]
}

func (m *memory) Row(_ context.Context, event string) (desk.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.find(event); r != nil {
		return *r, nil
	}
	return desk.Row{}, services.Refuse(services.Unknown, services.CodeNotVisible)
}

func (m *memory) Settle(_ context.Context, event string, v desk.Verdict) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	m.find(event).Verdict = v
	for i, r := range m.rows {
		if v.Standing == desk.Refused && r.Post == event && unsettled(r) {
			m.rows[i].Verdict = v
		}
	}
	return nil
}

func unsettled(r desk.Row) bool { return r.Standing == desk.Waiting || r.Standing == desk.Parked }

func (m *memory) Queue(_ context.Context, scope string) ([]desk.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []desk.Row
	for _, r := range m.rows {
		if unsettled(r) && strings.HasPrefix(r.Scope, scope) {
			r.Raw = nil
			found = append(found, r)
		}
	}
	m.queued = append(m.queued, scope)
	return found, nil
}

func (m *memory) Filed(_ context.Context, scope string) ([]desk.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []desk.Row
	for _, r := range m.rows {
		if r.Standing != desk.Refused && r.Standing != desk.Parked && r.Scope == scope {
			found = append(found, r)
		}
	}
	return found, nil
}

func (m *memory) Waiting(ctx context.Context) ([]string, error) {
	rows, err := m.Queue(ctx, "")
	var scopes []string
	for _, r := range rows {
		if !slices.Contains(scopes, r.Scope) {
			scopes = append(scopes, r.Scope)
		}
	}
	return scopes, err
}

func (m *memory) OfEvent(_ context.Context, event string) ([]desk.Kept, error) {
	return m.sections(func(k desk.Kept) bool { return k.Event == event }), nil
}

func (m *memory) OfCase(_ context.Context, id string) ([]desk.Kept, error) {
	return m.sections(func(k desk.Kept) bool { return k.Case == id }), nil
}

func (m *memory) sections(wanted func(desk.Kept) bool) []desk.Kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []desk.Kept
	for _, k := range m.kept {
		if wanted(k) {
			found = append(found, k)
		}
	}
	return found
}

func (m *memory) Agency(id string) (casefile.Agency, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.known[id]
	return a, ok
}

func (m *memory) Agencies() []casefile.Agency {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []casefile.Agency
	for _, a := range m.known {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b casefile.Agency) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Apply takes over what is known of an agency.
func (m *memory) Apply(_ context.Context, f services.Fact) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := f.Scope().ID
	m.about[id] = append(m.about[id], f)
	if a, ok := casefile.FoldAgency(m.about[id]); ok {
		m.known[id] = a
	}
	return nil
}

func (m *memory) AddToken(_ context.Context, t desk.Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	m.held = append(m.held, t)
	return nil
}

func (m *memory) Tokens(context.Context) ([]desk.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.held), nil
}

func (m *memory) RevokeToken(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, t := range m.held {
		if t.ID == id && t.Revoked.IsZero() {
			m.held[i].Revoked = at
		}
	}
	return m.down
}

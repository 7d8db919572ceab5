package directory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Directory is the fold of the agencies' facts. It may be used by many at once:
// a reader sees the agencies as they were after one fact, never half of one.
type Directory struct {
	mu   sync.Mutex // held by whoever applies a fact
	view atomic.Pointer[view]
}

// view is what is known after some fact; it is never changed.
type view struct {
	facts    map[string][]services.Fact // agency → its current facts in ledger order
	agencies map[string]casefile.Agency
	sorted   []casefile.Agency // without the hub
	accounts map[string]string // account on the bus → agency
}

var (
	_ casefile.Directory = (*Directory)(nil)
	_ services.Projector = (*Directory)(nil)
	_ services.Answerer  = (*Directory)(nil)
)

// New returns an empty directory.
func New() *Directory {
	d := &Directory{}
	d.view.Store(&view{facts: make(map[string][]services.Fact), agencies: make(map[string]casefile.Agency)})
	return d
}

// Name returns "directory".
func (d *Directory) Name() string { return "directory" }

// Agency finds an agency by id. Under schemas.HubAgency it finds the hub, which
// has keys and is no agency.
func (d *Directory) Agency(id string) (casefile.Agency, bool) {
	a, ok := d.view.Load().agencies[id]
	return a, ok
}

// Holder returns the agency whose account on the bus this is.
func (d *Directory) Holder(account string) (string, bool) {
	id, ok := d.view.Load().accounts[account]
	return id, ok
}

// Agencies returns every agency, sorted by id; not the hub.
func (d *Directory) Agencies() []casefile.Agency {
	return slices.Clone(d.view.Load().sorted)
}

// Apply takes in a fact about an agency, and ignores every other one. It cannot
// fail.
func (d *Directory) Apply(_ context.Context, f services.Fact) error {
	if f.Scope().Kind != schemas.ScopeAgency {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.view.Store(d.view.Load().with(f))
	return nil
}

// with returns the view after one more fact.
func (v *view) with(f services.Fact) *view {
	id := f.Event.Subject()
	if slices.ContainsFunc(v.facts[id], func(known services.Fact) bool { return known.ID() == f.ID() }) {
		return v
	}
	facts := append(slices.Clone(v.facts[id]), f)
	slices.SortStableFunc(facts, func(a, b services.Fact) int { return cmp.Compare(a.Sequence, b.Sequence) })
	next := &view{facts: maps.Clone(v.facts), agencies: maps.Clone(v.agencies)}
	next.facts[id] = casefile.Current(facts)
	if a, ok := casefile.FoldAgency(facts); ok {
		next.agencies[id] = a
	}
	next.accounts = make(map[string]string, len(next.agencies))
	for _, a := range next.agencies {
		next.sorted = append(next.sorted, a)
		if account := schemas.Account(a.Keys); account != "" {
			next.accounts[account] = a.ID
		}
	}
	next.sorted = slices.DeleteFunc(next.sorted, func(a casefile.Agency) bool { return a.ID == schemas.HubAgency })
	slices.SortFunc(next.sorted, func(a, b casefile.Agency) int { return strings.Compare(a.ID, b.ID) })
	return next
}

package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// memory is a store that forgets everything with the test.
type memory struct {
	mu        sync.Mutex
	endpoints []webhook.Endpoint
	rows      map[string]map[uint64]webhook.Delivery // by endpoint and place
	broken    error                                  // what everything answers
}

func newMemory() *memory { return &memory{rows: make(map[string]map[uint64]webhook.Delivery)} }

func (m *memory) lock() (func(), error) {
	m.mu.Lock()
	return m.mu.Unlock, m.broken
}

// fail has everything fail from now on; nil: nothing.
func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

func (m *memory) Add(_ context.Context, e webhook.Endpoint) error {
	unlock, err := m.lock()
	defer unlock()
	m.endpoints = append(m.endpoints, e)
	m.rows[e.ID] = make(map[uint64]webhook.Delivery)
	return err
}

func (m *memory) All(context.Context) ([]webhook.Endpoint, error) {
	unlock, err := m.lock()
	defer unlock()
	return slices.Clone(m.endpoints), err
}

func (m *memory) at(id string) (*webhook.Endpoint, error) {
	i := slices.IndexFunc(m.endpoints, func(e webhook.Endpoint) bool { return e.ID == id })
	if i < 0 {
		return nil, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return &m.endpoints[i], m.broken
}

func (m *memory) Get(_ context.Context, id string) (webhook.Endpoint, error) {
	unlock, _ := m.lock()
	defer unlock()
	e, err := m.at(id)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	return *e, nil
}

func (m *memory) Change(_ context.Context, id string, change func(*webhook.Endpoint) (*webhook.Move, error)) (webhook.Endpoint, int, error) {
	unlock, _ := m.lock()
	defer unlock()
	at, err := m.at(id)
	if err != nil {
		return webhook.Endpoint{}, 0, err
	}
	e := *at
	move, err := change(&e)
	if err != nil {
		return webhook.Endpoint{}, 0, err
	}
	*at = e
	if move == nil {
		return e, 0, nil
	}
	found := m.fitting(id, move.Pick)
	for _, d := range found {
		move.To(&d)
		m.rows[id][d.Place] = d
	}
	return e, len(found), nil
}

// fitting returns what a pick fits, the newest place first.
func (m *memory) fitting(id string, p webhook.Pick) []webhook.Delivery {
	var found []webhook.Delivery
	for _, place := range slices.Backward(slices.Sorted(maps.Keys(m.rows[id]))) {
		d := m.rows[id][place]
		if (p.Event == "" || p.Event == d.Event) && (p.Type == "" || p.Type == d.Type) && !d.At.Before(p.Since) &&
			d.Place >= p.From && (!p.Tried || d.Tries > 0) && (len(p.States) == 0 || slices.Contains(p.States, d.State)) {
			found = append(found, d)
		}
	}
	return found
}

func (m *memory) Enqueue(_ context.Context, id string, rows []webhook.Delivery, from, to uint64) error {
	unlock, _ := m.lock()
	defer unlock()
	e, err := m.at(id)
	if err != nil || e.Cursor != from || !e.Open() {
		return err
	}
	e.Cursor = to
	for _, d := range rows {
		if _, there := m.rows[id][d.Place]; !there {
			m.rows[id][d.Place] = d
		}
	}
	return nil
}

func (m *memory) Heads(_ context.Context, id string) ([]webhook.Delivery, error) {
	unlock, err := m.lock()
	defer unlock()
	return slices.Collect(maps.Values(m.heads(id))), err
}

func (m *memory) heads(id string) map[string]webhook.Delivery {
	first := make(map[string]webhook.Delivery)
	for _, d := range m.fitting(id, webhook.Pick{States: []webhook.DeliveryState{webhook.Waiting, webhook.Failed}}) {
		first[d.Scope] = d // the lowest place comes last
	}
	return first
}

func (m *memory) Head(_ context.Context, id, scope string) (webhook.Delivery, bool, error) {
	unlock, err := m.lock()
	defer unlock()
	d, found := m.heads(id)[scope]
	return d, found, err
}

func (m *memory) Settle(ctx context.Context, d webhook.Delivery, after func(*webhook.Endpoint, *webhook.Delivery)) error {
	unlock, _ := m.lock()
	defer unlock()
	e, err := m.at(d.Endpoint)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	if now, there := m.rows[d.Endpoint][d.Place]; there {
		after(e, &now)
		m.rows[d.Endpoint][d.Place] = now
	}
	return nil
}

func (m *memory) Find(_ context.Context, id string, p webhook.Pick, page webhook.Page) ([]webhook.Delivery, error) {
	unlock, err := m.lock()
	defer unlock()
	found := m.fitting(id, p)
	if page.Before > 0 {
		found = slices.DeleteFunc(found, func(d webhook.Delivery) bool { return d.Place >= page.Before })
	}
	return found[:min(len(found), page.Limit)], err
}

func (m *memory) Count(context.Context) (map[string]webhook.Counts, error) {
	unlock, err := m.lock()
	defer unlock()
	counts := make(map[string]webhook.Counts)
	for id, rows := range m.rows {
		counts[id] = make(webhook.Counts)
		for _, d := range rows {
			counts[id][d.State]++
		}
	}
	return counts, err
}

func (m *memory) Prune(_ context.Context, before time.Time) error {
	unlock, err := m.lock()
	defer unlock()
	for _, rows := range m.rows {
		maps.DeleteFunc(rows, func(_ uint64, d webhook.Delivery) bool { return d.Settled() && d.At.Before(before) })
	}
	m.endpoints = slices.DeleteFunc(m.endpoints, func(e webhook.Endpoint) bool {
		return e.State == webhook.Disabled && e.Changed.Before(before) && len(m.rows[e.ID]) == 0
	})
	return err
}

// feed is what a desk was shown.
type feed struct {
	mu        sync.Mutex
	place     uint64
	told      []webhook.Told
	withdrawn map[string]bool // by event
	hidden    uint64          // from this place on nothing has come back yet; 0: all has
	news      chan struct{}
}

func newFeed() *feed { return &feed{withdrawn: make(map[string]bool), news: make(chan struct{})} }

// tell shows the desk an event of a case, and returns its id.
func (f *feed) tell(t testing.TB, typ, scope string) string {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.place++
	fact := factOf(t, typ, scope, int(f.place))
	f.told = append(f.told, webhook.Told{Place: f.place, Fact: fact})
	f.wake()
	return fact.ID()
}

func (f *feed) wake() {
	close(f.news)
	f.news = make(chan struct{})
}

func (f *feed) withdraw(event string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.withdrawn[event] = true
	f.told = slices.DeleteFunc(f.told, func(t webhook.Told) bool { return t.Fact.ID() == event })
}

// hide has the desk read its inbox anew, up to a place; 0: to the end.
func (f *feed) hide(from uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hidden = from
	f.wake()
}

func (f *feed) Feed(_ context.Context, after uint64, limit int) ([]webhook.Told, uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []webhook.Told
	for _, t := range f.told {
		if t.Place <= after {
			continue
		}
		if len(found) == limit || f.hidden > 0 && t.Place >= f.hidden {
			break
		}
		found, after = append(found, t), t.Place
	}
	return found, after, nil
}

func (f *feed) Last(context.Context) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.told) == 0 {
		return 0, nil
	}
	return f.told[len(f.told)-1].Place, nil
}

func (f *feed) News() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.news
}

// factOf is a fact as the ledger holds it, with an id that follows from its number.
func factOf(t testing.TB, typ, scope string, n int) services.Fact {
	t.Helper()
	open, ok := schemas.ExampleOf(typ)
	if !ok {
		t.Fatalf("no example of %s", typ)
	}
	recorded := time.Date(2026, 11, 23, 2, n, 0, 0, time.UTC)
	kind, _ := schemas.TypeNamed(typ)
	author := schemas.Party{Agency: "labour-samutsakhon"}
	if kind.Author != schemas.AnyAgency {
		author = schemas.Party{Service: kind.Author}
	}
	e, err := schemas.Draft{
		ID: schemas.DeriveEventID(recorded, "test", scope, typ, n), Author: author,
		Type: typ, Subject: scope, Time: recorded, Data: open.Data,
	}.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, "c2ln")
	if err != nil {
		t.Fatal(err)
	}
	f, err := services.NewFact(raw, uint64(n), recorded, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// scopes are cases.
func scopeOf(n int) string { return fmt.Sprintf("%032x", n+1) }

// receiver is a sender whose receivers do what a test says.
type receiver struct {
	mu     sync.Mutex
	answer func(webhook.Request) webhook.Outcome // nil: everything goes well
	watch  func(webhook.Request)                 // sees every attempt as it begins; may be nil
	asked  func(url string) (int, webhook.Outcome)
	got    []webhook.Request // every attempt
	most   int               // how many were on their way at once
	now    int
	takes  time.Duration // one attempt
}

func (r *receiver) Check(context.Context, string) error { return nil }

func (r *receiver) Ask(_ context.Context, url string) (int, webhook.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked != nil {
		return r.asked(url)
	}
	return 0, webhook.OutcomeOf(200)
}

func (r *receiver) Send(ctx context.Context, q webhook.Request) webhook.Outcome {
	r.mu.Lock()
	r.got = append(r.got, q)
	r.now++
	r.most = max(r.most, r.now)
	answer, takes := r.answer, r.takes
	if r.watch != nil {
		r.watch(q)
	}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.now--
	}()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return webhook.Outcome{Code: webhook.Unreached}
		}
	}
	if answer == nil {
		return webhook.OutcomeOf(204)
	}
	return answer(q)
}

// events lists the ids of every attempt, in order.
func (r *receiver) events() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]string, len(r.got))
	for i, q := range r.got {
		ids[i] = q.ID
	}
	return ids
}

// answers has receivers answer so from now on.
func (r *receiver) answers(f func(webhook.Request) webhook.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// desk is the webhooks of a desk under test.
type desk struct {
	*webhook.Service
	store *memory
	feed  *feed
	to    *receiver
	log   []webhook.Attempt
	mu    sync.Mutex
	stop  func()
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{store: newMemory(), feed: newFeed(), to: &receiver{}}
	seed := byte(0)
	d.Service = webhook.New(webhook.Config{
		Feed: d.feed, Store: d.store, Sender: d.to, Jitter: func() float64 { return 0.5 }, Wait: wait,
		IDs: schemas.IDs{Now: time.Now, Fill: func(b []byte) {
			for i := range b {
				seed += 7
				b[i] = seed
			}
		}},
		Observe: func(_ context.Context, a webhook.Attempt) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.log = append(d.log, a)
		},
	})
	return d
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run starts to send until the test ends or stop is called.
func (d *desk) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}

// add adds an endpoint.
func (d *desk) add(t *testing.T, types ...string) webhook.EndpointSecret {
	t.Helper()
	made, err := d.Add(t.Context(), webhook.EndpointInput{URL: "https://hook.example.org/", Types: types})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (d *desk) status(t *testing.T, id string) webhook.EndpointStatus {
	t.Helper()
	s, err := d.Show(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

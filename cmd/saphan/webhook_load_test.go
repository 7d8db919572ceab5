package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/sqlite"
	hooks "github.com/saphan-project/saphan/adapters/webhook"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// hookLoad is many events of many cases on their way to one receiver that fails half
// of the time: real HTTP, real files, and a clock on which no time is spent waiting.
type hookLoad struct {
	*sqlite.Webhooks // as the store; Settle is watched
	told             []webhook.Told
	clock            *leapingClock

	mu       sync.Mutex
	place    map[string]int   // of each event, from 0
	scopes   map[string][]int // places of each case, in order
	done     []bool           // by place: stored as taken
	left     int              // how many are not
	failures []int            // by place
	attempts int
	finished chan struct{}
	wrong    []string
}

const (
	hookCases    = 200
	mostFailures = 6 // of one event: more take days, and belong to other tests
)

// newHookLoad tells n events of 200 cases.
func newHookLoad(t testing.TB, n int) *hookLoad {
	t.Helper()
	files, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	l := &hookLoad{
		Webhooks: files.Webhooks, clock: &leapingClock{now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)},
		place: make(map[string]int), scopes: make(map[string][]int),
		done: make([]bool, n), failures: make([]int, n), left: n, finished: make(chan struct{}),
	}
	open, _ := schemas.ExampleOf("referral.claimed")
	for i := range n {
		scope := fmt.Sprintf("%032x", rand.IntN(hookCases)+1)
		d := schemas.Draft{
			ID: schemas.DeriveEventID(l.clock.Now(), "load", scope, open.Type, i), Author: schemas.Party{Agency: sampleHarbour},
			Type: open.Type, Subject: scope, Time: l.clock.Now(), Data: open.Data,
		}
		e, err := d.Event()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := schemas.Encode(e, "c2ln")
		if err != nil {
			t.Fatal(err)
		}
		f, err := services.NewFact(raw, uint64(i+1), l.clock.Now(), "")
		if err != nil {
			t.Fatal(err)
		}
		l.told = append(l.told, webhook.Told{Place: uint64(i + 1), Fact: f})
		l.place[d.ID], l.scopes[scope] = i, append(l.scopes[scope], i)
	}
	return l
}

func (l *hookLoad) Feed(_ context.Context, after uint64, limit int) ([]webhook.Told, uint64, error) {
	told := l.told[min(int(after), len(l.told)):]
	told = told[:min(limit, len(told))]
	return told, after + uint64(len(told)), nil
}
func (l *hookLoad) Last(context.Context) (uint64, error) { return uint64(len(l.told)), nil }
func (l *hookLoad) News() <-chan struct{}                { return nil }

// Settle notes what is stored as taken.
func (l *hookLoad) Settle(ctx context.Context, d webhook.Delivery, after func(*webhook.Endpoint, *webhook.Delivery)) error {
	taken := false
	err := l.Webhooks.Settle(ctx, d, func(e *webhook.Endpoint, now *webhook.Delivery) {
		after(e, now)
		taken = now.State == webhook.Delivered
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := l.place[d.Event]; err == nil && taken && !l.done[i] {
		l.done[i] = true
		if l.left--; l.left == 0 {
			close(l.finished)
		}
	}
	return err
}

// ServeHTTP is the receiver. It checks the signature, that the event was not stored as
// taken, and that everything before it in its case was.
func (l *hookLoad) ServeHTTP(w http.ResponseWriter, r *http.Request, key string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	sent, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64) // the clock has leapt since
	id, err := hooks.Verify([]string{key}, r.Header, body, time.Unix(sent, 0))
	switch l.judge(id, err) {
	case "ok":
		w.WriteHeader(http.StatusNoContent)
	case "cut":
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	case "hang":
		<-r.Context().Done()
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (l *hookLoad) judge(id string, err error) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts++
	i, known := l.place[id]
	if err != nil || !known {
		l.wrong = append(l.wrong, fmt.Sprint("what came is not signed: ", err))
		return "ok"
	}
	if l.done[i] {
		l.wrong = append(l.wrong, fmt.Sprint("sent again after it was stored as taken: ", i))
	}
	for _, before := range l.scopes[l.told[i].Fact.Scope().ID] {
		if before >= i {
			break
		}
		if !l.done[before] {
			l.wrong = append(l.wrong, fmt.Sprint(i, " came before ", before, " of its case"))
		}
	}
	if l.failures[i] >= mostFailures || rand.IntN(2) == 0 {
		return "ok"
	}
	l.failures[i]++
	if rand.IntN(50) == 0 {
		return "hang"
	}
	return []string{"cut", "500"}[rand.IntN(2)]
}

// play sends everything, and returns when all of it is stored as taken.
func (l *hookLoad) play(t testing.TB) {
	t.Helper()
	key := ""
	var ready sync.WaitGroup
	ready.Add(1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.Header().Set("WebHook-Allowed-Origin", "*")
			w.Header().Set("WebHook-Allowed-Rate", "*")
			return
		}
		ready.Wait()
		l.ServeHTTP(w, r, key)
	}))
	defer server.Close()
	s := webhook.New(webhook.Config{
		Feed: l, Store: l, Jitter: rand.Float64, Wait: l.clock.Wait, IDs: schemas.IDs{Now: l.clock.Now, Fill: fill},
		Sender: busySender{l.clock, hooks.New(hooks.Config{Origin: "saphan.example.org", Loopback: true, Timeout: 200 * time.Millisecond, Now: l.clock.Now})},
	})
	made, err := s.Add(t.Context(), webhook.EndpointInput{URL: server.URL})
	if err != nil || made.State != webhook.Active {
		t.Fatal(made.State, err)
	}
	key = made.Secret
	ready.Done()
	if _, err := s.Replay(t.Context(), made.ID, webhook.ReplayInput{Place: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	l.clock.drive(l.finished)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range l.wrong[:min(len(l.wrong), 10)] {
		t.Error(text)
	}
}

// busySender holds the clock while an attempt is made.
type busySender struct {
	clock *leapingClock
	webhook.Sender
}

func (s busySender) Send(ctx context.Context, r webhook.Request) webhook.Outcome {
	s.clock.hold(1)
	defer s.clock.hold(-1)
	return s.Sender.Send(ctx, r)
}

// leapingClock leaps to the next instant for which somebody waits, when nobody holds it.
type leapingClock struct {
	mu      sync.Mutex
	now     time.Time
	held    int
	waiting map[chan struct{}]time.Time
	changed chan struct{}
}

func (c *leapingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Wait returns when the clock has leapt over d.
func (c *leapingClock) Wait(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	c.mu.Lock()
	if c.waiting == nil {
		c.waiting = make(map[chan struct{}]time.Time)
	}
	c.waiting[over] = c.now.Add(d)
	c.tell()
	c.mu.Unlock()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, over)
		return ctx.Err()
	}
}

func (c *leapingClock) hold(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held += n; c.held == 0 {
		c.tell()
	}
}

func (c *leapingClock) tell() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// drive leaps whenever somebody waits, until finished is closed.
func (c *leapingClock) drive(finished <-chan struct{}) {
	for {
		changed := c.leap()
		select {
		case <-finished:
			return
		case <-changed:
		}
	}
}

// leap goes to the earliest instant that is waited for, if any, and returns what is
// closed when somebody waits again.
func (c *leapingClock) leap() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first chan struct{}
	for over, at := range c.waiting {
		if c.held == 0 && (first == nil || at.Before(c.waiting[first])) {
			first = over
		}
	}
	if first != nil {
		if at := c.waiting[first]; at.After(c.now) {
			c.now = at
		}
		delete(c.waiting, first)
		close(first)
	}
	changed := make(chan struct{})
	c.changed = changed
	return changed
}

// A thousand events of two hundred cases reach a receiver that fails half of the time:
// each arrives, a case keeps its order, and nothing is sent again once it was stored
// as taken.
func TestWebhooksUnderLoad(t *testing.T) {
	t.Parallel()
	n := 1000
	if hurried() {
		n /= 10
	}
	l := newHookLoad(t, n)
	l.play(t)
	if l.attempts < n*5/4 {
		t.Errorf("only %d attempts: does the receiver fail?", l.attempts)
	}
}

// BenchmarkWebhooks sends ten thousand.
func BenchmarkWebhooks(b *testing.B) {
	const n = 10_000
	attempts := 0
	for range b.N {
		b.StopTimer()
		l := newHookLoad(b, n)
		b.StartTimer()
		l.play(b)
		attempts += l.attempts
	}
	took := b.Elapsed().Seconds()
	b.ReportMetric(float64(n*b.N)/took, "deliveries/s")
	b.ReportMetric(float64(attempts)/took, "attempts/s")
	b.ReportMetric(float64(attempts)/float64(b.N), "attempts/op")
}

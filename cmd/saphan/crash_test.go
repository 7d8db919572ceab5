package main

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// program is `saphan up` on one folder, in one process after the other.
type program struct {
	dir string

	mu  sync.Mutex
	now *serving
	up  chan struct{} // closed while it runs
}

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{dir: filepath.Join(t.TempDir(), "data"), up: make(chan struct{})}
	t.Cleanup(p.kill)
	if err := p.start(within(t)); err != nil {
		t.Fatal(err)
	}
	return p
}

// start returns when the program takes requests.
func (p *program) start(ctx context.Context) error {
	s, err := serve(ctx, exec.Command("saphan", "up", "--sample", "--listen", "127.0.0.1:0", "--data", p.dir))
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = s
	close(p.up)
	return nil
}

// take takes the program away from whoever posts; nil when it does not run.
func (p *program) take() *serving {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.now
	if s != nil {
		p.now, p.up = nil, make(chan struct{})
	}
	return s
}

// kill is kill -9. It returns when the process is gone.
func (p *program) kill() {
	if s := p.take(); s != nil {
		_ = s.Process.Kill() // it fails when the process has ended by itself
		<-s.ended
	}
}

// client returns a client of the labour office's desk, once the program runs.
func (p *program) client(ctx context.Context) (*deskclient.Client, error) {
	p.mu.Lock()
	up := p.up
	p.mu.Unlock()
	select {
	case <-up:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	file, err := deskclient.Load(filepath.Join(deskDir(p.dir, sampleLabour), "desk.json"))
	return deskclient.New(file), err
}

// file posts the same bytes until a receipt comes back.
func (p *program) file(ctx context.Context, raw []byte) (services.Receipt, error) {
	for {
		client, err := p.client(ctx)
		if err != nil {
			return services.Receipt{}, err
		}
		a, err := client.File(ctx, raw)
		if err == nil && !a.Waits() {
			return *a.Receipt, nil
		}
		if k := services.KindOf(err); k != "" && k != services.Later {
			return services.Receipt{}, err
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return services.Receipt{}, err
		}
	}
}

// entry is an event in open form.
type entry struct {
	id  string
	raw []byte
}

// queues is what is filed: a case or an inspection each, whose events go in
// order. Every third one asks for a shelter, with a section, so that sealing and
// the vault take part.
func queues(w whole, events int) [][]entry {
	var all [][]entry
	for filed := 0; filed < events; {
		scope, queue := w.world.ids.ID(), []entry(nil)
		add := func(typ string, data any) {
			id, raw := w.event(typ, scope, data)
			queue = append(queue, entry{id, raw})
		}
		if len(all)%3 == 0 {
			add("case.opened", personCase())
			add("referral.requested", withOffer(shelterFor(w.world.ids.ID())))
		} else {
			for range 25 {
				add("finding.recorded", finding())
			}
		}
		queue = queue[:min(len(queue), events-filed)]
		all, filed = append(all, queue), filed+len(queue)
	}
	return all
}

// withOffer adds what a receiver needs to decide.
func withOffer(r schemas.ReferralRequested) any {
	return struct {
		schemas.ReferralRequested
		Sections map[string]any `json:"sections"`
	}{r, map[string]any{"offer": map[string]string{"sex": "unknown", "age_band": "unknown", "urgent_medical": "unknown"}}}
}

// reaper kills the program when its time has come, and starts it again.
type reaper struct {
	program *program
	when    []int // after how many receipts
	failed  func(error)
	busy    sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[string]services.Receipt
}

// note takes note of a receipt.
func (r *reaper) note(ctx context.Context, receipt services.Receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acknowledged[receipt.Event] = receipt
	if len(r.when) == 0 || len(r.acknowledged) < r.when[0] {
		return
	}
	r.when = r.when[1:]
	r.busy.Wait()
	r.busy.Go(func() {
		r.program.kill()
		if err := r.program.start(ctx); err != nil {
			r.failed(err)
		}
	})
}

// A hub and its desks die three times by kill -9 while 2,000 events are filed,
// and start again on their folder. Who got no answer posts the same bytes again.
func TestNothingAcknowledgedIsLostInACrash(t *testing.T) {
	t.Parallel()
	events := 2000
	if hurried() {
		events = 200
	}
	ctx, cancel := context.WithCancelCause(within(t))
	defer cancel(nil)
	r := &reaper{program: newProgram(t), failed: cancel, acknowledged: make(map[string]services.Receipt)}
	for third := range 3 {
		r.when = append(r.when, third*events/3+1+rand.N(events/3))
	}
	t.Logf("kill -9 after %v receipts", r.when)
	w := whole{dir: r.program.dir, world: realWorld(zerolog.Nop(), noop.NewTracerProvider().Tracer("")), play: &play{clock: newStoryClock()}}
	filed := queues(w, events)
	each(len(filed), 6, func(i int) {
		for _, p := range filed[i] {
			receipt, err := r.program.file(ctx, p.raw)
			if err != nil {
				t.Errorf("file: %v: %v", err, context.Cause(ctx))
				return
			}
			r.note(ctx, receipt)
		}
	})
	r.busy.Wait()
	if len(r.acknowledged) != events {
		t.Fatalf("%d events acknowledged", len(r.acknowledged))
	}
	r.program.take().down(t)
	t.Cleanup(func() { w.stop(t) })
	w.start(t)
	w.rest(t)
	w.holds(t, r.acknowledged)
	w.keepsOrder(t, filed)
	w.everybodySeesTheirs(t)
}

// holds fails unless the ledger has every acknowledged event once, as its receipt
// says, and beside them only what follows from them, once a referral.
func (w *whole) holds(t *testing.T, acknowledged map[string]services.Receipt) {
	t.Helper()
	seen, follows := make(map[string]bool), make(map[string]int)
	for _, f := range append(w.ledger(t, schemas.ScopeInspection), w.ledger(t, schemas.ScopeCase)...) {
		if seen[f.ID()] {
			t.Errorf("%s is there twice", f.Name())
		}
		seen[f.ID()] = true
		if r, ok := acknowledged[f.ID()]; ok {
			if r.SHA256 != schemas.Digest(f.Bytes) || !r.Recorded.Equal(f.Recorded) || r.Subject != f.Subject {
				t.Errorf("the receipt of %s does not fit", f.Name())
			}
			continue
		}
		follows[f.Name()]++
	}
	asked := 0
	for id := range acknowledged {
		if !seen[id] {
			t.Errorf("an acknowledged event is not in the ledger")
		}
	}
	for _, f := range w.ledger(t, schemas.ScopeCase) {
		if f.Name() == "referral.requested" {
			asked++
		}
	}
	want := map[string]int{"referral.offered": asked, "referral.delivered": asked, "content.shared": 2 * asked}
	if diff := cmp.Diff(want, follows); diff != "" {
		t.Errorf("what follows (-want +got):\n%s", diff)
	}
}

// keepsOrder fails unless the events of each queue lie in the ledger in the order
// in which they were filed.
func (w *whole) keepsOrder(t *testing.T, filed [][]entry) {
	t.Helper()
	scopes := byScope(append(w.ledger(t, schemas.ScopeInspection), w.ledger(t, schemas.ScopeCase)...))
	place := make(map[string]int)
	for _, facts := range scopes {
		for i, f := range facts {
			place[f.ID()] = i
		}
	}
	for _, queue := range filed {
		for i := 1; i < len(queue); i++ {
			if place[queue[i].id] <= place[queue[i-1].id] {
				t.Errorf("event %d of a queue lies before the one in front of it", i)
			}
		}
	}
}

package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/operator"
)

// load is agencies at work: what each did, and what kept it from it.
type load struct {
	w    *whole
	ctx  context.Context
	done sync.WaitGroup
	mu   sync.Mutex
	errs map[string][]error
	did  map[string]*atomic.Int64
}

// work repeats what an agency does, until the load ends.
func (l *load) work(agency string, do func() error) {
	l.did[agency] = new(atomic.Int64)
	l.done.Go(func() {
		for l.ctx.Err() == nil {
			if err := do(); err != nil && l.ctx.Err() == nil {
				l.mu.Lock()
				l.errs[agency] = append(l.errs[agency], err)
				l.mu.Unlock()
				_ = wait(l.ctx, 5*time.Millisecond)
				continue
			}
			l.did[agency].Add(1)
		}
	})
}

// files opens cases, and asks for a shelter.
func (l *load) files(t *testing.T) func() error {
	client := l.w.desks[sampleLabour]
	return func() error {
		r := referral{caseID: l.w.world.ids.ID(), id: l.w.world.ids.ID()}
		_, opened := l.w.event("case.opened", r.caseID, personCase())
		_, requested := l.w.event("referral.requested", r.caseID, shelterFor(r.id))
		for _, raw := range [][]byte{opened, requested} {
			if a, err := client.File(l.ctx, raw); err != nil || a.Waits() {
				return errors.Join(err, stuck(a))
			}
		}
		return nil
	}
}

func stuck(a desk.Answer) error {
	if a.Waits() {
		return errors.New("it waits in the outbox")
	}
	return nil
}

// answers accepts every second referral that the agency is offered, and leaves the
// others open.
func (l *load) answers(client *deskclient.Client) func() error {
	seen := make(map[string]bool)
	return func() error {
		items, err := client.Inbox(l.ctx)
		if err != nil {
			return err
		}
		for _, i := range items {
			if i.Need != desk.NeedDecide || seen[i.Referral] {
				continue
			}
			seen[i.Referral] = true
			if len(seen)%2 == 0 {
				continue
			}
			if _, err := client.Act(l.ctx, "accept", i.Referral, desk.ActInput{}); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestOffboardingUnderLoad: four agencies file and answer at once, and one goes. It
// is cut off within five seconds, everywhere and for ever; the others do not notice;
// and every open case that waited for it is listed.
func TestOffboardingUnderLoad(t *testing.T) {
	t.Parallel()
	w := startWhole(t, func(w *world) {
		w.hourlyLimit = -1
		w.limits.Strangers = 1 << 20 // whose tokens were good a moment ago
	})
	ctx, end := context.WithCancel(within(t))
	defer end()
	l := &load{w: w, ctx: ctx, errs: make(map[string][]error), did: make(map[string]*atomic.Int64)}
	l.work(sampleLabour, l.files(t))
	l.work(sampleRiverside, l.answers(w.desks[sampleRiverside]))
	l.work(sampleHarbour, l.answers(w.desks[sampleHarbour]))
	l.work(sampleCoordinator, func() error { _, err := w.desks[sampleCoordinator].Cases(ctx); return err })
	for l.did[sampleLabour].Load() < 20 || l.did[sampleRiverside].Load() < 20 {
		if wait(ctx, time.Millisecond) != nil {
			t.Fatal("nobody works")
		}
	}
	stream, line := w.follow(t, sampleRiverside), w.enter(t, sampleRiverside)
	u, err := w.site.hub.bus.Accounts.User(sampleRiverside)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	gone := make(chan operator.Member, 1)
	go func() {
		m, err := w.operator(t).Offboard(ctx, sampleRiverside)
		if err != nil {
			t.Error(err)
		}
		gone <- m
	}()
	soon(t, "the stream", stream)
	soon(t, "the connection", cut(line))
	for _, err := w.desks[sampleRiverside].Inbox(ctx); err == nil; _, err = w.desks[sampleRiverside].Inbox(ctx) {
		if time.Since(begun) > cutWithin {
			t.Fatal("its token opens the desk")
		}
	}
	t.Logf("cut off after %v", time.Since(begun))
	m := <-gone
	t.Logf("gone after %v, with %d open cases", time.Since(begun), len(m.Holds))
	_, err = w.desks[sampleRiverside].Inbox(ctx)
	refused(t, "its token", err, services.Unauthorized, "token")
	if nc, err := w.site.node.server.Connect(u, "back"); err == nil && nc.IsConnected() {
		t.Error("its user comes in")
	}
	before := map[string]int64{}
	for agency, n := range l.did {
		before[agency] = n.Load()
	}
	for _, agency := range []string{sampleLabour, sampleHarbour, sampleCoordinator} {
		for l.did[agency].Load() < before[agency]+10 {
			if wait(ctx, time.Millisecond) != nil {
				t.Fatalf("%s stands still", agency)
			}
		}
	}
	end()
	l.done.Wait()
	for _, agency := range []string{sampleLabour, sampleHarbour, sampleCoordinator} {
		if len(l.errs[agency]) > 0 {
			t.Errorf("%s was disturbed %d times: %v", agency, len(l.errs[agency]), l.errs[agency][0])
		}
	}
	for _, err := range l.errs[sampleRiverside] {
		if k := services.KindOf(err); k != services.Forbidden && k != services.Unauthorized && k != services.Later {
			t.Errorf("it was told %v", err)
		}
	}
	w.leftNothing(t, m)
}

// leftNothing holds what was listed against the ledger, and looks for what is left of
// an agency that has gone.
func (w *whole) leftNothing(t *testing.T, m operator.Member) {
	t.Helper()
	var want []operator.HeldCase
	cases := make(map[string][]services.Fact)
	for _, f := range w.ledger(t, schemas.ScopeCase) {
		cases[f.Scope().ID] = append(cases[f.Scope().ID], f)
	}
	for id, facts := range cases {
		if held := casefile.Fold(facts).Held(m.ID); len(held) > 0 {
			want = append(want, operator.HeldCase{Case: id, Reference: schemas.Reference(id), Holds: held})
		}
	}
	slices.SortFunc(want, func(a, b operator.HeldCase) int { return strings.Compare(a.Case, b.Case) })
	if diff := cmp.Diff(want, m.Holds); diff != "" || len(want) == 0 {
		t.Errorf("%d open cases in the ledger (-want +got):\n%s", len(want), diff)
	}
	if left := w.look(t, "INBOX", "inbox."+m.ID+".>"); len(left.Subjects) > 0 {
		t.Errorf("%d events are left in its inbox", len(left.Subjects))
	}
	if m.Status != casefile.StatusClosed {
		t.Errorf("it is %s", m.Status)
	}
	resp, err := http.Get(w.site.URL + "/readyz")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the node is not well: %v", err)
	}
	resp.Body.Close()
}

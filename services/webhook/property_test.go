package webhook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// step is one thing that happens to a desk with webhooks. Which event or endpoint it
// is about is counted around those that there are.
type step struct {
	what  string
	which int
	other int
	long  time.Duration
}

func drawSteps(rt *rapid.T) []step {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
		return step{
			what: rapid.SampledFrom([]string{
				"tell", "tell", "tell", "wait", "wait", "withdraw", "restart",
				"pause", "resume", "retry", "retry waiting", "skip", "replay", "rotate",
			}).Draw(rt, "what"),
			which: rapid.IntRange(0, 40).Draw(rt, "which"),
			other: rapid.IntRange(0, 40).Draw(rt, "other"),
			long:  time.Duration(rapid.Int64Range(1, int64(36*time.Hour)).Draw(rt, "long")),
		}
	}), 1, 60).Draw(rt, "steps")
}

// ordeal is a desk with two endpoints to which anything may happen.
type ordeal struct {
	*desk
	ids    []string          // of the endpoints
	events []string          // in the order in which they were told
	cases  map[string]string // by event
	salt   int
	wrong  []string // what did not hold
}

// Any sequence of answers, words and restarts: each event is delivered, waits, or was
// given up where everybody can see it; a case keeps its order; and nothing is sent
// again after it was stored as taken, unless somebody asked for that.
func TestOrdeal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		steps, salt := drawSteps(rt), rapid.IntRange(1, 1<<30).Draw(rt, "salt")
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			o := &ordeal{desk: newDesk(t), cases: make(map[string]string), salt: salt}
			o.suffer(t, steps)
			wrong = o.wrong
		})
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

func (o *ordeal) suffer(t *testing.T, steps []step) {
	o.to.takes, o.to.watch = time.Second, o.watch
	o.to.answers(o.answer)
	o.run(t)
	defer func() { o.stop() }()
	for i, types := range [][]string{nil, {"referral.*"}} {
		made, err := o.Add(t.Context(), webhook.EndpointInput{URL: fmt.Sprint("https://example.org/", i), Types: types})
		if err != nil {
			t.Fatal(err)
		}
		o.ids = append(o.ids, made.ID)
	}
	for _, s := range steps {
		o.do(t, s)
		synctest.Wait()
		o.check()
	}
	o.recover(t)
}

// fault notes what did not hold.
func (o *ordeal) fault(format string, values ...any) {
	o.wrong = append(o.wrong, fmt.Sprintf(format, values...))
}

// answer is what receivers answer: by chance, which lies in the event and the instant.
func (o *ordeal) answer(q webhook.Request) webhook.Outcome {
	n := o.salt
	for _, b := range []byte(q.URL + q.ID + q.At.String()) {
		n = n*31 + int(b)
	}
	n = n>>7 ^ n>>20
	switch n & 15 {
	case 0, 1, 2:
		return webhook.OutcomeOf(500)
	case 3:
		return webhook.Outcome{Code: webhook.Refused, Status: 429, RetryAfter: time.Duration(n&0xffff) * time.Second}
	case 4:
		return webhook.Outcome{Code: webhook.Unresolved}
	case 5:
		return webhook.OutcomeOf(302)
	case 6:
		if n&0x70 == 0 {
			return webhook.OutcomeOf(410)
		}
	}
	return webhook.OutcomeOf(200)
}

// watch checks, at the moment of an attempt, that it was not taken before, and that
// everything before it in its case is settled.
func (o *ordeal) watch(q webhook.Request) {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	rows := o.store.rows[o.ids[q.URL[len(q.URL)-1]-'0']]
	var sent webhook.Delivery
	for _, d := range rows {
		if d.Event == q.ID {
			sent = d
		}
	}
	if sent.Settled() {
		o.fault("event %d is sent after it was %s", sent.Place, sent.State)
	}
	for _, d := range rows {
		if d.Scope == sent.Scope && d.Place < sent.Place && !d.Settled() {
			o.fault("event %d is sent before %d, which is %s", sent.Place, d.Place, d.State)
		}
	}
}

// do has something happen; that a state does not allow a word is no failure.
func (o *ordeal) do(t *testing.T, s step) {
	ctx, id := t.Context(), o.ids[s.which%len(o.ids)]
	event := ""
	if len(o.events) > 0 {
		event = o.events[s.other%len(o.events)]
	}
	var err error
	switch s.what {
	case "tell":
		o.tell(t, s)
	case "wait":
		time.Sleep(s.long)
	case "withdraw":
		o.feed.withdraw(event)
	case "restart":
		o.stop()
		o.run(t)
	case "pause":
		_, err = o.Pause(ctx, id)
	case "resume":
		_, err = o.Resume(ctx, id)
	case "retry":
		_, err = o.Retry(ctx, id, webhook.RetryInput{Event: event})
	case "retry waiting":
		_, err = o.Retry(ctx, id, webhook.RetryInput{State: webhook.Waiting, Type: accepted})
	case "skip":
		_, err = o.SkipDelivery(ctx, id, webhook.SkipInput{Event: event})
	case "replay":
		_, err = o.Replay(ctx, id, webhook.ReplayInput{Place: uint64(s.other + 1)})
	case "rotate":
		_, err = o.Rotate(ctx, id, webhook.KeyInput{})
	}
	switch services.KindOf(err) {
	case "", services.Conflict, services.Unknown, services.Invalid:
	default:
		o.fault("%s: %v", s.what, err)
	}
}

func (o *ordeal) tell(t *testing.T, s step) {
	typ, scope := []string{offered, accepted, visited}[s.which%3], scopeOf(s.other%4)
	id := o.feed.tell(t, typ, scope)
	o.events, o.cases[id] = append(o.events, id), scope
}

// check holds what is stored against what was told.
func (o *ordeal) check() {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	for _, e := range o.store.endpoints {
		if !slices.Contains([]webhook.EndpointState{webhook.Active, webhook.Paused}, e.State) {
			o.fault("endpoint is %s", e.State)
		}
		for _, told := range o.feed.told {
			d, there := o.store.rows[e.ID][told.Place]
			switch {
			case there && d.State == webhook.Skipped && d.Last.Code != webhook.ByPerson && d.Last.Code != webhook.Withdrawn:
				o.fault("event %d was given up by itself", told.Place)
			case !there && e.Takes(told.Fact.Name()) && !o.feed.withdrawn[told.Fact.ID()] && time.Since(e.Made) < webhook.Keep:
				o.fault("event %d is nowhere", told.Place)
			case there && !e.Takes(told.Fact.Name()):
				o.fault("event %d is of a type that the endpoint does not get", told.Place)
			}
		}
	}
}

// recover has every receiver take everything, and somebody look after what stands
// still: then everything arrives.
func (o *ordeal) recover(t *testing.T) {
	o.to.answers(nil)
	time.Sleep(time.Minute) // what is on its way is answered as before
	synctest.Wait()
	for _, id := range o.ids {
		_, _ = o.Resume(t.Context(), id)
		if _, err := o.Retry(t.Context(), id, webhook.RetryInput{}); err != nil {
			o.fault("retry: %v", err)
		}
	}
	time.Sleep(48 * time.Hour)
	synctest.Wait()
	counts, err := o.store.Count(t.Context())
	for _, id := range o.ids {
		if n := counts[id][webhook.Waiting] + counts[id][webhook.Failed]; n > 0 || err != nil {
			o.fault("%d never arrived, %v", n, err)
		}
	}
}

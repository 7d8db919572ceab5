package webhook_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// bubble runs a test of a desk that sends, with a clock of its own.
func bubble(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.run(t)
		defer func() { d.stop() }()
		test(t, d)
	})
}

// refuses is a receiver that takes nothing.
func refuses(status int, after time.Duration) func(webhook.Request) webhook.Outcome {
	return func(webhook.Request) webhook.Outcome {
		o := webhook.OutcomeOf(status)
		o.RetryAfter = after
		return o
	}
}

const offered, accepted, visited = "referral.offered", "referral.accepted", "visit.recorded"

func expect(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestWhatTheDeskIsShownIsSent(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.feed.tell(t, offered, scopeOf(0)) // before there was an endpoint
		made := d.add(t)
		first := d.feed.tell(t, offered, scopeOf(0))
		second := d.feed.tell(t, accepted, scopeOf(0))
		synctest.Wait()
		expect(t, "sent", []string{first, second}, d.to.events())
		s := d.status(t, made.ID)
		expect(t, "counts", webhook.Counts{webhook.Delivered: 2}, s.Deliveries)
		if s.State != webhook.Active || !s.FailingSince.IsZero() {
			t.Errorf("got %+v", s)
		}
		time.Sleep(40 * 24 * time.Hour)
		synctest.Wait()
		expect(t, "sent later", []string{first, second}, d.to.events())
		expect(t, "counts after pruning", webhook.Counts{}, d.status(t, made.ID).Deliveries)
	})
}

func TestOnlyTheTypesThatWereAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.add(t, "referral.*", visited)
		d.feed.tell(t, "finding.recorded", scopeOf(1))
		want := []string{d.feed.tell(t, offered, scopeOf(0)), d.feed.tell(t, visited, scopeOf(1))}
		synctest.Wait()
		got := d.to.events()
		slices.Sort(got)
		slices.Sort(want)
		expect(t, "sent", want, got)
	})
}

// The case of what fails stands still, others go on.
func TestTheNextOfACaseWaitsForTheOneBefore(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		poison := d.feed.tell(t, offered, scopeOf(0))
		d.to.answers(func(q webhook.Request) webhook.Outcome {
			if q.ID == poison {
				return webhook.OutcomeOf(500)
			}
			return webhook.OutcomeOf(200)
		})
		behind := d.feed.tell(t, accepted, scopeOf(0))
		other := d.feed.tell(t, offered, scopeOf(1))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		got := d.to.events()
		if slices.Contains(got, behind) || !slices.Contains(got, other) {
			t.Errorf("sent %v", got)
		}
		// Somebody gives it up: the next one goes.
		if moved, err := d.SkipDelivery(t.Context(), made.ID, webhook.SkipInput{Event: poison}); err != nil || moved.Count != 1 {
			t.Errorf("skipped %v, %v", moved, err)
		}
		synctest.Wait()
		if got := d.to.events(); got[len(got)-1] != behind {
			t.Errorf("sent %v", got)
		}
		expect(t, "counts", webhook.Counts{webhook.Delivered: 2, webhook.Skipped: 1}, d.status(t, made.ID).Deliveries)
	})
}

func TestTheScheduleTakesAboutFiveDaysAndThenADeliveryHasFailed(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		poison, began := d.feed.tell(t, offered, scopeOf(0)), time.Now()
		var at []time.Duration
		d.to.answers(func(q webhook.Request) webhook.Outcome {
			if q.ID == poison {
				at = append(at, time.Since(began).Round(time.Second))
				return webhook.OutcomeOf(404)
			}
			return webhook.OutcomeOf(200)
		})
		for range 6 { // others go well: the endpoint is not paused
			time.Sleep(24 * time.Hour)
			d.feed.tell(t, offered, scopeOf(1))
		}
		synctest.Wait()
		if len(at) != 13 || at[0] != 0 || at[1] != 6*time.Second || at[12] < 5*24*time.Hour || at[12] > 6*24*time.Hour {
			t.Errorf("%d attempts: %v", len(at), at)
		}
		log, err := d.Deliveries(t.Context(), made.ID, webhook.LogInput{State: webhook.Failed})
		if err != nil || len(log.Deliveries) != 1 {
			t.Fatalf("failed: %+v, %v", log, err)
		}
		got := log.Deliveries[0]
		if got.Event != poison || got.Attempts != 13 || got.Last.Status != 404 || !got.Next.IsZero() {
			t.Errorf("got %+v", got)
		}
		// Sent again by hand, it begins anew.
		d.to.answers(nil)
		if moved, err := d.Retry(t.Context(), made.ID, webhook.RetryInput{}); err != nil || moved.Count != 1 {
			t.Errorf("retried %v, %v", moved, err)
		}
		synctest.Wait()
		if got := d.to.events(); got[len(got)-1] != poison {
			t.Errorf("sent %v", got)
		}
	})
}

// An endpoint that takes nothing for three days is paused. What comes waits, and goes
// out in order after somebody says so.
func TestPausedWhenNothingGoesWell(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(refuses(502, 0))
		want := []string{d.feed.tell(t, offered, scopeOf(0))}
		time.Sleep(webhook.PauseAfter - time.Hour)
		if s := d.status(t, made.ID); s.State != webhook.Active {
			t.Errorf("paused too early: %+v", s)
		}
		time.Sleep(25 * time.Hour)
		s := d.status(t, made.ID)
		if s.State != webhook.Paused || s.Reason != webhook.Failing {
			t.Errorf("not paused: %+v", s)
		}
		attempts := len(d.to.events())
		want = append(want, d.feed.tell(t, accepted, scopeOf(0)))
		time.Sleep(30 * 24 * time.Hour)
		if len(d.to.events()) != attempts {
			t.Error("sent to a paused endpoint")
		}
		expect(t, "counts", webhook.Counts{webhook.Waiting: 2}, d.status(t, made.ID).Deliveries)
		d.to.answers(nil)
		if _, err := d.Resume(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		expect(t, "sent", want, d.to.events()[attempts:])
		if last := d.log[len(d.log)-1]; last.State != webhook.Active || !last.OK() {
			t.Errorf("observed %+v", last)
		}
	})
}

// An old failure does not count against an endpoint that was given rest from it.
func TestWhatSomebodyGaveUpDoesNotPause(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(refuses(400, 0))
		poison := d.feed.tell(t, offered, scopeOf(0))
		synctest.Wait()
		if _, err := d.SkipDelivery(t.Context(), made.ID, webhook.SkipInput{Event: poison}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * 24 * time.Hour)
		d.feed.tell(t, offered, scopeOf(1))
		synctest.Wait()
		if s := d.status(t, made.ID); s.State != webhook.Active {
			t.Errorf("paused after one attempt: %+v", s)
		}
	})
}

func TestGonePausesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(refuses(410, 0))
		d.feed.tell(t, offered, scopeOf(0))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		s := d.status(t, made.ID)
		if s.State != webhook.Paused || s.Reason != webhook.Gone || len(d.to.events()) != 1 || s.Deliveries[webhook.Waiting] != 1 {
			t.Errorf("%+v after %d attempts", s, len(d.to.events()))
		}
	})
}

// What a receiver asks for counts, for all of its cases when it has too much to do,
// and within limits.
func TestTheReceiverSaysWhenToComeAgain(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		asks   time.Duration
		before time.Duration // nothing is sent until then
		then   time.Duration // and all of it is by then
	}{
		{"busy", 429, 10 * time.Minute, 10 * time.Minute, 13 * time.Minute},
		{"away", 503, time.Hour, time.Hour, 73 * time.Minute},
		{"for ever", 429, 10 * 365 * 24 * time.Hour, 24 * time.Hour, 29 * time.Hour},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, d *desk) {
				d.add(t)
				d.to.answers(refuses(row.status, row.asks))
				d.feed.tell(t, offered, scopeOf(0))
				synctest.Wait()
				d.to.answers(nil)
				d.feed.tell(t, offered, scopeOf(1))
				time.Sleep(row.before - time.Second)
				synctest.Wait()
				if n := len(d.to.events()); n != 1 {
					t.Errorf("%d attempts", n)
				}
				time.Sleep(row.then - row.before)
				synctest.Wait()
				if n := len(d.to.events()); n != 3 {
					t.Errorf("%d attempts afterwards", n)
				}
			})
		})
	}
}

func TestTheRateOfTheReceiverCounts(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.to.asked = func(string) (int, webhook.Outcome) { return 30, webhook.OutcomeOf(200) }
		if made := d.add(t); made.Rate != 30 {
			t.Errorf("rate %d", made.Rate)
		}
		for i := range 90 {
			d.feed.tell(t, offered, scopeOf(i%10))
		}
		for minute := 1; minute <= 3; minute++ {
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := len(d.to.events()); n < 30*minute-1 || n > 30*minute+1 {
				t.Errorf("%d attempts after %d minutes", n, minute)
			}
		}
	})
}

func TestNotMoreAtOnceThanIsAllowed(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.to.takes = time.Second
		for range 6 {
			d.add(t)
		}
		for i := range 60 {
			d.feed.tell(t, offered, scopeOf(i))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(d.to.events()); n != 360 || d.to.most != 16 {
			t.Errorf("%d attempts, %d at once", n, d.to.most)
		}
	})
}

// What was withdrawn is not sent any more, and holds nobody up.
func TestWhatWasWithdrawnIsNotSent(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(refuses(500, 0))
		first := d.feed.tell(t, offered, scopeOf(0))
		synctest.Wait()
		d.feed.withdraw(first)
		d.to.answers(nil)
		second := d.feed.tell(t, "access.ended", scopeOf(0))
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "sent", []string{first, second}, d.to.events())
		log, err := d.Deliveries(t.Context(), made.ID, webhook.LogInput{State: webhook.Skipped})
		if err != nil || len(log.Deliveries) != 1 || log.Deliveries[0].Last.Code != webhook.Withdrawn {
			t.Errorf("got %+v, %v", log, err)
		}
	})
}

// While the desk reads its inbox anew, what has not come back is not taken for
// withdrawn.
func TestADeskThatReadsItsInboxAnewLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(refuses(500, 0))
		first, second := d.feed.tell(t, offered, scopeOf(0)), d.feed.tell(t, accepted, scopeOf(1))
		synctest.Wait()
		d.feed.hide(1)
		third := d.feed.tell(t, offered, scopeOf(2))
		d.to.answers(nil)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		expect(t, "counts", webhook.Counts{webhook.Waiting: 2}, d.status(t, made.ID).Deliveries)
		if _, err := d.Replay(t.Context(), made.ID, webhook.ReplayInput{Since: noon}); services.KindOf(err) != services.Later {
			t.Errorf("replayed what is not there: %v", err)
		}
		d.feed.hide(2)
		time.Sleep(10 * time.Minute)
		d.feed.hide(0)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		expect(t, "counts", webhook.Counts{webhook.Delivered: 3}, d.status(t, made.ID).Deliveries)
		if got := d.to.events(); len(got) != 5 || !slices.Contains(got, first) || !slices.Contains(got, second) || !slices.Contains(got, third) {
			t.Errorf("sent %v", got)
		}
	})
}

// A process that ends breaks off what is on its way; the next one goes on.
func TestARestartGoesOnWhereItWas(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.takes = time.Minute
		id := d.feed.tell(t, offered, scopeOf(0))
		synctest.Wait()
		began := time.Now()
		d.stop()
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %v to stop", took)
		}
		log, err := d.Deliveries(t.Context(), made.ID, webhook.LogInput{})
		if err != nil || log.Deliveries[0].Attempts != 0 {
			t.Errorf("what was broken off counts: %+v, %v", log, err)
		}
		d.run(t)
		time.Sleep(time.Hour)
		expect(t, "sent", []string{id, id}, d.to.events())
		expect(t, "counts", webhook.Counts{webhook.Delivered: 1}, d.status(t, made.ID).Deliveries)
	})
}

// What a receiver took while the process ended is stored as taken.
func TestWhatWasTakenInTheLastMomentIsNotSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		stopping := make(chan struct{})
		d.to.answers(func(webhook.Request) webhook.Outcome {
			<-stopping
			return webhook.OutcomeOf(200)
		})
		d.feed.tell(t, offered, scopeOf(0))
		synctest.Wait()
		go func() {
			time.Sleep(time.Millisecond)
			close(stopping)
		}()
		d.stop()
		expect(t, "counts", webhook.Counts{webhook.Delivered: 1}, d.status(t, made.ID).Deliveries)
	})
}

// A word counts for what has not had its turn yet.
func TestNothingIsSentOnceItIsPaused(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.to.asked = func(string) (int, webhook.Outcome) { return 1, webhook.OutcomeOf(200) }
		made := d.add(t)
		for i := range 10 {
			d.feed.tell(t, offered, scopeOf(i))
		}
		synctest.Wait()
		if _, err := d.Pause(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(d.to.events()); n != 1 {
			t.Errorf("%d attempts", n)
		}
	})
}

// A store that fails is waited for; what could not be stored as taken is sent again,
// not at every turn.
func TestAStoreThatFailsIsWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(func(webhook.Request) webhook.Outcome {
			d.store.fail(errors.New("full"))
			return webhook.OutcomeOf(200)
		})
		d.feed.tell(t, offered, scopeOf(0))
		time.Sleep(10 * time.Minute)
		if n := len(d.to.events()); n != 1 {
			t.Errorf("%d attempts while nothing could be stored", n)
		}
		d.to.answers(nil)
		d.store.fail(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := len(d.to.events()); n != 2 {
			t.Errorf("%d attempts", n)
		}
		expect(t, "counts", webhook.Counts{webhook.Delivered: 1}, d.status(t, made.ID).Deliveries)
	})
}

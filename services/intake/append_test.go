package intake_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

// When another gate writes between reading and appending, the rules are asked
// again about the history as it has become.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	b := newBus()
	offer := b.openCase(t)
	other := intake.New(b.config())
	b.before = func() error {
		_, err := other.Submit(t.Context(), by(labour), say(t, by(labour), "referral.revoked", theCase, 0,
			schemas.ReferralRevoked{InReferral: referral, Reason: "other"}))
		return err
	}
	raw := say(t, by(shelter), "referral.accepted", theCase, 0, schemas.ReferralAccepted{InOffer: offer})
	_, err := b.Submit(t.Context(), by(shelter), raw)
	if e := services.AsError(err); err == nil || e.Kind != services.Conflict || e.State != "revoked" {
		t.Errorf("Submit = %v, want a Conflict with the present state", err)
	}
	if !slices.Equal(b.paused, []int{1}) {
		t.Errorf("paused %v, want once", b.paused)
	}
}

// Two gates that are handed the same event store it once, and answer alike.
func TestTwoGatesOneEvent(t *testing.T) {
	t.Parallel()
	b := newBus()
	raw := say(t, by(labour), "finding.recorded", site, 0, finding())
	other := intake.New(b.config())
	var first services.Receipt
	b.before = func() error {
		var err error
		first, err = other.Submit(t.Context(), by(labour), raw)
		return err
	}
	if second := b.must(t, by(labour), raw); second != first || len(b.facts) != 1 {
		t.Errorf("stored %d, receipts %+v and %+v; want one and equal", len(b.facts), first, second)
	}
}

func TestAppendFails(t *testing.T) {
	t.Parallel()
	away := services.Refuse(services.Later, services.CodeBusAway)
	moved := services.Refuse(services.Later, services.CodeMoved)
	for _, test := range []struct {
		name   string
		before func(tries int) error
		after  error
		code   string // "" for a receipt
		stored int
		tries  int
	}{
		{name: "moved for ever", before: func(int) error { return moved }, code: services.CodeMoved, tries: 6},
		{name: "moved five times", before: func(n int) error {
			if n <= 5 {
				return moved
			}
			return nil
		}, stored: 1, tries: 6},
		{name: "away", before: func(int) error { return away }, code: services.CodeBusAway, tries: 1},
		{name: "answer lost", after: context.DeadlineExceeded, stored: 1, tries: 1},
		{name: "never answered", before: func(int) error { return context.DeadlineExceeded }, code: services.CodeBusAway, tries: 1},
		{name: "bug", before: func(int) error { return errors.New("bug") }, code: "bug", tries: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, tries := newBus(), 0
			var before func() error
			before = func() error {
				tries++
				b.before = before
				if test.before == nil {
					return nil
				}
				return test.before(tries)
			}
			b.before = before
			if test.after != nil {
				b.after = func() error { return test.after }
			}
			_, err := b.Submit(t.Context(), by(labour), say(t, by(labour), "finding.recorded", site, 0, finding()))
			if err == nil && test.code != "" || err != nil && services.AsError(err).Code != test.code {
				t.Errorf("Submit = %v, want code %q", err, test.code)
			}
			if len(b.facts) != test.stored || tries != test.tries {
				t.Errorf("stored %d in %d tries, want %d in %d", len(b.facts), tries, test.stored, test.tries)
			}
		})
	}
}

func TestPauseEnds(t *testing.T) {
	t.Parallel()
	b := newBus()
	c := b.config()
	c.Pause = func(context.Context, int) error { return context.Canceled }
	b.before = func() error { return services.Refuse(services.Later, services.CodeMoved) }
	_, err := intake.New(c).Submit(t.Context(), by(labour), say(t, by(labour), "finding.recorded", site, 0, finding()))
	if e := services.AsError(err); err == nil || e.Kind != services.Later || e.Code != services.CodeBusAway {
		t.Errorf("Submit = %v, want Later bus_away", err)
	}
}

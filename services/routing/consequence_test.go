package routing_test

import (
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/routing"
)

// more is a second referral of the same case.
var more = schemas.InReferral{Referral: "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"}

func (w *world) say(typ string, data any) services.Fact {
	w.t.Helper()
	return w.add(services.Party{Agency: labour}, typ, data)
}

func (w *world) lapse(o schemas.InOffer) services.Fact {
	w.t.Helper()
	return w.add(services.Party{Service: schemas.Deadline}, "referral.lapsed", schemas.ReferralLapsed{InOffer: o})
}

func (w *world) accept(o schemas.InOffer, by string) services.Fact {
	w.t.Helper()
	return w.add(services.Party{Agency: by}, "referral.accepted", schemas.ReferralAccepted{InOffer: o})
}

// duty offers the referral to an agency whose duty it is.
func (w *world) duty(to string) schemas.InOffer {
	w.t.Helper()
	f := w.add(services.Party{Service: schemas.Routing}, "referral.offered",
		schemas.ReferralOffered{InReferral: referral, To: to, Duty: true})
	return schemas.InOffer{InReferral: referral, Offer: f.ID()}
}

// both has two referrals of the case accepted, one by each shelter.
func (w *world) both() services.Fact {
	w.t.Helper()
	w.open()
	w.say("referral.requested", schemas.ReferralRequested{InReferral: more, Service: "legal_aid", Area: province, AgeClass: "adult"})
	w.accept(w.offer(shelter), shelter)
	f := w.add(services.Party{Service: schemas.Routing}, "referral.offered", schemas.ReferralOffered{InReferral: more, To: harbour})
	return w.accept(schemas.InOffer{InReferral: more, Offer: f.ID()}, harbour)
}

// TestWhatFollows: what follows from everything after which a referral may be
// without a receiver, or a milestone is reached.
func TestWhatFollows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		story func(*world) services.Fact
		want  string
	}{
		{"lapsed: the next choice", func(w *world) services.Fact {
			w.open()
			return w.lapse(w.offer(shelter))
		}, "offer " + harbour},
		{"lapsed everywhere: nobody is left", func(w *world) services.Fact {
			w.open()
			w.lapse(w.offer(shelter))
			return w.lapse(w.offer(harbour))
		}, "referral.no_receiver"},
		{"a duty: one is added", func(w *world) services.Fact {
			w.open()
			return w.lapse(w.duty(shelter))
		}, "offer " + harbour},
		{"a duty, and one in time beside it", func(w *world) services.Fact {
			w.open()
			f := w.lapse(w.duty(shelter))
			w.offer(harbour)
			return f
		}, ""},
		{"a duty, and nobody else: it stays asked", func(w *world) services.Fact {
			w.open()
			o := w.duty(shelter)
			w.decline(w.offer(harbour), harbour)
			return w.lapse(o)
		}, ""},
		{"late decline: the next choice", func(w *world) services.Fact {
			w.open()
			o := w.offer(shelter)
			w.accept(o, shelter)
			return w.decline(o, shelter)
		}, "offer " + harbour},
		{"late decline: whoever lost it is asked again", func(w *world) services.Fact {
			w.open()
			w.offer(harbour)
			o := w.offer(shelter)
			w.accept(o, shelter)
			return w.decline(o, shelter)
		}, "offer " + harbour},
		{"an acceptance that was denied: it is asked again, and nobody else", func(w *world) services.Fact {
			w.open()
			o := w.offer(shelter)
			answer := w.say("referral.accepted", schemas.ReferralAccepted{InOffer: o, OnBehalf: schemas.OnBehalf{OnBehalfOf: shelter, Channel: "phone"}})
			return w.add(services.Party{Agency: shelter}, "referral.confirmed",
				schemas.ReferralConfirmed{InReferral: referral, Answer: answer.ID(), Correct: "no"})
		}, ""},
		{"one accepted: nobody to tell", func(w *world) services.Fact {
			w.open()
			return w.accept(w.offer(shelter), shelter)
		}, ""},
		{"two accepted: each milestone", (*world).both, "case.milestone, case.milestone"},
		{"closed: the last milestone, beside those before", func(w *world) services.Fact {
			w.both()
			for by, in := range map[string]schemas.InReferral{shelter: referral, harbour: more} {
				w.add(services.Party{Agency: by}, "referral.completed", schemas.ReferralCompleted{InReferral: in})
			}
			return w.say("case.closed", schemas.CaseClosed{Reason: "settled", PersonTold: "yes"})
		}, "case.milestone"},
		{"restricted while it is asked: the next choice", func(w *world) services.Fact {
			w.open()
			w.offer(shelter)
			return w.say("case.restricted", schemas.CaseRestricted{Exclude: []string{shelter}})
		}, "offer " + harbour},
		{"restricted after it accepted: the next choice", func(w *world) services.Fact {
			w.open()
			w.accept(w.offer(shelter), shelter)
			return w.say("case.restricted", schemas.CaseRestricted{Exclude: []string{shelter}})
		}, "offer " + harbour},
		{"nothing has happened yet: police wait", func(w *world) services.Fact {
			w.say("case.opened", schemas.CaseOpened{Kind: "person", Lead: labour})
			f := w.say("case.stage_changed", schemas.CaseStageChanged{Stage: "at_risk"})
			w.say("referral.requested", schemas.ReferralRequested{InReferral: referral, Service: "investigation", Area: province, AgeClass: "child"})
			return f
		}, "referral.no_receiver"},
		{"a clue after all: police are asked", func(w *world) services.Fact {
			w.say("case.opened", schemas.CaseOpened{Kind: "person", Lead: labour})
			w.say("case.stage_changed", schemas.CaseStageChanged{Stage: "at_risk"})
			w.say("referral.requested", schemas.ReferralRequested{InReferral: referral, Service: "investigation", Area: province, AgeClass: "child"})
			w.add(services.Party{Service: schemas.Routing}, "referral.no_receiver", schemas.ReferralNoReceiver{InReferral: referral})
			return w.say("case.stage_changed", schemas.CaseStageChanged{Stage: "clue"})
		}, "offer " + police},
		{"restricted, and nobody else", func(w *world) services.Fact {
			w.open()
			w.offer(shelter)
			return w.say("case.restricted", schemas.CaseRestricted{Exclude: []string{shelter, harbour}})
		}, "referral.no_receiver"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t}
			cause := test.story(w)
			s := routing.New(routing.Config{History: w, Directory: w})
			if !slices.Contains(s.Handles(), cause.Name()) {
				t.Fatalf("does not handle %s", cause.Name())
			}
			decided, err := s.Handle(t.Context(), cause)
			if err != nil || say(decided) != test.want {
				t.Errorf("Handle = %q, %v; want %q", say(decided), err, test.want)
			}
		})
	}
}

// TestMilestonesNameNobody: a milestone says what kind of help there is.
func TestMilestonesNameNobody(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	s := routing.New(routing.Config{History: w, Directory: w})
	decided, err := s.Handle(t.Context(), w.both())
	if err != nil || len(decided) != 2 {
		t.Fatalf("Handle = %v, %v", decided, err)
	}
	want := []schemas.CaseMilestone{
		{Milestone: "protection_arranged", Kind: "shelter"}, {Milestone: "legal_help_arranged", Kind: "shelter"},
	}
	for i, d := range decided {
		if d.Data != want[i] || d.Cause.Name() != "referral.accepted" {
			t.Errorf("milestone %+v because of %s", d.Data, d.Cause.Name())
		}
	}
}

package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/delivery"
)

var (
	site     = strings.Repeat("51", 16)
	caseA    = strings.Repeat("ca", 16)
	caseB    = strings.Repeat("cb", 16)
	referral = schemas.InReferral{Referral: strings.Repeat("4e", 16)}
	second   = schemas.InReferral{Referral: strings.Repeat("5e", 16)}
	routing  = services.Party{Service: schemas.Routing}
)

func by(agency string) services.Party { return services.Party{Agency: agency} }

func offer(f services.Fact) schemas.InOffer {
	return schemas.InOffer{InReferral: referral, Offer: f.ID()}
}

// story files events that the rules must allow.
type story struct {
	t *testing.T
	*ledger
}

func (s story) file(by services.Party, typ, subject string, data any) services.Fact {
	s.t.Helper()
	f, err := s.ledger.file(by, typ, subject, data)
	if err != nil {
		s.t.Fatalf("file %s: %v", typ, err)
	}
	return f
}

// open files a finding, and a case that comes from it.
func (s story) open(id string, finding services.Fact) services.Fact {
	s.t.Helper()
	return s.file(by(labour), "case.opened", id, schemas.CaseOpened{
		Kind: "person", Origin: "inspection", Lead: labour, Areas: []schemas.Area{province},
		From: []schemas.Citation{{Inspection: site, Event: finding.ID()}},
	})
}

func (s story) finding() services.Fact {
	s.t.Helper()
	return s.file(by(labour), "finding.recorded", site, schemas.FindingRecorded{Area: province})
}

func (s story) ask(id string) services.Fact {
	s.t.Helper()
	return s.file(by(labour), "referral.requested", id, schemas.ReferralRequested{InReferral: referral})
}

func (s story) offer(id, to string) services.Fact {
	s.t.Helper()
	return s.file(routing, "referral.offered", id, schemas.ReferralOffered{InReferral: referral, To: to})
}

// names lists what the ids stand for.
func (s story) names(ids []string) []string {
	var names []string
	for _, id := range ids {
		for _, f := range s.facts {
			if f.ID() == id {
				names = append(names, f.Name())
			}
		}
	}
	return names
}

func deliverAll(t *testing.T, l *ledger, boxes *inboxes) {
	t.Helper()
	s := delivery.New(delivery.Config{History: l, Directory: everybody, Inbox: boxes, Author: writer{}, Citations: l})
	for i, f := range l.facts {
		l.visible = i + 1
		if err := s.Apply(t.Context(), f); err != nil {
			t.Fatalf("apply %s: %v", f.Name(), err)
		}
	}
}

// An agency that joins late gets what came before, in ledger order; when the
// referral is taken back it loses all of it, and is told last.
func TestDelivery(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	l.open(caseA, l.finding())
	l.ask(caseA)
	l.file(by(labour), "content.shared", caseA, schemas.ContentShared{InReferral: referral, To: shelter, Seals: offerSealed})
	offered := l.offer(caseA, shelter)
	l.file(by(shelter), "referral.accepted", caseA, schemas.ReferralAccepted{InOffer: offer(offered)})
	revoked := l.file(by(labour), "referral.revoked", caseA, schemas.ReferralRevoked{InReferral: referral, Reason: "other"})

	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	var got []string
	for _, line := range boxes.log {
		if rest, ok := strings.CutPrefix(line, shelter+" "); ok {
			got = append(got, rest)
		}
	}
	want := []string{
		"+ referral.requested", "+ content.shared", "+ referral.offered",
		"+ finding.recorded", "+ case.opened", "+ referral.accepted",
		"- finding.recorded", "- case.opened", "- referral.requested", "- content.shared",
		"- referral.offered", "- referral.accepted", "+ access.ended",
	}
	if !slices.Equal(got, want) {
		t.Errorf("inbox of the shelter went\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	notices := boxes.notices(shelter)
	if len(notices) != 1 {
		t.Fatalf("%d notices, want 1", len(notices))
	}
	n := notices[0]
	data := n.Data.(schemas.AccessEnded)
	if events := l.names(data.Events); !slices.Equal(events, []string{
		"finding.recorded", "case.opened", "referral.requested", "content.shared", "referral.offered", "referral.accepted",
	}) {
		t.Errorf("notice names %q, want all that was withdrawn", events)
	}
	if data.Cause != revoked.ID() || n.Sequence != revoked.Sequence ||
		!n.Recorded.Equal(revoked.Recorded) || n.Scope() != revoked.Scope() || n.Event.Source() != "urn:saphan:hub:delivery" {
		t.Errorf("notice %+v, want one by delivery, about and at the revocation", n)
	}
	if err := schemas.Check(n.Event); err != nil {
		t.Errorf("notice breaks its own schema: %v", err)
	}
	if got := boxes.notices(labour); len(got) != 0 {
		t.Errorf("the sender was told that its access ended")
	}
}

// One inbox that takes nothing does not keep another from being served.
func TestOneInboxFails(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	f := l.open(caseA, l.finding())
	boxes := newInboxes()
	writes := 0
	boxes.broken = func() error {
		if writes++; writes == 1 {
			return services.Refuse(services.Later, services.CodeBusAway)
		}
		return nil
	}
	s := delivery.New(delivery.Config{History: l, Directory: everybody, Inbox: boxes, Author: writer{}, Citations: l})
	if err := s.Apply(t.Context(), f); services.KindOf(err) != services.Later {
		t.Errorf("Apply = %v, want Later", err)
	}
	if len(boxes.copies(watch)) != 0 || len(boxes.copies(labour)) != 1 {
		t.Errorf("coordinator has %d, lead %d; want 0 and 1", len(boxes.copies(watch)), len(boxes.copies(labour)))
	}
	if err := s.Apply(t.Context(), f); err != nil || len(boxes.copies(watch)) != 1 {
		t.Errorf("Apply again = %v, coordinator has %d; want nil and 1", err, len(boxes.copies(watch)))
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	f := l.open(caseA, l.finding())
	away := errors.New("away")
	for _, test := range []struct {
		name    string
		history services.History
		author  services.Author
		want    func(error) bool
	}{
		{"ledger away", history{err: away}, writer{}, func(err error) bool { return errors.Is(err, away) }},
		{"stale", history{}, writer{}, func(err error) bool { return services.KindOf(err) == services.Later }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			boxes := newInboxes()
			s := delivery.New(delivery.Config{History: test.history, Directory: everybody, Inbox: boxes, Author: test.author, Citations: &ledger{}})
			if err := s.Apply(t.Context(), f); !test.want(err) {
				t.Errorf("Apply = %v", err)
			}
			if len(boxes.log) != 0 {
				t.Errorf("wrote %q", boxes.log)
			}
		})
	}
}

type history struct{ err error }

func (h history) Read(context.Context, schemas.Scope) ([]services.Fact, error) { return nil, h.err }

// What nobody may see is an alarm, and what somebody may see is none.
func TestAlarm(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	opened := l.open(caseA, l.finding())
	lost, err := l.ledger.file(services.Party{Service: schemas.Vault}, "content.opened", caseA, schemas.ContentOpened{
		Event: schemas.DeriveEventID(epoch, "test", "", "nowhere", 0), Section: "offer", By: shelter,
	})
	if services.KindOf(err) != services.Conflict {
		t.Fatalf("the rules allow an event that nobody sees: %v", err)
	}
	l.append(lost)
	var alarms []string
	s := delivery.New(delivery.Config{
		History: l, Directory: everybody, Inbox: newInboxes(), Author: writer{}, Citations: l,
		Alarm: func(_ context.Context, code string) { alarms = append(alarms, code) },
	})
	for _, f := range []services.Fact{opened, lost} {
		if err := s.Apply(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(alarms, []string{delivery.AlarmNoAudience}) {
		t.Errorf("alarms %q, want one", alarms)
	}
}

// The directory is asked for, not delivered.
func TestAgencyFactsAreNotDelivered(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	f := l.file(services.Party{Service: schemas.Operator}, "agency.registered", harbour, schemas.AgencyRegistered{Kind: "shelter"})
	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	if len(boxes.log) != 0 || f.Scope().Kind != schemas.ScopeAgency {
		t.Errorf("wrote %q", boxes.log)
	}
}

func ExampleService_Apply() {
	l := &ledger{}
	finding, _ := l.file(by(labour), "finding.recorded", site, schemas.FindingRecorded{Area: province})
	boxes := newInboxes()
	s := delivery.New(delivery.Config{History: l, Directory: everybody, Inbox: boxes, Author: writer{}, Citations: l})
	err := s.Apply(context.Background(), finding)
	fmt.Println(err, boxes.log)
	// Output: <nil> [coordinator-example + finding.recorded labour-example + finding.recorded]
}

var _ casefile.Directory = everybody

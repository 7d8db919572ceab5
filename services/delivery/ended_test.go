package delivery_test

import (
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/delivery"
)

// A fact that is handed again, after what it ended has begun anew, takes nothing.
func TestHandedAgainAfterRegaining(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	opened := l.open(caseA, l.finding())
	l.ask(caseA)
	first := l.offer(caseA, shelter)
	l.file(by(shelter), "referral.accepted", caseA, schemas.ReferralAccepted{InOffer: offer(first)})
	revoked := l.file(by(labour), "referral.revoked", caseA, schemas.ReferralRevoked{InReferral: referral, Reason: "other"})
	l.file(by(labour), "referral.requested", caseA, schemas.ReferralRequested{InReferral: second})
	next := l.file(routing, "referral.offered", caseA, schemas.ReferralOffered{InReferral: second, To: shelter})
	l.file(by(shelter), "referral.accepted", caseA, schemas.ReferralAccepted{
		InOffer: schemas.InOffer{InReferral: second, Offer: next.ID()},
	})
	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	before := boxes.copies(shelter)
	if !slices.Contains(before, place(caseA, opened.ID())) {
		t.Fatal("the acceptor does not have the case")
	}
	s := delivery.New(delivery.Config{History: l, Directory: everybody, Inbox: boxes, Author: writer{}})
	if err := s.Apply(t.Context(), revoked); err != nil {
		t.Fatal(err)
	}
	if after := boxes.copies(shelter); !slices.Equal(before, after) {
		t.Errorf("inbox went from %s to %s", l.words(before), l.words(after))
	}
}

// Two agencies that lose access at one fact get notices with ids of their own.
func TestNoticesDiffer(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	l.open(caseA, l.finding())
	l.ask(caseA)
	first := l.offer(caseA, shelter)
	l.file(by(shelter), "referral.declined", caseA, schemas.ReferralDeclined{InOffer: offer(first), Reason: "cannot_take"})
	l.offer(caseA, harbour)
	l.file(by(labour), "referral.revoked", caseA, schemas.ReferralRevoked{InReferral: referral, Reason: "other"})
	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	seen := make(map[string]bool)
	for _, agency := range []string{shelter, harbour} {
		if copies := boxes.copies(agency); len(copies) != 0 {
			t.Errorf("%s keeps %d events of a referral that was taken back", agency, len(copies))
		}
		for _, n := range boxes.notices(agency) {
			if seen[n.ID()] {
				t.Error("two agencies got one id")
			}
			seen[n.ID()] = true
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d notices, want 2", len(seen))
	}
}

// A finding that two cases came from stays as long as one of them lets the
// agency see it.
func TestSharedInspection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		revoked []string
		kept    bool
	}{
		{"neither", nil, true}, {"one", []string{caseA}, true}, {"both", []string{caseA, caseB}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := story{t, &ledger{}}
			finding := l.finding()
			for _, id := range []string{caseA, caseB} {
				l.open(id, finding)
				l.ask(id)
				offered := l.offer(id, shelter)
				l.file(by(shelter), "referral.accepted", id, schemas.ReferralAccepted{InOffer: offer(offered)})
			}
			for _, id := range test.revoked {
				l.file(by(labour), "referral.revoked", id, schemas.ReferralRevoked{InReferral: referral, Reason: "other"})
			}
			boxes := newInboxes()
			deliverAll(t, l.ledger, boxes)
			if got := slices.Contains(boxes.copies(shelter), place(site, finding.ID())); got != test.kept {
				t.Errorf("finding there: %v, want %v", got, test.kept)
			}
		})
	}
}

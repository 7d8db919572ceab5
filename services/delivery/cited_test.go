package delivery_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/delivery"
)

// went lists what came into one inbox and what left it, in order.
func (b *inboxes) went(agency string) []string {
	var lines []string
	for _, line := range b.log {
		if rest, ok := strings.CutPrefix(line, agency+" "); ok {
			lines = append(lines, rest)
		}
	}
	return lines
}

// accept asks an agency in a case, and lets it accept.
func (s story) accept(id, to string) services.Fact {
	s.t.Helper()
	s.ask(id)
	return s.file(by(to), "referral.accepted", id, schemas.ReferralAccepted{InOffer: offer(s.offer(id, to))})
}

// What amends or retracts a finding reaches whoever has accepted a referral of a
// case that cites it, and nobody of a case that cites another finding of the same
// inspection.
func TestAmendedFindingReachesAcceptors(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	finding, other := l.finding(), l.finding()
	l.open(caseA, finding)
	l.open(caseB, other)
	l.accept(caseA, shelter)
	l.accept(caseB, harbour)
	amended := l.file(by(labour), "finding.amended", site, schemas.FindingAmended{
		Finding: finding.ID(), FindingRecorded: schemas.FindingRecorded{Area: province},
	})
	l.file(by(labour), "finding.retracted", site, schemas.FindingRetracted{Finding: amended.ID(), Reason: "not_confirmed"})

	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	want := []string{
		"+ referral.requested", "+ referral.offered",
		"+ finding.recorded", "+ case.opened", "+ referral.accepted",
	}
	if got := boxes.went(harbour); !slices.Equal(got, want) {
		t.Errorf("inbox of whoever relies on the other finding: %q, want %q", got, want)
	}
	want = append(want, "+ finding.amended", "+ finding.retracted")
	if got := boxes.went(shelter); !slices.Equal(got, want) {
		t.Errorf("inbox of whoever relies on the finding: %q, want %q", got, want)
	}
}

// An amendment that is handed on while the ledger is ahead takes nothing that
// another case still lets the agency see: one case that cites the finding was
// taken back by then, the other was not.
func TestAmendedWhileOneOfTwoCasesIsTakenBack(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	finding := l.finding()
	for _, id := range []string{caseA, caseB} {
		l.open(id, finding)
		l.accept(id, shelter)
	}
	l.file(by(labour), "finding.amended", site, schemas.FindingAmended{
		Finding: finding.ID(), FindingRecorded: schemas.FindingRecorded{Area: province},
	})
	l.file(by(labour), "referral.revoked", caseB, schemas.ReferralRevoked{InReferral: referral, Reason: "other"})

	boxes := newInboxes()
	s := delivery.New(delivery.Config{History: l.ledger, Directory: everybody, Inbox: boxes, Author: writer{}, Citations: l.ledger})
	for _, f := range l.facts { // all of it is in the ledger from the first one on
		if err := s.Apply(t.Context(), f); err != nil {
			t.Fatalf("apply %s: %v", f.Name(), err)
		}
	}
	if !slices.Contains(boxes.copies(shelter), place(site, finding.ID())) {
		t.Error("the finding is gone from whoever relies on it in another case")
	}
}

// An agency whose duty it is has not answered, and the next one takes the person
// in: the first one is told that its offer is over, so that it keeps no bed, and
// neither by whom nor how.
func TestWhoeverIsOvertakenIsTold(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	l.open(caseA, l.finding())
	l.ask(caseA)
	slow := l.file(routing, "referral.offered", caseA, schemas.ReferralOffered{InReferral: referral, To: shelter, Duty: true})
	l.file(services.Party{Service: schemas.Deadline}, "referral.lapsed", caseA, schemas.ReferralLapsed{InOffer: offer(slow)})
	next := l.offer(caseA, harbour)
	taken := l.file(by(harbour), "referral.accepted", caseA, schemas.ReferralAccepted{InOffer: offer(next)})

	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	notices := boxes.notices(shelter)
	if len(notices) != 1 {
		t.Fatalf("%d notices, want 1", len(notices))
	}
	word := notices[0].Data.(schemas.AccessEnded)
	if !slices.Equal(word.Offers, []string{slow.ID()}) || word.Cause != taken.ID() {
		t.Errorf("told of %+v", word)
	}
	for _, other := range []string{harbour, labour, watch} {
		if n := len(boxes.notices(other)); n != 0 {
			t.Errorf("%s is told %d times", other, n)
		}
	}
}

// An exclusion empties the inbox of the agency that is out, and tells it only that
// access ended; the next one is nobody's business but the lead's and the coordinators'.
func TestRestrictedEmptiesTheInbox(t *testing.T) {
	t.Parallel()
	l := story{t, &ledger{}}
	l.open(caseA, l.finding())
	l.accept(caseA, shelter)
	l.file(by(labour), "content.shared", caseA, schemas.ContentShared{InReferral: referral, To: shelter, Seals: offerSealed})
	bar := l.file(by(labour), "case.restricted", caseA, schemas.CaseRestricted{Exclude: []string{shelter}})
	l.offer(caseA, harbour)
	l.file(by(labour), "screening.completed", caseA, schemas.ScreeningCompleted{})

	boxes := newInboxes()
	deliverAll(t, l.ledger, boxes)
	if left := boxes.copies(shelter); len(left) > 0 {
		t.Errorf("%d events are left with whom the case is kept from", len(left))
	}
	notices := boxes.notices(shelter)
	if len(notices) != 1 {
		t.Fatalf("%d notices, want 1", len(notices))
	}
	ended := notices[0].Data.(schemas.AccessEnded)
	if got := l.names(ended.Events); ended.Cause != bar.ID() || !slices.Equal(got, []string{
		"finding.recorded", "case.opened", "referral.requested", "referral.offered", "referral.accepted", "content.shared",
	}) {
		t.Errorf("told that access ended to %q", got)
	}
	for _, line := range boxes.log {
		if strings.HasSuffix(line, "+ case.restricted") && line != labour+" + case.restricted" {
			t.Errorf("the exclusion itself: %s", line)
		}
	}
	if got := boxes.went(harbour); !slices.Equal(got, []string{"+ referral.requested", "+ referral.offered"}) {
		t.Errorf("inbox of the next choice: %q", got)
	}
}

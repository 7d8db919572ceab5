package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// rounds is how often each race is run.
func rounds() int {
	if hurried() {
		return 20
	}
	return 200
}

// requests asks for a shelter n times, each in a case of its own, and waits until
// the first choice has been offered all of them.
func (w *whole) requests(t *testing.T, n int) []referral {
	t.Helper()
	asked := make([]referral, n)
	each(n, 8, func(i int) { asked[i] = w.request(t) })
	w.rest(t)
	return asked
}

// told fails unless err is the Conflict that tells this state.
func told(t *testing.T, err error, state string) {
	t.Helper()
	if e := services.AsError(err); err == nil || e.Kind != services.Conflict || e.State != state {
		t.Errorf("told %v, want a conflict with the state %s", err, state)
	}
}

// order lists the types of a case's events in ledger order.
func (w *whole) order(t *testing.T, r referral) map[string][]int {
	t.Helper()
	places := make(map[string][]int)
	for i, f := range w.history(t, r.caseID) {
		places[f.Name()] = append(places[f.Name()], i)
	}
	return places
}

// The ledger's order decides between an acceptance and the sender's taking back.
// An accepted referral is still open, and so can still be taken back: the
// revocation always stands, and is there once. What is in question is the
// acceptance. When it came first both stand, and the revocation ended the
// acceptor's access; when it came second it is not in the ledger, and who
// accepted is told that the referral is revoked now.
func TestAcceptAgainstRevoke(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	asked := w.requests(t, rounds())
	accepted := make([]error, len(asked))
	each(len(asked), 4, func(i int) {
		atOnce(
			func() { accepted[i] = w.act(t, sampleRiverside, "accept", asked[i]) },
			func() {
				if err := w.act(t, sampleLabour, "revoke", asked[i]); err != nil {
					t.Errorf("revoke: %v", err)
				}
			},
		)
	})
	w.rest(t)
	first := 0
	for i, r := range asked {
		at := w.order(t, r)
		accepts, revokes := at["referral.accepted"], at["referral.revoked"]
		switch {
		case len(revokes) != 1:
			t.Fatalf("%d revocations", len(revokes))
		case accepted[i] == nil:
			first++
			if len(accepts) != 1 || accepts[0] > revokes[0] {
				t.Errorf("an acceptance has a receipt, and stands at %v, the revocation at %v", accepts, revokes)
			}
		default:
			told(t, accepted[i], "revoked")
			if len(accepts) != 0 {
				t.Error("a refused acceptance is in the ledger")
			}
		}
	}
	t.Logf("the acceptance came first %d times of %d", first, len(asked))
	w.everybodySeesTheirs(t)
	if left := w.shown(t)[sampleRiverside]; len(left) > 0 {
		t.Errorf("%d events are left to the receiver", len(left))
	}
}

// One desk answers twice, under two ids. Over HTTP the desk itself lets one go
// after the other; past the desk, two answers come to two gates, and nothing but
// the ledger stands between them.
func TestOneAnswerOfTwo(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	w.addHub(t)
	asked := w.requests(t, rounds())
	each(len(asked), 4, func(i int) {
		var errs [2]error
		decline := func(n int) func() {
			return func() { errs[n] = w.act(t, sampleRiverside, "decline", asked[i]) }
		}
		atOnce(decline(0), decline(1))
		oneWins(t, errs, "declined")
	})
	w.rest(t) // the next choice has been offered all of them
	each(len(asked), 4, func(i int) {
		var errs [2]error
		accept := func(n int) func() {
			raw := w.sign(t, sampleHarbour, w.acceptance(t, asked[i]))
			return func() { _, errs[n] = w.submit(t, sampleHarbour, raw) }
		}
		atOnce(accept(0), accept(1))
		oneWins(t, errs, "accepted")
	})
	w.rest(t)
	for _, r := range asked {
		at := w.order(t, r)
		if len(at["referral.declined"]) != 1 || len(at["referral.accepted"]) != 1 || len(at["referral.offered"]) != 2 {
			t.Errorf("in the ledger: %v", at)
		}
	}
	w.everybodySeesTheirs(t)
}

// oneWins fails unless one of two has a receipt, and the other was told the state.
func oneWins(t *testing.T, errs [2]error, state string) {
	t.Helper()
	switch {
	case errs[0] == nil:
		told(t, errs[1], state)
	case errs[1] == nil:
		told(t, errs[0], state)
	default:
		t.Errorf("none won: %v, %v", errs[0], errs[1])
	}
}

// acceptance accepts the last offer of a referral.
func (w *whole) acceptance(t *testing.T, r referral) schemas.Draft {
	t.Helper()
	offer := ""
	for _, f := range w.history(t, r.caseID) {
		if f.Name() == "referral.offered" {
			offer = f.ID()
		}
	}
	return schemas.Draft{Type: "referral.accepted", Subject: r.caseID, Data: schemas.ReferralAccepted{
		InOffer: schemas.InOffer{InReferral: schemas.InReferral{Referral: r.id}, Offer: offer},
	}}
}

func TestTwoHubsDecideAsOne(t *testing.T) {
	t.Parallel()
	var told [2][]string
	for i := range told {
		w := startWhole(t, nil)
		if i == 1 {
			w.addHub(t)
		}
		told[i] = w.tellFifty(t)
		w.recordedInOrder(t)
		w.everybodySeesTheirs(t)
	}
	if diff := cmp.Diff(told[0], told[1]); diff != "" {
		t.Errorf("what happened (-one hub +two hubs):\n%s", diff)
	}
}

// addHub starts a second hub on the same ledger, with the same keys.
func (w *whole) addHub(t *testing.T) {
	t.Helper()
	keys, err := openHubKeys(filepath.Join(w.dir, "hub"))
	if err != nil {
		t.Fatal(err)
	}
	access := busAccess{w.site.node.server.Connect, w.site.node.authority}
	second, err := startHub(t.Context(), access, keys, w.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
}

// tellFifty has fifty referrals asked, ten in each of five cases, so that many
// write to one case at once; then the first choice declines all, and the second
// one every other, at once. It returns what became of each, in ledger order.
func (w *whole) tellFifty(t *testing.T) []string {
	t.Helper()
	const cases = 5
	asked := make([]referral, max(rounds()/4, 2*cases))
	each(cases, cases, func(i int) { asked[i] = w.request(t) })
	each(len(asked)-cases, 8, func(i int) {
		r := referral{caseID: asked[i%cases].caseID, id: w.world.ids.ID()}
		_, raw := w.event("referral.requested", r.caseID, shelterFor(r.id))
		w.file(t, sampleLabour, raw)
		asked[cases+i] = r
	})
	w.rest(t)
	say := func(agency, verb string, r referral) {
		if err := w.act(t, agency, verb, r); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
	}
	each(len(asked), 8, func(i int) { say(sampleRiverside, "decline", asked[i]) })
	w.rest(t)
	each(len(asked), 8, func(i int) { say(sampleHarbour, [2]string{"accept", "decline"}[i%2], asked[i]) })
	w.rest(t)
	happened := make([]string, len(asked))
	for i, r := range asked {
		happened[i] = w.happened(t, r)
	}
	return happened
}

// happened lists the events of one referral in ledger order.
func (w *whole) happened(t *testing.T, r referral) string {
	t.Helper()
	text := ""
	for _, f := range w.history(t, r.caseID) {
		in, ok := f.Data.(interface{ ReferralID() string })
		if !ok || in.ReferralID() != r.id {
			continue
		}
		text += f.Name() + " " + f.Author()
		if offered, ok := f.Data.(schemas.ReferralOffered); ok {
			text += fmt.Sprint(offered.To, offered.Why)
		}
		text += "\n"
	}
	return text
}

// recordedInOrder fails when a case's events were recorded in another order than
// the ledger's.
func (w *whole) recordedInOrder(t *testing.T) {
	t.Helper()
	for _, facts := range byScope(w.ledger(t, schemas.ScopeCase)) {
		for i := 1; i < len(facts); i++ {
			if facts[i].Recorded.Before(facts[i-1].Recorded) || facts[i].Sequence <= facts[i-1].Sequence {
				t.Errorf("%s was recorded before the event in front of it", facts[i].Name())
			}
		}
	}
}

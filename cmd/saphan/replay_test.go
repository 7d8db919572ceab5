package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// letters waits for so many dead letters that need somebody.
func (w *whole) letters(t *testing.T, n int) []operator.Letter {
	t.Helper()
	for ctx := within(t); ; {
		list, err := w.operator(t).DeadLetters(ctx, operator.Query{})
		if err == nil && len(list.Letters) == n {
			return list.Letters
		}
		if wait(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("%+v, %v", list, err)
		}
	}
}

// gaveUp puts on record that a service gave up on a fact, as the broker does.
func (w *whole) gaveUp(t *testing.T, service string, f services.Fact) {
	t.Helper()
	advisory := `{"timestamp":"2026-11-23T02:00:00Z","stream":"LEDGER","consumer":"` + service + `","stream_seq":` +
		strconv.FormatUint(f.Sequence, 10) + `,"deliveries":30,"reason":"internal.bug"}`
	nc := w.keep(t)
	if err := nc.Publish("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.LEDGER."+service, []byte(advisory)); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

// TestAServicesLetterIsReplayed: the service that gave up gets the same fact again,
// and does what it had not done.
func TestAServicesLetterIsReplayed(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	r := w.request(t)
	w.rest(t)
	var requested services.Fact
	for _, f := range w.history(t, r.caseID) {
		if f.Name() == "referral.requested" {
			requested = f
		}
	}
	inboxes := w.site.hub.bus.Inboxes
	if err := inboxes.Remove(within(t), sampleRiverside, r.caseID, requested.ID()); err != nil { // as if delivery had not
		t.Fatal(err)
	}
	w.gaveUp(t, schemas.Delivery, requested)
	w.gaveUp(t, schemas.Routing, requested)
	all := w.letters(t, 2)
	l := all[1]
	if l.Consumer != schemas.Delivery || l.Type != "referral.requested" || l.Reference != schemas.Reference(r.caseID) || l.Reason != "internal.bug" {
		t.Errorf("listed as %+v", l)
	}
	before := len(w.history(t, r.caseID))
	for _, l := range all {
		p, err := w.operator(t).DeadLetter(within(t), l.Place, true)
		if err != nil || p.Remedy != operator.HandOver || p.To != l.Consumer || string(p.Bytes) != string(requested.Bytes) {
			t.Errorf("foretold %s to %s, %v", p.Remedy, p.To, err)
		}
		after, err := w.operator(t).Replay(within(t), l.Place)
		if err != nil || after.State != operator.Handled {
			t.Errorf("replayed: %+v, %v", after, err)
		}
	}
	w.rest(t)
	if at, err := inboxes.Find(within(t), sampleRiverside, r.caseID, requested.ID()); err != nil || at == 0 {
		t.Errorf("it is not in the inbox again: %v", err)
	}
	if at, err := inboxes.Find(within(t), sampleHarbour, r.caseID, requested.ID()); err != nil || at != 0 {
		t.Errorf("an agency that is not asked has it at %d, %v", at, err)
	}
	if n := len(w.history(t, r.caseID)); n != before {
		t.Errorf("the case has %d events, had %d: it was decided twice", n, before)
	}
	w.letters(t, 0)
	_, err := w.operator(t).Replay(within(t), l.Place)
	refused(t, "again", err, services.Conflict, "letter_settled")
}

// TestADesksLetterIsReplayed: what a desk of another make gave up on comes again,
// byte for byte, and the list says how that ended.
func TestADesksLetterIsReplayed(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	at, _ := w.overheard(t)
	dir := t.TempDir() + "/bundle"
	example := runAsOperator(within(t), "", at, "agency", "add", "--example")
	if got := runAsOperator(within(t), example.out, at, "agency", "add", "labour-partner", "--file", "-", "--bundle", dir); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	p := w.partner(t, dir)
	for _, agency := range []string{sampleRiverside, sampleHarbour} {
		if _, err := w.operator(t).Suspend(within(t), agency); err != nil {
			t.Fatal(err)
		}
	}
	r := w.request(t) // the partner is a shelter, and the only one left
	source, err := p.bus.Inbox(within(t))
	if err != nil {
		t.Fatal(err)
	}
	first, id := givesUpOn(t, source, "referral.requested")
	l := w.letters(t, 1)[0]
	if l.Consumer != "labour-partner" || l.Reason != "unknown.signature" || l.Reference != schemas.Reference(r.caseID) || !strings.HasSuffix(id, l.Event) {
		t.Errorf("listed as %+v", l)
	}
	after, err := w.operator(t).Replay(within(t), l.Place)
	if err != nil || after.State != operator.Waiting {
		t.Fatalf("replayed: %+v, %v", after, err)
	}
	second, id2 := givesUpOn(t, source, "referral.requested")
	if id2 != id || string(second.Bytes) != string(first.Bytes) || second.Sequence != first.Sequence || !second.Recorded.Equal(first.Recorded) || second.Subject != first.Subject {
		t.Errorf("it came again as %+v", second)
	}
	again := w.letters(t, 1)[0]
	if p, err := w.operator(t).DeadLetter(within(t), l.Place, false); err != nil || p.State != operator.Repeated || again.Place == l.Place {
		t.Errorf("the first letter is %s, %v; the open one is %d", p.State, err, again.Place)
	}
	if _, err := w.operator(t).Replay(within(t), again.Place); err != nil {
		t.Fatal(err)
	}
	takeNext(t, source)
	w.letters(t, 0)
	for ctx := within(t); ; {
		p, err := w.operator(t).DeadLetter(ctx, again.Place, false)
		if err == nil && p.State == operator.Handled {
			break
		}
		if wait(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("%s, %v", p.State, err)
		}
	}
}

// givesUpOn takes facts until one of a type comes, which it gives up on.
func givesUpOn(t *testing.T, source services.Source, typ string) (services.Fact, string) {
	t.Helper()
	for {
		d, err := source.Next(within(t))
		if err != nil {
			t.Fatal(err)
		}
		f, err := d.Fact()
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() == typ {
			if err := d.Term(within(t), "unknown.signature"); err != nil {
				t.Fatal(err)
			}
			return f, f.ID()
		}
		if err := d.Ack(within(t)); err != nil {
			t.Fatal(err)
		}
	}
}

func takeNext(t *testing.T, source services.Source) {
	t.Helper()
	d, err := source.Next(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Ack(within(t)); err != nil {
		t.Fatal(err)
	}
}

// TestAReceiptIsLostOnTheWire: group 84 of the bad inputs. The hub files an event
// and nobody hears the receipt; the same bytes get the same one.
func TestAReceiptIsLostOnTheWire(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	raw := w.sign(t, sampleLabour, schemas.Draft{Type: "case.opened", Subject: w.world.ids.ID(), Data: personCase()})
	nc := w.enter(t, sampleLabour)
	if err := nc.PublishRequest(natsbus.RequestSubjects()[services.VerbSubmit], "_INBOX.nobody.hears", raw); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	var stored services.Fact
	for ctx := within(t); stored.Sequence == 0; {
		facts := w.ledger(t, schemas.ScopeCase)
		if len(facts) > 0 {
			stored = facts[0]
		} else if wait(ctx, 5*time.Millisecond) != nil {
			t.Fatal("it was not filed")
		}
	}
	var receipts []services.Receipt
	for range 2 {
		r, err := w.submit(t, sampleLabour, raw)
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, r)
	}
	if receipts[0] != receipts[1] || receipts[0].SHA256 != schemas.Digest(raw) || !receipts[0].Recorded.Equal(stored.Recorded) || len(w.ledger(t, schemas.ScopeCase)) != 1 {
		t.Errorf("receipts %+v for %v", receipts, stored.Recorded)
	}
}

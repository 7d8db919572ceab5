package signing_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func fact(t testing.TB) services.Fact {
	t.Helper()
	f, err := services.NewFact(write(t, 1, accepted()), 7,
		time.Date(2026, 3, 2, 10, 5, 0, 113e6, time.UTC), "ledger.case."+caseID+".0."+eventID)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	f := fact(t)
	r, err := signing.NewReceipts(testKey(4)).Sign(f)
	if err != nil {
		t.Fatal(err)
	}
	if r.Event != eventID || r.SHA256 != schemas.Digest(f.Bytes) || !r.Recorded.Equal(f.Recorded) ||
		r.Subject != f.Subject || r.Key != signing.KeyID(public(4)) {
		t.Errorf("receipt is %+v", r)
	}
	f.Recorded = f.Recorded.In(time.FixedZone("ICT", 7*60*60))
	if again, err := signing.NewReceipts(testKey(4)).Sign(f); err != nil || again != r {
		t.Error("the same fact gave another receipt")
	}
	wire, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back services.Receipt
	if err := json.Unmarshal(wire, &back); err != nil {
		t.Fatal(err)
	}
	if err := signing.VerifyReceipt(back, public(4)); err != nil {
		t.Errorf("after crossing the bus: %v", err)
	}
}

func TestChangedReceiptIsRefused(t *testing.T) {
	t.Parallel()
	good, err := signing.NewReceipts(testKey(4)).Sign(fact(t))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := signing.NewReceipts(testKey(5)).Sign(fact(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*services.Receipt){
		"event":                func(r *services.Receipt) { r.Event = causeID },
		"no event":             func(r *services.Receipt) { r.Event = "" },
		"digest":               func(r *services.Receipt) { r.SHA256 = schemas.Digest(nil) },
		"recorded":             func(r *services.Receipt) { r.Recorded = r.Recorded.Add(time.Millisecond) },
		"fraction of recorded": func(r *services.Receipt) { r.Recorded = r.Recorded.Add(time.Nanosecond) },
		"subject":              func(r *services.Receipt) { r.Subject += "x" },
		"line in subject":      func(r *services.Receipt) { r.Subject += "\n" },
		"key":                  func(r *services.Receipt) { r.Key = signing.KeyID(public(5)) },
		"signature":            func(r *services.Receipt) { r.Sig = foreign.Sig },
		"no signature":         func(r *services.Receipt) { r.Sig = "" },
		"other spelling":       func(r *services.Receipt) { r.Sig += "\n" },
		"of another hub":       func(r *services.Receipt) { *r = foreign },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := good
			change(&r)
			err := signing.VerifyReceipt(r, public(4))
			if services.KindOf(err) != services.Unauthorized || services.AsError(err).Code != signing.CodeReceipt {
				t.Errorf("got %v", err)
			}
		})
	}
	if signing.VerifyReceipt(good, nil) == nil {
		t.Error("verified without a key")
	}
}

// A desk takes a receipt that any of the gate's keys has signed, and no other
// service's: old receipts still verify when the gate has a new key.
func TestReceiptVerifier(t *testing.T) {
	t.Parallel()
	v := signing.NewReceiptVerifier(signing.NewRing(public(9), directory{
		{ID: schemas.HubAgency, Status: "active", Keys: []schemas.Key{
			signingKey(5, "intake"), signingKey(4, "intake"), signingKey(6, schemas.Routing),
		}},
		{ID: "intake", Status: "active", Keys: []schemas.Key{signingKey(7, "")}},
	}))
	signed := func(n byte) services.Receipt {
		r, err := signing.NewReceipts(testKey(n)).Sign(fact(t))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, n := range map[string]byte{"present key": 5, "earlier key": 4} {
		if err := v.VerifyReceipt(signed(n)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	forged, renamed := signed(5), signed(8)
	forged.Subject += "x"
	renamed.Key = signing.KeyID(public(5))
	for name, r := range map[string]services.Receipt{
		"another service": signed(6), "an agency of that name": signed(7), "nobody": signed(8),
		"changed": forged, "another key's name": renamed, "nothing": {},
	} {
		err := v.VerifyReceipt(r)
		if services.KindOf(err) != services.Unauthorized || services.AsError(err).Code != signing.CodeReceipt {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSignReceiptRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*services.Fact){
		"not recorded":   func(f *services.Fact) { f.Recorded = time.Time{} },
		"too precise":    func(f *services.Fact) { f.Recorded = f.Recorded.Add(1) },
		"nowhere":        func(f *services.Fact) { f.Subject = "" },
		"no event":       func(f *services.Fact) { *f = services.Fact{Recorded: f.Recorded, Subject: f.Subject} },
		"two in subject": func(f *services.Fact) { f.Subject += "\nledger" },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fact(t)
			spoil(&f)
			if _, err := signing.NewReceipts(testKey(4)).Sign(f); err == nil {
				t.Error("signed")
			}
		})
	}
	if _, err := signing.NewReceipts(nil).Sign(fact(t)); err == nil {
		t.Error("signed without a key")
	}
}

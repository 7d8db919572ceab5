package routing_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/routing"
)

// Invented agencies and ids.
const (
	labour  = "labour-example"
	shelter = "shelter-example"
	harbour = "shelter-harbour"
	police  = "police-example"
)

var (
	province = schemas.Area{Kind: "province", Code: "TH-74"}
	epoch    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	theCase  = strings.Repeat("ca", 16)
	referral = schemas.InReferral{Referral: strings.Repeat("4e", 16)}
)

// world is a directory with two shelters, and the facts of one case.
type world struct {
	t     *testing.T
	facts []services.Fact
	err   error
}

func (w *world) Agencies() []casefile.Agency {
	line := []schemas.ServiceLine{{Service: "shelter", Capacity: "capacity"}}
	areas := []schemas.Area{province}
	return []casefile.Agency{
		{ID: labour, Kind: "labour_office", Status: "active", Office: province, Areas: areas},
		{ID: police, Kind: "police", Status: "active", Office: province, Areas: areas, Services: []schemas.ServiceLine{{Service: "investigation", Capacity: "capacity"}}},
		{ID: shelter, Kind: "shelter", Status: "active", Office: province, Areas: areas, Services: line},
		{ID: harbour, Kind: "shelter", Status: "active", Office: province, Areas: areas, Services: line},
	}
}

func (w *world) Agency(id string) (casefile.Agency, bool) {
	all := w.Agencies()
	i := slices.IndexFunc(all, func(a casefile.Agency) bool { return a.ID == id })
	if i < 0 {
		return casefile.Agency{}, false
	}
	return all[i], true
}

func (w *world) Read(_ context.Context, scope schemas.Scope) ([]services.Fact, error) {
	if scope.ID != theCase {
		return nil, nil
	}
	return w.facts, w.err
}

func (w *world) add(by services.Party, typ string, data any) services.Fact {
	w.t.Helper()
	recorded := epoch.Add(time.Duration(len(w.facts)) * time.Minute)
	e, err := schemas.Draft{
		ID:     schemas.DeriveEventID(recorded, "test", "", typ, len(w.facts)),
		Author: by, Type: typ, Subject: theCase, Time: recorded, Data: data,
	}.Event()
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := services.NewFact(raw, uint64(len(w.facts)+1), recorded, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.facts = append(w.facts, f)
	return f
}

func (w *world) open() services.Fact {
	w.t.Helper()
	by := services.Party{Agency: labour}
	w.add(by, "case.opened", schemas.CaseOpened{Kind: "person", Lead: labour})
	return w.add(by, "referral.requested", schemas.ReferralRequested{
		InReferral: referral, Service: "shelter", Area: province, AgeClass: "adult",
	})
}

func (w *world) offer(to string) schemas.InOffer {
	w.t.Helper()
	f := w.add(services.Party{Service: schemas.Routing}, "referral.offered",
		schemas.ReferralOffered{InReferral: referral, To: to})
	return schemas.InOffer{InReferral: referral, Offer: f.ID()}
}

func (w *world) decline(o schemas.InOffer, by string) services.Fact {
	w.t.Helper()
	return w.add(services.Party{Agency: by}, "referral.declined", schemas.ReferralDeclined{InOffer: o})
}

// say words decisions shortly.
func say(decided []services.Decision) string {
	var words []string
	for _, d := range decided {
		if offer, ok := d.Data.(schemas.ReferralOffered); ok {
			words = append(words, "offer "+offer.To)
			continue
		}
		words = append(words, d.Type)
	}
	return strings.Join(words, ", ")
}

// Routing decides on the case as it stands now, whichever fact it is handed.
func TestHandle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		story func(*world) services.Fact // returns what is handed to routing
		want  string
	}{
		{"first choice", (*world).open, "offer " + shelter},
		{"next choice", func(w *world) services.Fact {
			w.open()
			return w.decline(w.offer(shelter), shelter)
		}, "offer " + harbour},
		{"nobody left", func(w *world) services.Fact {
			w.open()
			w.decline(w.offer(shelter), shelter)
			return w.decline(w.offer(harbour), harbour)
		}, "referral.no_receiver"},
		{"offered already", func(w *world) services.Fact {
			f := w.open()
			w.offer(shelter)
			return f
		}, ""},
		{"handed late", func(w *world) services.Fact {
			f := w.open()
			w.decline(w.offer(shelter), shelter)
			return f
		}, "offer " + harbour},
		{"taken back meanwhile", func(w *world) services.Fact {
			f := w.open()
			w.add(services.Party{Agency: labour}, "referral.revoked", schemas.ReferralRevoked{InReferral: referral})
			return f
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t}
			cause := test.story(w)
			s := routing.New(routing.Config{History: w, Directory: w})
			if !slices.Contains(s.Handles(), cause.Name()) {
				t.Fatalf("does not handle %s", cause.Name())
			}
			for range 2 { // twice with one fact: twice the same
				decided, err := s.Handle(t.Context(), cause)
				if err != nil || say(decided) != test.want {
					t.Errorf("Handle = %q, %v; want %q", say(decided), err, test.want)
				}
				for _, d := range decided {
					// Never because of a decline: that would tell the next one of it.
					if d.Subject != theCase || d.Cause.Name() != "referral.requested" {
						t.Errorf("decision about %s because of %s", d.Type, d.Cause.Name())
					}
				}
			}
		})
	}
}

func TestHandleWaitsForTheLedger(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	cause := w.open()
	s := routing.New(routing.Config{History: w, Directory: w})
	w.facts = w.facts[:1]
	if _, err := s.Handle(t.Context(), cause); services.KindOf(err) != services.Later {
		t.Errorf("Handle before the ledger shows its cause = %v, want Later", err)
	}
	w.err = errors.New("away")
	if _, err := s.Handle(t.Context(), cause); !errors.Is(err, w.err) {
		t.Errorf("Handle = %v, want %v", err, w.err)
	}
}

// What routing decides passes schema and rules of the case.
func TestDecisionsPassTheRules(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	cause := w.open()
	decided, err := routing.New(routing.Config{History: w, Directory: w}).Handle(t.Context(), cause)
	if err != nil || len(decided) != 1 {
		t.Fatalf("Handle = %v, %v", decided, err)
	}
	before := casefile.Fold(w.facts)
	f := w.add(services.Party{Service: schemas.Routing}, decided[0].Type, decided[0].Data)
	if err := casefile.Check(before, w, f); err != nil {
		t.Errorf("the rules refuse it: %v", err)
	}
	if err := schemas.Check(f.Event); err != nil {
		t.Errorf("its schema refuses it: %v", err)
	}
}

package vault_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/vault"
)

func TestSeal(t *testing.T) {
	t.Parallel()
	event := schemas.DeriveEventID(epoch, "test", "", "later", 0)
	for _, test := range []struct {
		name    string
		agency  string
		request services.SealRequest
		kind    services.Kind
		pointer string
	}{
		{"kept", labour, services.SealRequest{Event: event, Section: "offer", Ciphertext: ciphertext}, "", ""},
		{"as large as may be", labour, services.SealRequest{Event: event, Section: "offer", Ciphertext: make([]byte, schemas.MaxSection)}, "", ""},
		{"too large", labour, services.SealRequest{Event: event, Section: "offer", Ciphertext: make([]byte, schemas.MaxSection+1)}, services.TooLarge, ""},
		{"empty", labour, services.SealRequest{Event: event, Section: "offer"}, services.Invalid, "/ciphertext"},
		{"no event", labour, services.SealRequest{Event: "a.*", Section: "offer", Ciphertext: ciphertext}, services.Invalid, "/event"},
		{"no section", labour, services.SealRequest{Event: event, Section: "offer.>", Ciphertext: ciphertext}, services.Invalid, "/section"},
		{"a stranger", "nobody-example", services.SealRequest{Event: event, Section: "offer", Ciphertext: ciphertext}, services.Forbidden, ""},
		{"a service", "", services.SealRequest{Event: event, Section: "offer", Ciphertext: ciphertext}, services.Forbidden, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t)
			before := len(h.store)
			reply, err := h.ask(test.agency, services.VerbSeal, test.request)
			if services.KindOf(err) != test.kind {
				t.Fatalf("seal = %v, want kind %q", err, test.kind)
			}
			if err != nil {
				if ps := services.AsError(err).Problems; test.pointer != "" && (len(ps) != 1 || ps[0].Pointer != test.pointer) {
					t.Errorf("problems %v, want one at %s", ps, test.pointer)
				}
				if len(h.store) != before {
					t.Error("kept what it refused")
				}
				return
			}
			digest := schemas.Digest(test.request.Ciphertext)
			if reply != (services.SealReply{Digest: digest}) {
				t.Errorf("reply %v, want the digest", reply)
			}
			if held, _ := h.Holds(t.Context(), test.agency, event, "offer", digest); !held {
				t.Error("not kept under the asker's agency")
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	reply, err := h.ask(shelter, services.VerbOpen, h.request())
	if got, ok := reply.(services.OpenReply); err != nil || !ok || string(got.Ciphertext) != string(ciphertext) {
		t.Fatalf("open = %v, %v; want the ciphertext", reply, err)
	}
	want := schemas.ContentOpened{Event: h.shared.ID(), Section: "offer", By: shelter, Purpose: "decide"}
	if got := h.openings(); !slices.Equal(got, []schemas.ContentOpened{want}) {
		t.Errorf("on record %+v, want %+v", got, want)
	}
	last := h.facts[len(h.facts)-1]
	if schemas.Extension(last.Event, schemas.ExtCause) != h.shared.ID() || last.Event.Source() != "urn:saphan:hub:vault" {
		t.Error("the opening does not say what caused it, or is not the vault's")
	}
}

// Every opening is on record by itself: another time, another purpose, another
// agency, another section's turn between asking and filing.
func TestEveryOpeningIsOnRecord(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for i, agency := range []string{shelter, shelter, labour, shelter, labour} {
		if _, err := h.ask(agency, services.VerbOpen, h.request()); err != nil {
			t.Fatalf("opening %d: %v", i, err)
		}
	}
	h.overtake = func() {
		if _, err := h.ask(labour, services.VerbOpen, h.request()); err != nil {
			t.Errorf("overtaking: %v", err)
		}
	}
	if _, err := h.ask(shelter, services.VerbOpen, h.request()); err != nil {
		t.Fatal(err)
	}
	var by []string
	for _, data := range h.openings() {
		by = append(by, data.By)
	}
	if want := []string{shelter, shelter, labour, shelter, labour, labour, shelter}; !slices.Equal(by, want) {
		t.Errorf("on record %q, want %q", by, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	nowhere := schemas.DeriveEventID(epoch, "test", "", "nowhere", 0)
	for _, test := range []struct {
		name   string
		agency string
		given  func(*hub)
		change func(*services.OpenRequest)
		want   string // kind and code
	}{
		{"another agency", harbour, nil, nil, "unknown not_visible"},
		{"a coordinator", watch, nil, nil, "unknown not_visible"},
		{"another section", shelter, nil, func(r *services.OpenRequest) { r.Section = "identity" }, "unknown not_visible"},
		{"another event", shelter, nil, func(r *services.OpenRequest) { r.Event = nowhere }, "unknown not_visible"},
		{"no event", labour, nil, func(r *services.OpenRequest) { r.Event = "" }, "invalid request"},
		{"case of no grammar", shelter, nil, func(r *services.OpenRequest) { r.Case = "*" }, "invalid request"},
		{"no such section", shelter, nil, func(r *services.OpenRequest) { r.Section = "everything" }, "invalid request"},
		{"no such purpose", shelter, nil, func(r *services.OpenRequest) { r.Purpose = "curiosity" }, "invalid request"},
		{"not registered", "nobody-example", nil, nil, "forbidden agency"},
		{"suspended", shelter, func(h *hub) { h.status[shelter] = "suspended" }, nil, "forbidden agency"},
		{"the hub itself", schemas.HubAgency, func(h *hub) { h.status[schemas.HubAgency] = "active" }, nil, "forbidden agency"},
		{"erased", shelter, func(h *hub) { clear(h.store) }, nil, "unknown erased"},
		{"damaged", shelter, func(h *hub) {
			for at := range h.store {
				h.store[at] = []byte("other bytes")
			}
		}, nil, "internal section_damaged"},
		{"taken back", shelter, func(h *hub) {
			h.add(services.Party{Agency: labour}, "referral.revoked", schemas.ReferralRevoked{InReferral: referral})
		}, nil, "unknown not_visible"},
		{"cannot be recorded", shelter, func(h *hub) { h.refuse = services.Refuse(services.Later, services.CodeBusAway) }, nil, "later bus_away"},
		{"overtaken for ever", shelter, func(h *hub) { h.refuse = services.RefuseIn("revoked", "ended") }, nil, "later moved"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t)
			if test.given != nil {
				test.given(h)
			}
			request := h.request()
			if test.change != nil {
				test.change(&request)
			}
			reply, err := h.ask(test.agency, services.VerbOpen, request)
			var refusal *services.Error
			if !errors.As(err, &refusal) || string(refusal.Kind)+" "+refusal.Code != test.want {
				t.Errorf("open = %v, want %s", err, test.want)
			}
			if reply != nil || len(h.openings()) != 0 {
				t.Errorf("handed out %v, on record %v; want neither", reply, h.openings())
			}
		})
	}
}

// An agency may open so much in a case within an hour, and no more.
func TestHourlyLimit(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	open := func(agency string) services.Kind {
		_, err := h.ask(agency, services.VerbOpen, h.request())
		return services.KindOf(err)
	}
	for i := range vault.DefaultHourlyLimit {
		if kind := open(shelter); kind != "" {
			t.Fatalf("opening %d: %s", i, kind)
		}
	}
	if kind := open(shelter); kind != services.Later {
		t.Errorf("one more: %q, want Later", kind)
	}
	if kind := open(labour); kind != "" {
		t.Errorf("another agency: %q, want none", kind)
	}
	h.now = epoch.Add(time.Hour)
	if kind := open(shelter); kind != "" {
		t.Errorf("an hour later: %q, want none", kind)
	}
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	s := vault.New(vault.Config{Store: h, History: h, Directory: h, Now: func() time.Time { return h.now }, HourlyLimit: -1})
	body, err := json.Marshal(h.request())
	if err != nil {
		t.Fatal(err)
	}
	runner := services.Runner{Gate: h, Author: h}
	for i := range vault.DefaultHourlyLimit + 1 {
		if _, err := runner.Ask(t.Context(), s, services.Party{Agency: shelter}, services.Request{Verb: services.VerbOpen, Body: body}); err != nil {
			t.Fatalf("opening %d: %v", i, err)
		}
	}
}

func TestUnreadableRequests(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for _, verb := range []string{services.VerbSeal, services.VerbOpen, services.VerbSubmit} {
		_, _, err := h.vault().Answer(t.Context(), services.Party{Agency: labour}, services.Request{Verb: verb, Body: []byte(`{"case":`)})
		if services.KindOf(err) != services.Invalid {
			t.Errorf("%s: %v, want Invalid", verb, err)
		}
	}
}

// Whatever is asked, nothing leaves the vault that is not on record.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"case":"` + theCase + `","section":"offer","purpose":"decide"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h := newHub(t)
		runner := services.Runner{Gate: h, Author: h}
		reply, err := runner.Ask(t.Context(), h.vault(), services.Party{Agency: shelter}, services.Request{Verb: services.VerbOpen, Body: body})
		if (err == nil) != (reply != nil) || (err == nil) != (len(h.openings()) == 1) {
			t.Fatalf("error %v, reply %v, on record %v", err, reply, h.openings())
		}
	})
}

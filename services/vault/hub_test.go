package vault_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/vault"
)

// Invented agencies and ids.
const (
	labour  = "labour-example"
	shelter = "shelter-example"
	harbour = "shelter-harbour"
	watch   = "coordinator-example"
)

var (
	epoch      = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	theCase    = strings.Repeat("ca", 16)
	referral   = schemas.InReferral{Referral: strings.Repeat("4e", 16)}
	ciphertext = []byte("sealed for the shelter")
)

// hub is a case, a store and a gate in memory, with a shelter that holds an
// open offer and an event that shares the section offer with it.
type hub struct {
	t      *testing.T
	facts  []services.Fact
	store  map[string][]byte
	status map[string]string
	now    time.Time
	shared services.Fact
	// overtake runs once before the next event passes the gate.
	overtake func()
	refuse   error // of the gate
}

func newHub(t *testing.T) *hub {
	h := &hub{t: t, store: map[string][]byte{}, now: epoch, status: map[string]string{
		labour: "active", shelter: "active", harbour: "active", watch: "active",
	}}
	h.add(services.Party{Agency: labour}, "case.opened", schemas.CaseOpened{Kind: "person", Lead: labour})
	h.add(services.Party{Agency: labour}, "referral.requested", schemas.ReferralRequested{InReferral: referral})
	h.shared = h.add(services.Party{Agency: labour}, "content.shared", schemas.ContentShared{
		InReferral: referral, To: shelter,
		Seals: schemas.Seals{Sealed: []schemas.Sealed{{Section: "offer", Digest: schemas.Digest(ciphertext)}}},
	})
	h.add(services.Party{Service: schemas.Routing}, "referral.offered", schemas.ReferralOffered{InReferral: referral, To: shelter})
	h.store[labour+"/"+h.shared.ID()+"/offer/"+schemas.Digest(ciphertext)] = ciphertext
	return h
}

func (h *hub) vault() *vault.Service {
	return vault.New(vault.Config{Store: h, History: h, Directory: h, Now: func() time.Time { return h.now }})
}

func (h *hub) Agencies() []casefile.Agency { return nil }

func (h *hub) Agency(id string) (casefile.Agency, bool) {
	status, ok := h.status[id]
	return casefile.Agency{ID: id, Status: status}, ok
}

func (h *hub) Read(context.Context, schemas.Scope) ([]services.Fact, error) {
	return slices.Clone(h.facts), nil
}

func (h *hub) Put(_ context.Context, agency, event, section string, sealed []byte) error {
	h.store[strings.Join([]string{agency, event, section, schemas.Digest(sealed)}, "/")] = sealed
	return nil
}

func (h *hub) Get(_ context.Context, agency, event, section, digest string) ([]byte, error) {
	sealed, ok := h.store[strings.Join([]string{agency, event, section, digest}, "/")]
	if !ok {
		return nil, services.Refuse(services.Unknown, "erased")
	}
	return sealed, nil
}

func (h *hub) Holds(ctx context.Context, agency, event, section, digest string) (bool, error) {
	_, err := h.Get(ctx, agency, event, section, digest)
	return err == nil, nil
}

func (h *hub) Write(d schemas.Draft) ([]byte, error) {
	e, err := d.Event()
	if err != nil {
		return nil, err
	}
	return schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
}

// Submit is a gate that knows ids only.
func (h *hub) Submit(_ context.Context, _ services.Party, raw []byte) (services.Receipt, error) {
	if overtake := h.overtake; overtake != nil {
		h.overtake = nil
		overtake()
	}
	if h.refuse != nil {
		return services.Receipt{}, h.refuse
	}
	f, err := services.NewFact(raw, uint64(len(h.facts)+1), h.now, "")
	if err != nil {
		return services.Receipt{}, err
	}
	if err := schemas.Check(f.Event); err != nil {
		return services.Receipt{}, services.RefuseInput(err)
	}
	if slices.ContainsFunc(h.facts, func(other services.Fact) bool { return other.ID() == f.ID() }) {
		return services.Receipt{}, services.Refuse(services.Conflict, services.CodeIDReused)
	}
	h.facts = append(h.facts, f)
	return services.Receipt{}, nil
}

func (h *hub) add(by services.Party, typ string, data any) services.Fact {
	h.t.Helper()
	recorded := h.now.Add(time.Duration(len(h.facts)) * time.Second)
	raw, err := h.Write(schemas.Draft{
		ID:     schemas.DeriveEventID(recorded, "test", "", typ, len(h.facts)),
		Author: by, Type: typ, Subject: theCase, Time: recorded, Data: data,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	f, err := services.NewFact(raw, uint64(len(h.facts)+1), recorded, "")
	if err != nil {
		h.t.Fatal(err)
	}
	h.facts = append(h.facts, f)
	return f
}

// ask asks the vault as a desk does: through the runner.
func (h *hub) ask(agency, verb string, request any) (services.Reply, error) {
	h.t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		h.t.Fatal(err)
	}
	runner := services.Runner{Gate: h, Author: h}
	return runner.Ask(h.t.Context(), h.vault(), services.Party{Agency: agency}, services.Request{Verb: verb, Body: body})
}

func (h *hub) request() services.OpenRequest {
	return services.OpenRequest{Case: theCase, Event: h.shared.ID(), Section: "offer", Purpose: "decide"}
}

func (h *hub) openings() []schemas.ContentOpened {
	var all []schemas.ContentOpened
	for _, f := range h.facts {
		if data, ok := f.Data.(schemas.ContentOpened); ok {
			all = append(all, data)
		}
	}
	return all
}

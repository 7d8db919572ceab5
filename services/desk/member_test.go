package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// member is one agency at the hub.
type member struct {
	*desk.Service
	*hub
	id     string
	memory *memory
	inbox  []services.Fact
	read   int

	attempts struct {
		sync.Mutex
		seen []string // as Observe was told
	}
}

func (m *member) attempt(_ context.Context, typ string, err error) {
	m.attempts.Lock()
	defer m.attempts.Unlock()
	m.attempts.seen = append(m.attempts.seen, fmt.Sprintf("%s: %v", typ, err))
}

// join starts the desk of an agency, with a new memory or the one it had.
func (h *hub) join(id string) *member {
	m := &member{hub: h, id: id, memory: newMemory()}
	h.desks[id] = m
	m.open()
	return m
}

func (m *member) open() {
	m.t.Helper()
	m.Service = desk.New(desk.Config{
		Agency: m.id, Bus: vault{m}, Author: scribe{}, Verifier: trusting{m.memory}, Receipts: trusting{m.memory},
		Sealer: sealer{m}, Directory: m.memory, View: m.memory, Store: m.memory,
		IDs: schemas.IDs{Now: m.now, Fill: fill},
		Key: []byte("a secret of this test, 32 bytes."),
		Wait: func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Observe: m.attempt,
	})
	if err := m.Start(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
}

// leave closes all desks.
func (h *hub) leave() {
	for _, m := range h.desks {
		_ = m.Close()
	}
}

func (m *member) Submit(_ context.Context, raw []byte) (services.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.hub.ask(services.VerbSubmit, m.id, raw); err != nil {
		return services.Receipt{}, err
	}
	f, err := services.NewFact(raw, 0, m.now().Truncate(time.Millisecond), "")
	if err != nil {
		return services.Receipt{}, services.RefuseInput(err)
	}
	if err := schemas.Check(f.Event); err != nil {
		return services.Receipt{}, services.RefuseInput(err)
	}
	r, err := m.accept(f)
	if err == nil && m.after != nil {
		err = m.after(services.VerbSubmit, m.id, raw)
	}
	if m.forge != nil {
		m.forge(&r)
	}
	return r, err
}

func (m *member) Ask(_ context.Context, r services.AskRequest) (services.AskReply, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.hub.ask(services.VerbAsk, m.id, nil); err != nil {
		return services.AskReply{}, err
	}
	reply := m.page(r.After)
	if r.Route != nil {
		reply.Candidates = casefile.Candidates(m.agents, casefile.Query{From: m.id, Asked: *r.Route, At: r.At})
	}
	if m.bend != nil {
		m.bend(&reply)
	}
	return reply, nil
}

// page is what the directory answers: three events at once, so that every test
// turns pages.
func (h *hub) page(after uint64) services.AskReply {
	events := slices.DeleteFunc(slices.Clone(h.offices), func(e services.StoredEvent) bool { return e.Sequence <= after })
	fit := events[:min(len(events), 3)]
	h.pages, h.handed = h.pages+1, h.handed+len(fit)
	return services.AskReply{Events: fit, More: len(fit) < len(events)}
}

// sealed is what the vault of the tests holds: a section in an open envelope.
type sealed struct {
	Header desk.SectionHeader
	To     []string
	Nonce  uint64
	Body   []byte
}

// sealer is a member's own key.
type sealer struct{ *member }

func (s sealer) Seal(h desk.SectionHeader, plaintext []byte, recipients []string) ([]byte, error) {
	return json.Marshal(sealed{Header: h, To: recipients, Nonce: rand.Uint64(), Body: plaintext})
}

func (s sealer) Open(h desk.SectionHeader, ciphertext []byte) ([]byte, error) {
	var c sealed
	if err := json.Unmarshal(ciphertext, &c); err != nil {
		return nil, services.Refuse(services.Invalid, "section_damaged")
	}
	if c.Header != h {
		return nil, services.Refuse(services.Invalid, "section_moved")
	}
	if !slices.Contains(c.To, "key of "+s.id) {
		return nil, services.Refuse(services.Forbidden, "section_not_yours")
	}
	return c.Body, nil
}

// vault is the bus as a member reaches it.
type vault struct{ *member }

func (v vault) Seal(_ context.Context, r services.SealRequest) (services.SealReply, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.hub.ask(services.VerbSeal, v.id, nil); err != nil {
		return services.SealReply{}, err
	}
	digest := schemas.Digest(r.Ciphertext)
	v.hub.vault[v.id+r.Event+r.Section+digest] = r.Ciphertext
	return services.SealReply{Digest: digest}, nil
}

func (v vault) Open(_ context.Context, r services.OpenRequest) (services.OpenReply, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.hub.ask(services.VerbOpen, v.id, nil); err != nil {
		return services.OpenReply{}, err
	}
	scope := schemas.Scope{Kind: schemas.ScopeCase, ID: r.Case}
	at, err := casefile.MayOpen(casefile.Fold(v.history(scope)), v.agents, v.id, r)
	if err != nil {
		return services.OpenReply{}, err
	}
	return services.OpenReply{Ciphertext: v.hub.vault[at.Author+at.Event+at.Section+at.Digest]}, nil
}

// scribe writes events without a real signature.
type scribe struct{}

func (scribe) Write(d schemas.Draft) ([]byte, error) {
	e, err := d.Event()
	if err != nil {
		return nil, err
	}
	return schemas.Encode(e, "c2lnbmVk")
}

// trusting believes the hub, and every agency that it knows.
type trusting struct{ known *memory }

var errSignature = errors.New("signature")

func (v trusting) Verify(e schemas.Event) error {
	p, ok := schemas.ParseSource(e.Source())
	if !ok || schemas.Extension(e, schemas.ExtSignature) != "c2lnbmVk" {
		return errSignature
	}
	if _, known := v.known.Agency(p.Agency); p.Agency != "" && !known {
		return errSignature
	}
	return nil
}

// VerifyReceipt takes the name of any agency in the directory for a key as well,
// so that a new key can be tried.
func (v trusting) VerifyReceipt(r services.Receipt) error {
	if _, known := v.known.Agency(r.Key); !known && r.Key != hubKey {
		return errSignature
	}
	return nil
}

func fill(b []byte) {
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
}

func kind(err error) string {
	if err == nil {
		return "ok"
	}
	e := services.AsError(err)
	return fmt.Sprintf("%s %s", e.Kind, e.Code)
}

package desk_test

import (
	"bytes"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// stranger is an agency that no desk knows at first.
const stranger = "shelter-newcomer"

func delivered(t *testing.T, author string) services.Fact {
	t.Helper()
	raw, err := scribe{}.Write(schemas.Draft{
		ID: schemas.DeriveEventID(dawn, author, "", "", 0), Author: schemas.Party{Agency: author},
		Type: "case.linked", Subject: caseA, Time: dawn,
		Data: schemas.CaseLinked{Link: schemas.Link{Relation: "part_of", Case: caseB}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := services.NewFact(raw, 7, dawn, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSignature(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[harbour]
		h.settle()
		f := delivered(t, stranger)
		if err := m.Apply(t.Context(), f); kind(err) != "unknown signature" {
			t.Errorf("an unknown author: %s", kind(err))
		}
		h.setRefuse(everyone)
		if err := m.Apply(t.Context(), f); kind(err) != "later bus_away" {
			t.Errorf("while nobody can be asked: %s", kind(err))
		}
		expect(t, "trace", m.trace(), []string{"unknown not_visible"})
		h.setRefuse(nil)
		h.register(stranger, "shelter", nil)
		if err := m.Apply(t.Context(), f); err != nil {
			t.Errorf("an author that the directory has meanwhile: %v", err)
		}
	})
}

// A directory that cannot be verified is not believed.
func TestForgedDirectory(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		h.register(stranger, "shelter", nil)
		last := &h.offices[len(h.offices)-1]
		last.Raw = bytes.Replace(last.Raw, []byte("c2lnbmVk"), []byte("Zm9yZ2Vk"), 1)
		if err := h.desks[harbour].Apply(t.Context(), delivered(t, stranger)); kind(err) != "unknown directory_signature" {
			t.Errorf("forged: %s", kind(err))
		}
		if _, known := h.desks[harbour].memory.Agency(stranger); known {
			t.Error("the forged agency is in the directory")
		}
	})
}

// The directory is kept: a desk that starts while the hub is away can seal.
func TestDirectoryIsKept(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.settle()
		h.setRefuse(everyone)
		clear(m.memory.known)
		m.crash()
		_, raw := m.opening(caseA)
		m.file(raw)
		if len(m.Agencies()) != 4 {
			t.Errorf("%d agencies", len(m.Agencies()))
		}
	})
}

// Only the operator fills the directory, whoever else of the hub signs.
func TestDirectoryOfAnotherService(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		h.register(stranger, "shelter", nil)
		last := &h.offices[len(h.offices)-1]
		last.Raw = bytes.Replace(last.Raw, []byte("hub:operator"), []byte("hub:routing"), 1)
		if err := h.desks[harbour].Apply(t.Context(), delivered(t, stranger)); kind(err) != "unknown directory_signature" {
			t.Errorf("directory of another service: %s", kind(err))
		}
	})
}

// An agency cannot speak for the hub, however well it signs.
func TestAgencyAsHub(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		before := m.trace()
		raw, err := scribe{}.Write(schemas.Draft{
			ID: m.IDs.EventID(), Author: schemas.Party{Agency: riverside}, Type: "access.ended", Subject: person, Time: dawn,
			Data: schemas.AccessEnded{Cause: m.inbox[0].ID(), Events: []string{m.inbox[0].ID()}},
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := services.NewFact(raw, 99, dawn, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Apply(t.Context(), f); kind(err) != "unknown signature" {
			t.Errorf("apply: %s", kind(err))
		}
		expect(t, "trace", m.trace(), before)
	})
}

// What was taken on elsewhere needs nobody here any more.
func TestAnOfferThatIsOverElsewhere(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		expect(t, "needs", m.needs(), []string{"decide delivered"})
		raw, err := scribe{}.Write(schemas.Draft{
			ID: m.IDs.EventID(), Author: schemas.Party{Service: schemas.Delivery}, Type: "access.ended", Subject: person, Time: dawn,
			Data: schemas.AccessEnded{Cause: m.IDs.EventID(), Events: []string{}, Offers: []string{m.state().Offers[0].ID}},
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := services.NewFact(raw, 99, dawn, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Apply(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		expect(t, "needs", m.needs(), nil)
		expect(t, "state", m.state().State, "lost")
	})
}

// Without any key of its own a desk takes nothing: it could not seal it.
func TestNoKeys(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.setRefuse(everyone)
		m := h.desks[labour]
		clear(m.memory.known)
		m.memory.facts = nil
		m.crash()
		_, raw := m.opening(caseA)
		if _, err := m.File(t.Context(), raw); kind(err) != "later bus_away" {
			t.Errorf("file: %s", kind(err))
		}
		expect(t, "rows", len(m.memory.rows), 0)
	})
}

// Close may be called twice, and without Start.
func TestClose(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		if err := m.Start(t.Context()); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := desk.New(desk.Config{}).Close(); err != nil {
			t.Error(err)
		}
	})
}

package desk_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// A refusal that the poster hears, with nothing behind it, stops nothing.
func TestRefusedInPerson(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		first, raw := m.opening(caseA)
		m.file(raw)
		h.script("case.linked", moved)
		_, refused := m.link(caseA)
		for range 2 {
			_, err := m.File(t.Context(), refused)
			if e := services.AsError(err); e.Code != "offer_closed" || e.State != "accepted" {
				t.Errorf("refused: %v", err)
			}
		}
		second, raw := m.link(caseA)
		if a := m.file(raw); a.Waits() {
			t.Error("the queue stands still")
		}
		expect(t, "ledger", h.filed(caseA), []string{first, second})
	})
}

// A refusal stops the queue when somebody's later event waits behind it, posted
// before anybody knew, although the poster of the first one hears it.
func TestRefusedWithOneBehind(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		_, raw := m.opening(caseA)
		m.file(raw)
		h.settle()
		first, refused := m.link(caseA)
		_, behind := m.link(caseA)
		h.setRefuse(func(verb, _ string, raw []byte) error {
			if verb != services.VerbSubmit || !bytes.Contains(raw, []byte(first)) {
				return nil
			}
			h.mu.Unlock()
			time.Sleep(time.Second)
			h.mu.Lock()
			return moved
		})
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := m.File(t.Context(), refused); kind(err) != "conflict offer_closed" {
				t.Errorf("the first: %s", kind(err))
			}
		})
		both.Go(func() {
			time.Sleep(time.Millisecond)
			if a, err := m.File(t.Context(), behind); err != nil || a.Behind != first {
				t.Errorf("the one behind: %+v, %v", a, err)
			}
		})
		both.Wait()
		expect(t, "needs", m.needs(), []string{"resolve "})
	})
}

// fileUnheard files a post that is refused when its poster has gone.
func (m *member) fileUnheard(raw []byte, typ string) {
	m.t.Helper()
	m.setRefuse(everyone)
	if a := m.file(raw); !a.Waits() {
		m.t.Fatal("sent while the hub is away")
	}
	m.script(typ, moved)
	time.Sleep(2 * time.Minute)
	synctest.Wait()
}

// A refusal that nobody hears stops the queue until a person decides.
func TestParked(t *testing.T) {
	for _, row := range []struct {
		name   string
		decide func(m *member, parked string) error
		sent   []int // which of the three posts are in the ledger in the end
	}{
		{"retry", func(m *member, id string) error { _, err := m.Retry(m.t.Context(), id); return err }, []int{0, 1, 2}},
		{"discard", func(m *member, id string) error { return m.Discard(m.t.Context(), id) }, []int{0, 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				m := h.desks[labour]
				ids, posts := make([]string, 3), make([][]byte, 3)
				ids[0], posts[0] = m.opening(caseA)
				ids[1], posts[1] = m.link(caseA)
				ids[2], posts[2] = m.link(caseA)
				m.file(posts[0])
				m.fileUnheard(posts[1], "case.linked")
				synctest.Wait()
				items, err := m.Inbox(t.Context())
				if err != nil || len(items) != 1 || items[0].Need != desk.NeedResolve ||
					items[0].Pending.Refusal.Code != "offer_closed" {
					t.Fatalf("inbox: %+v, %v", items, err)
				}
				if a := m.file(posts[2]); !a.Waits() || a.Behind != ids[1] {
					t.Errorf("a post behind a parked one: %+v", a)
				}
				if _, err := m.File(t.Context(), posts[1]); kind(err) != "conflict offer_closed" {
					t.Errorf("the parked post again: %s", kind(err))
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				expect(t, "ledger meanwhile", h.filed(caseA), ids[:1])
				if err := row.decide(m, ids[1]); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				var want []string
				for _, i := range row.sent {
					want = append(want, ids[i])
				}
				expect(t, "ledger", h.filed(caseA), want)
				if err := row.decide(m, ids[1]); services.KindOf(err) != services.Conflict {
					t.Errorf("decided again: %v", err)
				}
			})
		})
	}
}

// Who asks again hears why, and frees the queue if nothing is behind.
func TestParkedIsTold(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		_, raw := m.opening(caseA)
		m.file(raw)
		_, parked := m.link(caseA)
		m.fileUnheard(parked, "case.linked")
		if _, err := m.File(t.Context(), parked); kind(err) != "conflict offer_closed" {
			t.Errorf("asked again: %s", kind(err))
		}
		_, raw = m.link(caseA)
		if a := m.file(raw); a.Waits() {
			t.Error("the queue stands still")
		}
	})
}

// What follows from a refused request is not sent.
func TestFollowersFall(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.script("referral.requested", moved)
		results, err := m.FileBatch(t.Context(), schemas.Example())
		if err != nil {
			t.Fatal(err)
		}
		last := results[len(results)-1]
		if kind(last.Err) != "conflict offer_closed" {
			t.Errorf("request: %s", kind(last.Err))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		shares := 0
		for _, r := range m.memory.rows {
			if r.Type == "content.shared" {
				shares++
				if r.Standing != desk.Refused {
					t.Errorf("content is %s", r.Standing)
				}
			}
		}
		if shares != 2 {
			t.Errorf("%d shares were made for 2 candidates", shares)
		}
	})
}

// What the desk files by itself and the case has overtaken stops no queue.
func TestOwnIsNotParked(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.script("referral.delivered", moved)
		h.fileSample()
		m := h.desks[harbour]
		m.act("accept", desk.ActInput{})
		expect(t, "needs", m.needs(), []string{"meet accepted"})
	})
}

// What the desk signed by itself with a key that was renewed before it went out does
// not vanish: a person sees it, and lets go of it.
func TestOwnOfAnEarlierKeyIsParked(t *testing.T) {
	forged := services.Refuse(services.Unauthorized, "signature")
	for typ, agency := range map[string]string{"referral.delivered": harbour, "content.shared": labour} {
		t.Run(typ, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				h.script(typ, forged)
				h.fileSample()
				m := h.desks[agency]
				pending, err := m.Pending(t.Context())
				if err != nil || len(pending) == 0 {
					t.Fatalf("pending: %+v, %v", pending, err)
				}
				p := pending[0]
				if p.Standing != desk.Parked || !p.Own || p.Type != typ || kind(p.Refusal) != kind(forged) {
					t.Errorf("pending: %+v", p)
				}
				if needs := m.needs(); !slices.Contains(needs, "resolve ") {
					t.Errorf("needs %q", needs)
				}
				if err := m.Discard(t.Context(), p.Event); err != nil {
					t.Fatal(err)
				}
				h.settle()
				if pending, err := m.Pending(t.Context()); err != nil || len(pending) > 0 {
					t.Errorf("still pending: %+v, %v", pending, err)
				}
			})
		})
	}
}

// A case is opened after the inspection that it cites.
func TestCitedFirst(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.settle()
		h.setRefuse(func(verb, _ string, raw []byte) error {
			if verb == services.VerbSubmit && bytes.Contains(raw, []byte("visit.recorded")) {
				return services.Refuse(services.Later, "full")
			}
			return nil
		})
		visit := m.IDs.EventID()
		m.file(m.visit(visit))
		opened, raw := m.opening(caseA, map[string]any{"inspection": site, "event": visit})
		if a := m.file(raw); !a.Waits() || len(h.filed(caseA)) > 0 {
			t.Error("the case overtook its inspection")
		}
		_, raw = m.opening(caseB)
		if a := m.file(raw); a.Waits() {
			t.Error("a case that cites nothing waits")
		}
		h.setRefuse(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		expect(t, "ledger", append(h.filed(site), h.filed(caseA)...), []string{visit, opened})
	})
}

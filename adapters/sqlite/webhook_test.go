package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

const hookA, hookB = "3f9a01c2d4e5", "3f9a01c2d4e6"

// hook is an endpoint with two keys.
func hook(id string) webhook.Endpoint {
	return webhook.Endpoint{
		ID: id, URL: "https://hook.example.org/?a=b", Types: []string{"referral.*", "visit.recorded"}, Full: true,
		State: webhook.Active, Rate: 60, Made: dawn, Changed: dawn.Add(time.Minute), Cursor: 7,
		FailingSince: dawn.Add(time.Hour), Hold: dawn.Add(2 * time.Hour),
		Keys: []webhook.SigningKey{
			{Public: "whpk_b", Made: dawn.Add(time.Second), Secret: []byte("secret of " + id), Seed: []byte("seed of " + id)},
			{Public: "whpk_a", Made: dawn, Ends: dawn.Add(time.Hour), Secret: []byte("old secret of " + id), Seed: []byte("old seed of " + id)},
		},
	}
}

// delivery waits for an endpoint.
func delivery(id string, place uint64, scope string) webhook.Delivery {
	return webhook.Delivery{
		Endpoint: id, Place: place, Event: eventA[:len(eventA)-1] + string(rune('a'+place)), Type: "referral.offered", Scope: scope,
		State: webhook.Waiting, Next: dawn,
	}
}

func hooks(t *testing.T, folder string, ids ...string) *sqlite.Webhooks {
	t.Helper()
	w := open(t, folder).Webhooks
	for _, id := range ids {
		if err := w.Add(t.Context(), hook(id)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func enqueue(t *testing.T, w *sqlite.Webhooks, from, to uint64, rows ...webhook.Delivery) {
	t.Helper()
	if err := w.Enqueue(t.Context(), rows[0].Endpoint, rows, from, to); err != nil {
		t.Fatal(err)
	}
}

func places(t *testing.T, found []webhook.Delivery, err error) []uint64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var at []uint64
	for _, d := range found {
		at = append(at, d.Place)
	}
	return at
}

func TestWebhooksAreKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := hooks(t, folder, hookB, hookA)
	if err := w.Add(t.Context(), hook(hookA)); err == nil {
		t.Error("added twice")
	}
	all, err := w.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "all", all, []webhook.Endpoint{hook(hookB), hook(hookA)})
	if _, err := w.Get(t.Context(), "nobody"); services.KindOf(err) != services.Unknown {
		t.Errorf("got %v", err)
	}

	stop := errors.New("stop")
	if _, _, err := w.Change(t.Context(), hookA, func(e *webhook.Endpoint) (*webhook.Move, error) {
		e.State = webhook.Paused
		return nil, stop
	}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	changed, n, err := w.Change(t.Context(), hookB, func(e *webhook.Endpoint) (*webhook.Move, error) {
		e.State, e.Reason, e.Rate, e.Cursor = webhook.Paused, webhook.Failing, 0, 3
		e.FailingSince, e.Hold, e.Keys = time.Time{}, time.Time{}, e.Keys[:1]
		return nil, nil
	})
	if err != nil || n != 0 {
		t.Fatal(n, err)
	}
	for id, want := range map[string]webhook.Endpoint{hookA: hook(hookA), hookB: changed} {
		got, err := w.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "endpoint", got, want)
	}
}

// A key that is dropped is nowhere in the files any more, once they are closed.
func TestADroppedKeyIsOverwritten(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fs := open(t, folder)
	if err := fs.Webhooks.Add(t.Context(), hook(hookA)); err != nil {
		t.Fatal(err)
	}
	if !holds(t, folder, "secret of") {
		t.Fatal("this test does not find what is there")
	}
	_, _, err := fs.Webhooks.Change(t.Context(), hookA, func(e *webhook.Endpoint) (*webhook.Move, error) {
		e.Keys = nil
		return nil, nil
	})
	if err := errors.Join(err, fs.Close()); err != nil {
		t.Fatal(err)
	}
	if holds(t, folder, "secret of") || holds(t, folder, "seed of") {
		t.Error("a key is still there")
	}
}

func holds(t *testing.T, folder, text string) bool {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(content, []byte(text))
	})
}

// Deliveries and the cursor go together, each place once, and only from where the
// cursor is.
func TestEnqueue(t *testing.T) {
	t.Parallel()
	w := hooks(t, t.TempDir(), hookA)
	enqueue(t, w, 7, 10, delivery(hookA, 8, caseA), delivery(hookA, 9, caseB))
	enqueue(t, w, 7, 20, delivery(hookA, 20, caseA)) // somebody else was first
	again := delivery(hookA, 9, caseB)
	again.State = webhook.Failed
	enqueue(t, w, 10, 12, again, delivery(hookA, 12, caseB))
	e, err := w.Get(t.Context(), hookA)
	if err != nil || e.Cursor != 12 {
		t.Errorf("cursor %d, %v", e.Cursor, err)
	}
	found, err := w.Find(t.Context(), hookA, webhook.Pick{}, webhook.Page{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "deliveries", found, []webhook.Delivery{delivery(hookA, 12, caseB), delivery(hookA, 9, caseB), delivery(hookA, 8, caseA)})
	_, _, err = w.Change(t.Context(), hookA, func(e *webhook.Endpoint) (*webhook.Move, error) {
		e.State = webhook.Disabled
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	enqueue(t, w, 12, 14, delivery(hookA, 13, caseA))
	if e, err := w.Get(t.Context(), hookA); err != nil || e.Cursor != 12 {
		t.Errorf("cursor of a removed endpoint %d, %v", e.Cursor, err)
	}
	if err := w.Enqueue(t.Context(), hookB, []webhook.Delivery{delivery(hookB, 1, caseA)}, 0, 1); err != nil {
		t.Errorf("an endpoint that is gone: %v", err)
	}
}

func TestHeads(t *testing.T) {
	t.Parallel()
	w := hooks(t, t.TempDir(), hookA, hookB)
	enqueue(t, w, 7, 8, delivery(hookB, 8, caseA))
	rows := []webhook.Delivery{delivery(hookA, 1, caseB), delivery(hookA, 2, caseA), delivery(hookA, 3, caseB), delivery(hookA, 4, caseA), delivery(hookA, 5, "zz")}
	rows[0].State, rows[1].State, rows[4].State = webhook.Delivered, webhook.Failed, webhook.Skipped
	enqueue(t, w, 7, 9, rows...)
	found, err := w.Heads(t.Context(), hookA)
	expect(t, "heads", slices.Sorted(slices.Values(places(t, found, err))), []uint64{2, 3})
	for scope, want := range map[string]uint64{caseA: 2, caseB: 3, "zz": 0} {
		d, there, err := w.Head(t.Context(), hookA, scope)
		if err != nil || there != (want > 0) || d.Place != want {
			t.Errorf("head of %s: %+v, %v, %v", scope, d, there, err)
		}
	}
	if found, err := w.Heads(t.Context(), "nobody"); err != nil || len(found) > 0 {
		t.Errorf("heads of nobody: %v, %v", found, err)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	w := hooks(t, t.TempDir(), hookA)
	row := delivery(hookA, 8, caseA)
	enqueue(t, w, 7, 8, row)
	settle := func(d webhook.Delivery, after func(*webhook.Endpoint, *webhook.Delivery)) {
		if err := w.Settle(t.Context(), d, after); err != nil {
			t.Fatal(err)
		}
	}
	want := row
	want.State, want.Attempts, want.Tries, want.Next, want.At = webhook.Failed, 3, 2, time.Time{}, dawn.Add(time.Hour)
	want.Last = webhook.Outcome{Code: webhook.Refused, Status: 500}
	settle(row, func(e *webhook.Endpoint, d *webhook.Delivery) {
		e.State, e.Reason = webhook.Paused, webhook.Failing
		*d = want
	})
	found, err := w.Find(t.Context(), hookA, webhook.Pick{}, webhook.Page{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "settled", found, []webhook.Delivery{want})
	if e, err := w.Get(t.Context(), hookA); err != nil || e.State != webhook.Paused || len(e.Keys) != 2 {
		t.Errorf("endpoint %+v, %v", e, err)
	}
	never := func(*webhook.Endpoint, *webhook.Delivery) { t.Error("changed what is gone") }
	settle(delivery(hookA, 9, caseA), never)
	settle(delivery(hookB, 8, caseA), never)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Settle(ended, row, func(*webhook.Endpoint, *webhook.Delivery) {}); err == nil {
		t.Error("settled though nobody waits")
	}
}

// filledLog fills an endpoint's log with one of each kind.
func filledLog(t *testing.T) *sqlite.Webhooks {
	w := hooks(t, t.TempDir(), hookA, hookB)
	rows := make([]webhook.Delivery, 6)
	for i := range rows {
		rows[i] = delivery(hookA, uint64(i+1), caseA)
		rows[i].State = []webhook.DeliveryState{webhook.Delivered, webhook.Failed, webhook.Skipped, webhook.Waiting}[i%4]
		rows[i].Type = []string{"referral.offered", "visit.recorded"}[i/3]
		rows[i].Tries = i % 4 % 2
		if i < 5 {
			rows[i].At = dawn.Add(time.Duration(i) * time.Hour)
		}
	}
	enqueue(t, w, 7, 8, rows...)
	return w
}

func TestFind(t *testing.T) {
	t.Parallel()
	w := filledLog(t)
	for name, row := range map[string]struct {
		pick webhook.Pick
		page webhook.Page
		want []uint64
	}{
		"all":       {webhook.Pick{}, webhook.Page{}, []uint64{6, 5, 4, 3, 2, 1}},
		"page":      {webhook.Pick{}, webhook.Page{Limit: 2}, []uint64{6, 5}},
		"next page": {webhook.Pick{}, webhook.Page{Limit: 2, Before: 5}, []uint64{4, 3}},
		"standing":  {webhook.Pick{States: []webhook.DeliveryState{webhook.Failed, webhook.Waiting}}, webhook.Page{}, []uint64{6, 4, 2}},
		"type":      {webhook.Pick{Type: "visit.recorded"}, webhook.Page{}, []uint64{6, 5, 4}},
		"event":     {webhook.Pick{Event: delivery(hookA, 3, "").Event}, webhook.Page{}, []uint64{3}},
		"since":     {webhook.Pick{Since: dawn.Add(3 * time.Hour)}, webhook.Page{}, []uint64{5, 4}},
		"tried":     {webhook.Pick{Tried: true}, webhook.Page{}, []uint64{6, 4, 2}},
		"from":      {webhook.Pick{From: 5}, webhook.Page{}, []uint64{6, 5}},
		"together":  {webhook.Pick{Type: "referral.offered", States: []webhook.DeliveryState{webhook.Failed}, From: 2}, webhook.Page{}, []uint64{2}},
	} {
		found, err := w.Find(t.Context(), hookA, row.pick, row.page)
		expect(t, name, places(t, found, err), row.want)
	}
	counts, err := w.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "counts", counts, map[string]webhook.Counts{
		hookA: {webhook.Delivered: 2, webhook.Failed: 2, webhook.Skipped: 1, webhook.Waiting: 1},
	})
}

// A word moves what it is about, and nothing else.
func TestMove(t *testing.T) {
	t.Parallel()
	w := filledLog(t)
	_, n, err := w.Change(t.Context(), hookA, func(*webhook.Endpoint) (*webhook.Move, error) {
		return &webhook.Move{
			Pick: webhook.Pick{States: []webhook.DeliveryState{webhook.Failed}},
			To:   func(d *webhook.Delivery) { d.State, d.Next = webhook.Waiting, dawn },
		}, nil
	})
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	found, err := w.Find(t.Context(), hookA, webhook.Pick{States: []webhook.DeliveryState{webhook.Waiting}}, webhook.Page{})
	expect(t, "waiting", places(t, found, err), []uint64{6, 4, 2})
}

// What is settled is dropped after a while; what waits or has failed never is.
func TestPrune(t *testing.T) {
	t.Parallel()
	w := filledLog(t)
	disable := func(id string) {
		_, _, err := w.Change(t.Context(), id, func(e *webhook.Endpoint) (*webhook.Move, error) {
			e.State, e.Keys = webhook.Disabled, nil
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	disable(hookA)
	disable(hookB)
	for _, row := range []struct {
		before time.Duration
		want   []uint64
		left   string
	}{
		{time.Second, []uint64{6, 5, 4, 3, 2}, hookA + " " + hookB},
		{time.Minute + time.Second, []uint64{6, 5, 4, 3, 2}, hookA},
		{24 * time.Hour, []uint64{6, 4, 2}, hookA},
	} {
		if err := w.Prune(t.Context(), dawn.Add(row.before)); err != nil {
			t.Fatal(err)
		}
		found, err := w.Find(t.Context(), hookA, webhook.Pick{}, webhook.Page{})
		expect(t, "left", places(t, found, err), row.want)
		all, err := w.All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, e := range all {
			ids = append(ids, e.ID)
		}
		expect(t, "endpoints", strings.Join(ids, " "), row.left)
	}
}

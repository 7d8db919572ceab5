package sqlite_test

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// row is a waiting row that somebody posted.
func row(event, scope string) desk.Row {
	return desk.Row{
		Event: event, Type: "case.linked", Scope: scope, Post: event, Digest: []byte("digest"), Raw: []byte("raw " + event),
		Verdict: desk.Verdict{Standing: desk.Waiting},
	}
}

// own is a row that follows from a post.
func own(event, scope, post string) desk.Row {
	r := row(event, scope)
	r.Post, r.Digest = post, nil
	return r
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fs := open(t, folder)
	ctx := t.Context()
	sections := []desk.Kept{{Case: caseA, Event: eventA, Section: "identity", Vault: true, Ciphertext: []byte{0, 1}}}
	if err := fs.Desk.Append(ctx, []desk.Row{row(eventA, caseA), own(eventB, caseA, eventA)}, sections); err != nil {
		t.Fatal(err)
	}
	err := fs.Desk.Append(ctx, []desk.Row{row(eventC, caseB), row(eventA, caseB)}, sections[:0])
	if services.KindOf(err) != services.Conflict {
		t.Errorf("an id that is taken: %v", err)
	}
	if _, err := fs.Desk.Row(ctx, eventC); services.KindOf(err) != services.Unknown {
		t.Errorf("half of what was refused is there: %v", err)
	}
	if err := fs.Desk.Append(ctx, []desk.Row{row(eventC, caseB)}, nil); err != nil {
		t.Fatal(err)
	}
	expectQueues(t, fs.Desk, map[string][]string{"": {eventA, eventB, eventC}, caseA: {eventA, eventB}, caseB[:10]: {eventC}})
	rows, err := fs.Desk.Queue(ctx, caseB)
	want := row(eventC, caseB)
	want.Order, want.Raw = 3, nil
	if err != nil || len(rows) != 1 {
		t.Fatalf("queue: %+v, %v", rows, err)
	}
	expect(t, "row of a queue", rows[0], want)
	if whole, err := fs.Desk.Row(ctx, eventC); err != nil || string(whole.Raw) != "raw "+eventC {
		t.Errorf("whole row: %+v, %v", whole, err)
	}

	receipt := services.Receipt{Event: eventC, SHA256: schemas.Digest(nil), Recorded: dawn, Sig: "c2ln"}
	settle(t, fs.Desk, eventC, desk.Verdict{Standing: desk.Sent, Receipt: &receipt})
	refusal := services.RefuseIn("accepted", "offer_closed")
	settle(t, fs.Desk, eventA, desk.Verdict{Standing: desk.Parked, Refusal: refusal})
	expectQueues(t, fs.Desk, map[string][]string{"": {eventA, eventB}, caseB: nil})

	if err := fs.Close(); err != nil {
		t.Fatal(err)
	}
	fs = open(t, folder)
	sent, err := fs.Desk.Row(ctx, eventC)
	if err != nil || sent.Receipt == nil || *sent.Receipt != receipt || sent.Standing != desk.Sent || sent.Refusal != nil {
		t.Errorf("sent: %+v, %v", sent, err)
	}
	parked, err := fs.Desk.Row(ctx, eventA)
	if err != nil || parked.Standing != desk.Parked || parked.Refusal.Error() != refusal.Error() || parked.Own() {
		t.Errorf("parked: %+v, %v", parked, err)
	}
	if follower, err := fs.Desk.Row(ctx, eventB); err != nil || follower.Standing != desk.Waiting || !follower.Own() {
		t.Errorf("behind the parked one: %+v, %v", follower, err)
	}
	kept, err := fs.Desk.OfEvent(ctx, eventA)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "sections", kept, sections)
	if kept, err = fs.Desk.OfCase(ctx, caseB); err != nil || len(kept) > 0 {
		t.Errorf("sections of another case: %v, %v", kept, err)
	}

	settle(t, fs.Desk, eventA, desk.Verdict{Standing: desk.Refused, Refusal: refusal})
	expectQueues(t, fs.Desk, map[string][]string{"": nil})
	if follower, err := fs.Desk.Row(ctx, eventB); err != nil || follower.Standing != desk.Refused || follower.Refusal == nil {
		t.Errorf("what follows from a refused one: %+v, %v", follower, err)
	}
}

func settle(t *testing.T, d *sqlite.Desk, event string, v desk.Verdict) {
	t.Helper()
	if err := d.Settle(t.Context(), event, v); err != nil {
		t.Fatal(err)
	}
}

func expectQueues(t *testing.T, d *sqlite.Desk, want map[string][]string) {
	t.Helper()
	for scope, events := range want {
		rows, err := d.Queue(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.Event)
		}
		expect(t, "queue of "+scope, got, events)
	}
}

// Scopes wait in the order of their oldest row.
func TestWaiting(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir()).Desk
	for _, r := range []desk.Row{row(eventA, caseB), row(eventB, caseA), row(eventC, caseB)} {
		if err := d.Append(t.Context(), []desk.Row{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	scopes, err := d.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "scopes", scopes, []string{caseB, caseA})
	settle(t, d, eventA, desk.Verdict{Standing: desk.Sent, Receipt: &services.Receipt{}})
	if scopes, err = d.Waiting(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, "scopes after one was sent", scopes, []string{caseA, caseB})
}

// An agency speaks about itself under its own id, which is no hex digits: what
// waits of it is among all that waits, and in a queue of its own.
func TestQueueOfAnAgency(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir()).Desk
	const agency = "shelter-harbour"
	for _, r := range []desk.Row{row(eventA, caseA), row(eventB, agency)} {
		if err := d.Append(t.Context(), []desk.Row{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for scope, want := range map[string][]string{"": {eventA, eventB}, agency: {eventB}, caseA: {eventA}, "zz": nil} {
		rows, err := d.Queue(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.Event)
		}
		expect(t, "queue "+scope, got, want)
	}
}

// What was filed of a scope is what waits or was sent; what was refused never was.
func TestFiled(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir()).Desk
	for _, r := range []desk.Row{row(eventA, caseA), row(eventB, caseA), row(eventC, caseB)} {
		if err := d.Append(t.Context(), []desk.Row{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	filed := func() []string {
		rows, err := d.Filed(t.Context(), caseA)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			if len(r.Raw) == 0 {
				t.Errorf("%s comes without its bytes", r.Event)
			}
			got = append(got, r.Event)
		}
		return got
	}
	expect(t, "filed, and waiting", filed(), []string{eventA, eventB})
	settle(t, d, eventA, desk.Verdict{Standing: desk.Sent, Receipt: &services.Receipt{}})
	expect(t, "filed, and sent", filed(), []string{eventA, eventB})
	settle(t, d, eventB, desk.Verdict{Standing: desk.Refused, Refusal: services.Refuse(services.Conflict, "offer_closed")})
	expect(t, "filed, and refused", filed(), []string{eventA})
}

// counting is a hub that takes everything, and counts.
type counting struct{ submitted atomic.Int64 }

func (c *counting) Submit(_ context.Context, raw []byte) (services.Receipt, error) {
	c.submitted.Add(1)
	return services.Receipt{Event: eventA, SHA256: schemas.Digest(raw), Recorded: dawn}, nil
}

func (c *counting) Ask(context.Context, services.AskRequest) (services.AskReply, error) {
	return services.AskReply{}, nil
}

func (c *counting) Seal(_ context.Context, r services.SealRequest) (services.SealReply, error) {
	return services.SealReply{Digest: schemas.Digest(r.Ciphertext)}, nil
}

func (c *counting) Open(context.Context, services.OpenRequest) (services.OpenReply, error) {
	return services.OpenReply{}, services.Refuse(services.Unknown, services.CodeNotVisible)
}

// office is everything else that a desk needs, in its simplest form.
type office struct{ t testing.TB }

func (o office) Write(d schemas.Draft) ([]byte, error) { return write(o.t, d), nil }

func (office) Verify(schemas.Event) error { return nil }

func (office) VerifyReceipt(services.Receipt) error { return nil }

func (office) Seal(_ desk.SectionHeader, plaintext []byte, _ []string) ([]byte, error) {
	return plaintext, nil
}

func (office) Open(_ desk.SectionHeader, ciphertext []byte) ([]byte, error) { return ciphertext, nil }

func (office) Agency(id string) (casefile.Agency, bool) {
	return casefile.Agency{ID: id, Keys: []schemas.Key{{Use: "sealing", Key: "example"}}}, true
}

func (office) Agencies() []casefile.Agency { return nil }

func (office) Apply(context.Context, services.Fact) error { return nil }

// A hundred equal posts at once, on real files, are one event and a hundred
// equal receipts; so is one more after the files were opened again.
func TestHundredEqualPosts(t *testing.T) {
	t.Parallel()
	folder, hub, o := t.TempDir(), &counting{}, office{t}
	config := desk.Config{
		Agency: "labour-samutsakhon", Bus: hub, Author: o, Verifier: o, Receipts: o, Sealer: o, Directory: o,
		IDs: schemas.IDs{Now: func() time.Time { return dawn }}, Key: []byte("a secret of this test, 32 bytes."),
	}
	raw, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": eventA, "type": "org.saphan.case.opened.v1", "subject": caseA,
		"data": map[string]any{
			"kind": "person", "origin": "agency", "lead": "labour-samutsakhon",
			"sections": map[string]any{"identity": map[string]any{"name": "Invented Person One"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	fs := open(t, folder)
	config.View, config.Store = fs.View, fs.Desk
	d := desk.New(config)
	answers := make([]desk.Answer, 100)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			a, err := d.File(t.Context(), raw)
			if err != nil || a.Waits() {
				t.Errorf("post %d: %+v, %v", i, a, err)
				return
			}
			answers[i] = a
		})
	}
	all.Wait()
	if n := hub.submitted.Load(); n != 1 {
		t.Errorf("submitted %d times", n)
	}
	for i, a := range answers {
		if a.Receipt == nil || *a.Receipt != *answers[0].Receipt {
			t.Fatalf("answer %d: %+v", i, a)
		}
	}
	if err := fs.Close(); err != nil {
		t.Fatal(err)
	}
	fs = open(t, folder)
	config.View, config.Store = fs.View, fs.Desk
	if a, err := desk.New(config).File(t.Context(), raw); err != nil || *a.Receipt != *answers[0].Receipt {
		t.Errorf("after a restart: %+v, %v", a, err)
	}
}

package webhook_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// refusal fails unless err is a refusal of a kind with a code.
func refusal(t *testing.T, what string, err error, kind services.Kind, code string) {
	t.Helper()
	if e := services.AsError(err); err == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, want %s: %s", what, err, kind, code)
	}
}

// codeList fails unless a list has just these codes.
func codeList[T ~string](t *testing.T, list string, want ...T) {
	t.Helper()
	var codes []T
	for _, c := range schemas.Codes(list) {
		codes = append(codes, T(c.Code))
	}
	expect(t, list, want, codes)
}

func TestEveryCodeHasItsWords(t *testing.T) {
	t.Parallel()
	codeList(t, "webhook_state", webhook.Unverified, webhook.Active, webhook.Paused, webhook.Disabled)
	codeList(t, "webhook_delivery", webhook.DeliveryStates()...)
	codeList(t, "webhook_outcome", webhook.OK, webhook.Gone, webhook.Refused, webhook.Unresolved, webhook.Blocked,
		webhook.Unreached, webhook.Untrusted, webhook.TimedOut, webhook.Unasked,
		webhook.Failing, webhook.ByPerson, webhook.Withdrawn, webhook.Removed)
	for _, code := range []string{
		webhook.CodeState, webhook.CodeTooMany, webhook.CodeURL, webhook.CodeAddress, webhook.CodeHost, webhook.CodeOverlap, "rebuilding",
	} {
		if schemas.Refusal(code, "en") == "" || schemas.Refusal(code, "th") == "" {
			t.Errorf("nobody is told what to do about %s", code)
		}
	}
}

// A receiver that does not agree is sent nothing until it does; then it gets what was
// shown since it was added.
func TestNothingIsSentBeforeTheReceiverAgrees(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.to.asked = func(string) (int, webhook.Outcome) {
			return 0, webhook.Outcome{Code: webhook.Unasked, Status: 200}
		}
		made := d.add(t)
		if made.State != webhook.Unverified || made.Asked.Code != webhook.Unasked {
			t.Errorf("got %+v", made)
		}
		id := d.feed.tell(t, offered, scopeOf(0))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		for word, err := range map[string]error{
			"test":   second(d.Test(t.Context(), made.ID, webhook.ExampleInput{Type: offered})),
			"pause":  second(d.Pause(t.Context(), made.ID)),
			"resume": second(d.Resume(t.Context(), made.ID)),
			"retry":  second(d.Retry(t.Context(), made.ID, webhook.RetryInput{})),
			"replay": second(d.Replay(t.Context(), made.ID, webhook.ReplayInput{Place: 1})),
		} {
			refusal(t, word, err, services.Conflict, webhook.CodeState)
		}
		if len(d.to.events()) > 0 {
			t.Errorf("sent %v", d.to.events())
		}
		d.to.asked = nil
		checked, err := d.Verify(t.Context(), made.ID)
		if err != nil || checked.State != webhook.Active || !checked.Outcome.OK() {
			t.Errorf("got %+v, %v", checked, err)
		}
		synctest.Wait()
		expect(t, "sent", []string{id}, d.to.events())
	})
}

func second[T any](_ T, err error) error { return err }

// Asked again, a receiver that says no changes nothing, and one that is paused stays
// so.
func TestVerifyAgain(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		if _, err := d.Pause(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		d.to.asked = func(string) (int, webhook.Outcome) { return 0, webhook.Outcome{Code: webhook.Unreached} }
		if told, err := d.Verify(t.Context(), made.ID); err != nil || told.Outcome.OK() || told.State != webhook.Paused {
			t.Errorf("got %+v, %v", told, err)
		}
		d.to.asked = func(string) (int, webhook.Outcome) { return 7, webhook.OutcomeOf(200) }
		if told, err := d.Verify(t.Context(), made.ID); err != nil || told.State != webhook.Paused || told.Rate != 7 {
			t.Errorf("got %+v, %v", told, err)
		}
	})
}

func TestAddRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		for _, types := range [][]string{{"referral.dance"}, {"dance.*"}, {"*"}, {"referral."}, {""}, {offered, "x"}} {
			_, err := d.Add(t.Context(), webhook.EndpointInput{URL: "https://hook.example.org", Types: types})
			refusal(t, strings.Join(types, " "), err, services.Invalid, services.CodeTypes)
			if strings.Contains(fmt.Sprint(err), "dance") {
				t.Errorf("it repeats what was sent: %v", err)
			}
		}
		many := make([]string, 200)
		for i := range many {
			many[i] = offered
		}
		_, err := d.Add(t.Context(), webhook.EndpointInput{URL: "https://hook.example.org", Types: many})
		refusal(t, "more types than there are", err, services.Invalid, services.CodeTypes)
		for range 20 {
			d.add(t)
		}
		_, err = d.Add(t.Context(), webhook.EndpointInput{URL: "https://hook.example.org"})
		refusal(t, "one too many", err, services.Conflict, webhook.CodeTooMany)
		list, err := d.List(t.Context())
		if err != nil || len(list) != 20 {
			t.Fatal(len(list), err)
		}
		if _, err := d.Remove(t.Context(), list[3].ID); err != nil {
			t.Fatal(err)
		}
		d.add(t)
	})
}

// A removed endpoint is sent nothing, has no keys, and leaves its log for a while.
func TestRemove(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		d.to.answers(refuses(500, 0))
		d.feed.tell(t, offered, scopeOf(0))
		synctest.Wait()
		e, err := d.Remove(t.Context(), made.ID)
		if err != nil || e.State != webhook.Disabled || len(e.Keys) > 0 {
			t.Errorf("got %+v, %v", e, err)
		}
		d.feed.tell(t, offered, scopeOf(0))
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		if n := len(d.to.events()); n != 1 {
			t.Errorf("%d attempts", n)
		}
		log, err := d.Deliveries(t.Context(), made.ID, webhook.LogInput{})
		if err != nil || len(log.Deliveries) != 1 || log.Deliveries[0].Last.Code != webhook.Removed {
			t.Errorf("got %+v, %v", log, err)
		}
		for word, err := range map[string]error{
			"verify": second(d.Verify(t.Context(), made.ID)),
			"remove": second(d.Remove(t.Context(), made.ID)),
			"rotate": second(d.Rotate(t.Context(), made.ID, webhook.KeyInput{})),
			"skip":   second(d.SkipDelivery(t.Context(), made.ID, webhook.SkipInput{Event: "x"})),
		} {
			refusal(t, word, err, services.Conflict, webhook.CodeState)
		}
		time.Sleep(webhook.Keep)
		synctest.Wait()
		_, err = d.Show(t.Context(), made.ID)
		refusal(t, "show", err, services.Unknown, services.CodeNotVisible)
	})
}

// The secret is told once; for the overlap both keys sign.
func TestRotate(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
		if err != nil || len(secret) != 32 || !strings.HasPrefix(made.Keys[0].Public, "whpk_") {
			t.Errorf("made %+v", made)
		}
		signing := func() []string {
			d.to.mu.Lock()
			defer d.to.mu.Unlock()
			var keys []string
			for _, k := range d.to.got[len(d.to.got)-1].Keys {
				keys = append(keys, k.Public)
			}
			return keys
		}
		send := func(after time.Duration) []string {
			time.Sleep(after)
			d.feed.tell(t, offered, scopeOf(0))
			synctest.Wait()
			return signing()
		}
		rotate := func(overlap *int) webhook.EndpointSecret {
			m, err := d.Rotate(t.Context(), made.ID, webhook.KeyInput{Overlap: overlap})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		first := made.Keys[0].Public
		expect(t, "one key", []string{first}, send(0))
		next := rotate(nil)
		two := next.Keys[0].Public
		if next.Secret == made.Secret || two == first {
			t.Error("nothing was rotated")
		}
		expect(t, "both keys", []string{two, first}, send(0))
		expect(t, "both keys, just before the end", []string{two, first}, send(24*time.Hour-time.Minute))
		expect(t, "the new one alone", []string{two}, send(time.Minute))
		zero := 0
		three := rotate(&zero).Keys[0].Public
		expect(t, "at once", []string{three}, send(0))
		for range 5 {
			rotate(nil)
		}
		if n := len(send(0)); n != 3 {
			t.Errorf("%d keys sign", n)
		}
		for _, wrong := range []int{-1, 7*24*60*60 + 1, 18446744074} {
			_, err := d.Rotate(t.Context(), made.ID, webhook.KeyInput{Overlap: &wrong})
			refusal(t, "overlap", err, services.Invalid, webhook.CodeOverlap)
		}
		shown, err := json.Marshal(d.status(t, made.ID))
		if err != nil || strings.Contains(string(shown), "whsec") || strings.Contains(strings.ToLower(string(shown)), "seed") {
			t.Errorf("shown: %s, %v", shown, err)
		}
	})
}

// The same bytes at every attempt: no more than what happened where, or the event as
// it is stored.
func TestBodies(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		d.add(t)
		if _, err := d.Add(t.Context(), webhook.EndpointInput{URL: "https://full.example.org", Full: true}); err != nil {
			t.Fatal(err)
		}
		d.to.answers(refuses(500, 0))
		id := d.feed.tell(t, offered, scopeOf(0))
		time.Sleep(time.Hour)
		synctest.Wait()
		stored := d.feed.told[0].Fact.Bytes
		bodies := map[string]bool{}
		for _, q := range d.to.got {
			bodies[q.URL+" "+string(q.Body)] = true
		}
		thin := `{"specversion":"1.0","id":"` + id + `","source":"urn:saphan:hub:routing","type":"org.saphan.referral.offered.v1",` +
			`"subject":"` + scopeOf(0) + `","time":"2026-11-23T02:01:00Z","dataschema":"urn:saphan:schema:referral.offered.v1"}`
		expect(t, "bodies", map[string]bool{"https://hook.example.org/ " + thin: true, "https://full.example.org " + string(stored): true}, bodies)
		if len(d.to.got) < 10 {
			t.Errorf("only %d attempts", len(d.to.got))
		}
	})
}

// An example is marked so that nobody takes it for real, and changes nothing.
func TestTest(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made, err := d.Add(t.Context(), webhook.EndpointInput{URL: "https://full.example.org", Types: []string{visited}, Full: true})
		if err != nil {
			t.Fatal(err)
		}
		d.to.answers(refuses(503, time.Hour))
		seen := map[string]bool{}
		for _, typ := range schemas.Types() {
			told, err := d.Test(t.Context(), made.ID, webhook.ExampleInput{Type: typ.Name})
			if err != nil || told.Outcome.Status != 503 {
				t.Fatalf("%s: %+v, %v", typ.Name, told, err)
			}
			var got map[string]any
			if err := json.Unmarshal(d.to.got[len(d.to.got)-1].Body, &got); err != nil {
				t.Fatal(err)
			}
			id, _ := got["id"].(string)
			if got["source"] != "urn:saphan:example" || got["saphanexample"] != "true" || got["type"] != typ.CloudEventType() ||
				got["data"] == nil || got["dssematerial"] != nil || seen[id] || !schemas.ValidEventID(id) {
				t.Errorf("%s: %v", typ.Name, got)
			}
			if _, err := schemas.Decode(d.to.got[len(d.to.got)-1].Body); err == nil {
				t.Errorf("%s: it can be taken for an event", typ.Name)
			}
			seen[id] = true
		}
		_, err = d.Test(t.Context(), made.ID, webhook.ExampleInput{Type: "referral.dance"})
		refusal(t, "no such type", err, services.Invalid, "schema")
		s := d.status(t, made.ID)
		if s.State != webhook.Active || !s.Hold.IsZero() || !s.FailingSince.IsZero() || len(s.Deliveries) > 0 {
			t.Errorf("got %+v", s)
		}
	})
}

// The log has pages, and filters that refuse what there is none of.
func TestLog(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		for i := range 250 {
			d.feed.tell(t, []string{offered, accepted}[i%2], scopeOf(i))
		}
		synctest.Wait()
		var places []uint64
		in := webhook.LogInput{Type: offered}
		for {
			log, err := d.Deliveries(t.Context(), made.ID, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range log.Deliveries {
				places = append(places, got.Place)
			}
			if in.Before = log.Next; in.Before == 0 {
				break
			}
		}
		if len(places) != 125 || places[0] != 249 || places[124] != 1 || !slices.IsSortedFunc(places, func(a, b uint64) int { return int(b) - int(a) }) {
			t.Errorf("%d: %v", len(places), places)
		}
		for _, in := range []webhook.LogInput{{State: "dancing"}, {Type: "referral.dance"}, {Type: "referral.*"}} {
			_, err := d.Deliveries(t.Context(), made.ID, in)
			refusal(t, "log", err, services.Invalid, "schema")
			_, err = d.Retry(t.Context(), made.ID, webhook.RetryInput{State: in.State, Type: in.Type})
			refusal(t, "retry", err, services.Invalid, "schema")
		}
		_, err := d.Deliveries(t.Context(), "nobody", webhook.LogInput{})
		refusal(t, "log of nobody", err, services.Unknown, services.CodeNotVisible)
	})
}

// One by its event, however it stands; or those that stand so.
func TestRetry(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		first := d.feed.tell(t, offered, scopeOf(0))
		synctest.Wait()
		if moved, err := d.Retry(t.Context(), made.ID, webhook.RetryInput{Event: first}); err != nil || moved.Count != 1 {
			t.Errorf("%+v, %v", moved, err)
		}
		synctest.Wait()
		expect(t, "sent", []string{first, first}, d.to.events())
		_, err := d.Retry(t.Context(), made.ID, webhook.RetryInput{Event: "nobody"})
		refusal(t, "an unknown event", err, services.Unknown, services.CodeNotVisible)
		_, err = d.SkipDelivery(t.Context(), made.ID, webhook.SkipInput{})
		refusal(t, "skip nothing", err, services.Invalid, "schema")
		_, err = d.SkipDelivery(t.Context(), made.ID, webhook.SkipInput{Event: first})
		refusal(t, "skip what was delivered", err, services.Unknown, services.CodeNotVisible)
		if moved, err := d.Retry(t.Context(), made.ID, webhook.RetryInput{State: webhook.Delivered, Since: time.Now().Add(time.Second)}); err != nil || moved.Count != 0 {
			t.Errorf("%+v, %v", moved, err)
		}
	})
}

// Everything again from a place or an instant on, in order, also what the log has
// forgotten.
func TestReplay(t *testing.T) {
	for _, row := range []struct {
		name string
		in   webhook.ReplayInput
		rest time.Duration // before it
		want int           // how many are sent again, of five
	}{
		{"place", webhook.ReplayInput{Place: 3}, 0, 3},
		{"first place", webhook.ReplayInput{Place: 1}, 0, 5},
		{"after all", webhook.ReplayInput{Place: 6}, 0, 0},
		{"instant", webhook.ReplayInput{Since: time.Date(2026, 11, 23, 2, 4, 0, 0, time.UTC)}, 0, 2},
		{"between", webhook.ReplayInput{Since: time.Date(2026, 11, 23, 2, 3, 30, 0, time.UTC)}, 0, 2},
		{"later", webhook.ReplayInput{Since: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, 0, 0},
		{"forgotten", webhook.ReplayInput{Place: 2}, 60 * 24 * time.Hour, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, d *desk) {
				made := d.add(t)
				var ids []string
				for range 5 {
					ids = append(ids, d.feed.tell(t, offered, scopeOf(0)))
				}
				time.Sleep(row.rest)
				synctest.Wait()
				if _, err := d.Replay(t.Context(), made.ID, row.in); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				expect(t, "sent", append(slices.Clone(ids), ids[5-row.want:]...), d.to.events())
			})
		})
	}
}

func TestReplayBeginsAtOnePlace(t *testing.T) {
	bubble(t, func(t *testing.T, d *desk) {
		made := d.add(t)
		for _, in := range []webhook.ReplayInput{{}, {Place: 1, Since: noon}} {
			_, err := d.Replay(t.Context(), made.ID, in)
			refusal(t, "replay", err, services.Invalid, "schema")
		}
	})
}

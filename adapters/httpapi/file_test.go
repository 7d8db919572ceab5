package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func TestAnEventGetsItsReceipt(t *testing.T) {
	t.Parallel()
	w := start(t)
	got := w.send(t, ask{"POST", "/v1/events", visit(eventID), asEvent})
	if got.status != 201 || got.header.Get("Location") != "/v1/receipts/"+eventID || got.header.Get("Retry-After") != "" {
		t.Errorf("%d %v", got.status, got.header)
	}
	receipt := w.send(t, ask{"GET", got.header.Get("Location"), "", nil})
	if receipt.status != 200 || !strings.Contains(receipt.body, schemas.Digest([]byte(visit(eventID)))) {
		t.Errorf("%d %s", receipt.status, receipt.body)
	}
}

func TestAnEventThatWaitsIsAccepted(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.harbour.away = true
	got := w.send(t, ask{"POST", "/v1/events", visit(eventID), asEvent})
	if got.status != 202 || got.header.Get("Location") != "/v1/receipts/"+eventID || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", got.status, got.header)
	}
	if strings.Contains(got.body, "receipt") {
		t.Errorf("it has a receipt: %s", got.body)
	}
	receipt := w.send(t, ask{"GET", "/v1/receipts/" + eventID, "", nil})
	if receipt.status != 503 || !strings.Contains(receipt.body, "later:waiting") {
		t.Errorf("%d %s", receipt.status, receipt.body)
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	good := visit(eventID)
	for name, row := range map[string]struct {
		body   string
		header map[string]string
		status int
	}{
		"empty":              {"", asEvent, 400},
		"null":               {"null", asEvent, 400},
		"array as one event": {"[" + good + "]", asEvent, 400},
		"trailing bytes":     {good + "x", asEvent, 400},
		"two objects":        {good + good, asEvent, 400},
		"truncated":          {good[:len(good)-1], asEvent, 400},
		"byte order mark":    {"\xef\xbb\xbf" + good, asEvent, 400},
		"duplicate key":      {strings.Replace(good, `{`, `{"id":"x",`, 1), asEvent, 400},
		"unknown type":       {strings.Replace(good, "visit.recorded", "visit.imagined", 1), asEvent, 422},
		"foreign source":     {strings.Replace(good, `{`, `{"source":"urn:saphan:agency:labour-samutsakhon",`, 1), asEvent, 403},
		"source with a dot":  {strings.Replace(good, `{`, `{"source":"urn:saphan:agency:shelter-harbour.",`, 1), asEvent, 403},
		"source upper case":  {strings.Replace(good, `{`, `{"source":"urn:saphan:agency:Shelter-Harbour",`, 1), asEvent, 403},
		"source of the hub":  {strings.Replace(good, `{`, `{"source":"urn:saphan:hub:routing",`, 1), asEvent, 403},
		"no content type":    {good, nil, 415},
		"plain JSON":         {good, asJSON, 415},
		"text":               {good, map[string]string{"Content-Type": "text/plain"}, 415},
		"utf-16":             {good, map[string]string{"Content-Type": "application/cloudevents+json; charset=utf-16"}, 415},
		"malformed type":     {good, map[string]string{"Content-Type": "application/;"}, 415},
		"avro":               {good, map[string]string{"Content-Type": "application/cloudevents+avro"}, 415},
		"brotli":             {good, and(asEvent, "Content-Encoding", "br"), 415},
		"nested gzip":        {good, and(asEvent, "Content-Encoding", "gzip, gzip"), 415},
		"identity":           {good, and(asEvent, "Content-Encoding", "identity"), 415},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			got := w.send(t, ask{"POST", "/v1/events", row.body, row.header})
			if got.status != row.status {
				t.Errorf("%d %s, want %d", got.status, got.body, row.status)
			}
			if len(w.harbour.filed) > 0 {
				t.Error("it was filed")
			}
			if got.status == 415 && !strings.Contains(got.body, "application/cloudevents-batch+json") {
				t.Errorf("no content types in %s", got.body)
			}
		})
	}
}

func TestForeignSourcesAreOneAnswer(t *testing.T) {
	t.Parallel()
	w := start(t)
	seen := make(map[string]bool)
	for _, agency := range []string{labour, "no-such-agency", "police.", "bücher"} {
		body := strings.Replace(visit(eventID), `{`, `{"source":"urn:saphan:agency:`+agency+`",`, 1)
		got := w.send(t, ask{"POST", "/v1/events", body, asEvent})
		seen[fmt.Sprint(got.status, got.body)] = true
	}
	if len(seen) != 1 {
		t.Errorf("answers tell agencies apart: %v", seen)
	}
}

func TestACharsetOfUTF8IsOurs(t *testing.T) {
	t.Parallel()
	w := start(t)
	header := map[string]string{"Content-Type": `application/cloudevents+json; charset="UTF-8"`}
	if got := w.send(t, ask{"POST", "/v1/events", visit(eventID), header}); got.status != 201 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestSameBytesSameReceiptOthersConflict(t *testing.T) {
	t.Parallel()
	w := start(t)
	replies := make([]reply, 100)
	var all sync.WaitGroup
	for i := range replies {
		all.Go(func() { replies[i] = w.send(t, ask{"POST", "/v1/events", visit(eventID), asEvent}) })
	}
	all.Wait()
	for _, got := range replies {
		if got.status != 201 || got.body != replies[0].body {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	for name, other := range map[string]string{
		"white space": visit(eventID) + " ",
		"other body":  strings.Replace(visit(eventID), "2026-11", "2026-10", 1),
	} {
		if got := w.send(t, ask{"POST", "/v1/events", other, asEvent}); got.status != 409 || !strings.Contains(got.body, "conflict:id_reused") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := w.send(t, ask{"POST", "/v1/events", visit(eventID), and(asEvent, "Authorization", "Bearer "+labour)}); got.status != 201 {
		t.Errorf("the same id at another desk: %d", got.status)
	}
}

func TestABatchIsAnsweredEventByEvent(t *testing.T) {
	t.Parallel()
	w := start(t)
	type line struct {
		ID      string
		Status  int
		Answer  *struct{ Event string }
		Problem *struct{ Type string }
	}
	send := func(want int, lines int) []line {
		t.Helper()
		got := w.send(t, ask{"POST", "/v1/events", "[" + visit(eventID) + "," + visit(otherID) + "]", asBatch})
		var out []line
		if err := json.Unmarshal([]byte(got.body), &out); err != nil || got.status != want || len(out) != lines {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return out
	}
	all := send(201, 2)
	if all[0].ID != eventID || all[1].Answer == nil || all[1].Answer.Event != otherID {
		t.Errorf("got %+v", all)
	}
	w.harbour.filed[eventID] = []byte("something else")
	some := send(207, 2)
	if some[0].Status != 409 || some[0].ID != eventID || some[1].Status != 201 ||
		some[0].Problem.Type != "urn:saphan:problem:conflict:id_reused" {
		t.Errorf("got %+v", some)
	}
}

func TestAMalformedBatchIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := start(t)
	wrong := strings.Replace(visit(otherID), "visit.recorded", "visit.imagined", 1)
	for body, status := range map[string]int{
		visit(eventID): 400, "[" + visit(eventID) + "]x": 400, "[]": 422, "[" + visit(eventID) + "," + wrong + "]": 422,
		"[" + strings.Repeat(" ", 4<<20) + "]": 413,
	} {
		got := w.send(t, ask{"POST", "/v1/events", body, asBatch})
		if got.status != status {
			t.Errorf("%.60s: %d %s", body, got.status, got.body)
		}
	}
	if len(w.harbour.filed) > 0 {
		t.Error("some of it was filed")
	}
}

func TestNothingOfARefusedEventComesBack(t *testing.T) {
	t.Parallel()
	w := start(t)
	body := strings.Replace(visit(eventID), "routine", canary, 1)
	for _, header := range []map[string]string{asEvent, asBatch, asJSON, asBinary("Ce-Id", canary)} {
		got := w.send(t, ask{"POST", "/v1/events", body + canary, header})
		if strings.Contains(got.body, canary) || got.status < 400 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if strings.Contains(w.logged(), canary) {
		t.Error("the log holds it")
	}
}

func TestLaterIsToldAsLater(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.harbour.err = services.Refuse(services.Later, "busy")
	got := w.send(t, ask{"POST", "/v1/events", visit(eventID), asEvent})
	if got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", got.status, got.header)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// canaries are what people write: a text for each place in a section where a
// person can write one.
type canaries struct{ sung map[string]string } // section and pointer → text

// texts are the shared parts of the schemas that are free text.
var texts = map[string]func(i int) string{
	"text":  func(i int) string { return fmt.Sprintf("Invented canary of %dkestrel%dwords", i, i*7919) },
	"line":  func(i int) string { return fmt.Sprintf("Canary %dsparrow%d", i, i*7919) },
	"phone": func(i int) string { return fmt.Sprintf("+66 00 7%02d 3159", i) },
	"date":  func(i int) string { return fmt.Sprintf("19%02d-02-13", 10+i%80) },
}

// sing fills a section: every free text that its schema knows is a canary.
func (c *canaries) sing(t *testing.T, section string, filled map[string]any) map[string]any {
	t.Helper()
	raw, ok := schemas.Schema("section." + section)
	if !ok {
		t.Fatalf("no schema of %s", section)
	}
	var schema part
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	for name, p := range schema.Properties {
		if v := c.fill(section+"/"+name, p); v != nil {
			filled[name] = v
		}
	}
	return filled
}

// part is the part of a JSON Schema that says where text may stand.
type part struct {
	Ref        string          `json:"$ref"`
	Properties map[string]part `json:"properties"`
	Items      *part           `json:"items"`
}

// fill returns a value with a canary in every free text; nil when there is none.
func (c *canaries) fill(at string, p part) any {
	_, kind, _ := strings.Cut(p.Ref, "#/$defs/")
	if text, ok := texts[kind]; ok {
		if c.sung[at] == "" {
			c.sung[at] = text(len(c.sung) + 10)
		}
		return c.sung[at]
	}
	if p.Items != nil {
		if v := c.fill(at+"/0", *p.Items); v != nil {
			return []any{v}
		}
		return nil
	}
	object := make(map[string]any)
	for name, inner := range p.Properties {
		if v := c.fill(at+"/"+name, inner); v != nil {
			object[name] = v
		}
	}
	if len(object) == 0 {
		return nil
	}
	return object
}

// sections has every section of the story sung, with what its schema requires.
func (c *canaries) sections(t *testing.T) map[string]map[string]any {
	t.Helper()
	account := c.sing(t, "account", map[string]any{})
	indicator := account["indicators"].([]any)[0].(map[string]any)
	indicator["code"], indicator["state"] = "deception", "reported"
	return map[string]map[string]any{
		"account":  account,
		"identity": c.sing(t, "identity", map[string]any{}),
		"contact":  c.sing(t, "contact", map[string]any{"safe": "unknown"}),
		"offer":    c.sing(t, "offer", map[string]any{"sex": "unknown", "age_band": "unknown", "urgent_medical": "no"}),
	}
}

// sung replaces the sections of an event of the story.
func sung(t *testing.T, raw json.RawMessage, sections map[string]map[string]any) json.RawMessage {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	inside, ok := e["data"].(map[string]any)["sections"].(map[string]any)
	if !ok {
		return raw
	}
	for name := range inside {
		inside[name] = sections[name]
	}
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tellTale is the story, with every feedback a canary.
func (c *canaries) tellTale() []scene {
	say := func(verb string, in desk.ActInput) func(context.Context, *play, *deskclient.Client) error {
		in.Text = texts["text"](len(c.sung) + 10)
		c.sung["feedback of "+verb] = in.Text
		return says(verb, in)
	}
	tale := slices.Clone(story)
	for i, do := range map[int]func(context.Context, *play, *deskclient.Client) error{
		5: say("decline", desk.ActInput{Reason: "cannot_take"}), 6: say("ask", desk.ActInput{}), 7: say("answer", desk.ActInput{}),
		11: say("complete", desk.ActInput{}), 13: say("acknowledge", desk.ActInput{}),
	} {
		tale[i].do = do
	}
	return tale
}

// disguises are the ways in which a text may lie somewhere: as it is, in hex, and
// in base64 at any offset.
func disguises(text string) []string {
	found := []string{text, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text)))}
	for offset := range 3 {
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := e.EncodeToString(append(make([]byte, offset), text...))
			found = append(found, coded[4:len(coded)-4]) // the ends depend on the neighbours
		}
	}
	return found
}

// heard lists which canaries lie in some bytes.
func (c *canaries) heard(in []byte) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.sung)) {
		for _, d := range disguises(c.sung[name]) {
			if bytes.Contains(in, []byte(d)) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// ear writes down what it is told.
type ear struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (e *ear) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.b.Write(p)
}

func TestNoCanarySingsOutsideADesk(t *testing.T) {
	t.Parallel()
	var logs, exported ear
	provider, err := telemetry.Start(t.Context(), telemetry.Config{Writer: &exported, Service: "saphan"})
	if err != nil {
		t.Fatal(err)
	}
	w := startWhole(t, func(w *world) {
		w.log, w.spans = telemetry.NewLogger(&logs, false).Level(zerolog.TraceLevel), provider.Tracer()
	})
	c := &canaries{sung: make(map[string]string)}
	sections, tale := c.sections(t), c.tellTale()
	for i, raw := range w.events {
		w.events[i] = sung(t, raw, sections)
	}
	for _, s := range tale {
		if err := s.do(within(t), w.play, w.desks[s.who]); err != nil {
			t.Fatalf("%s, %s: %v", s.at, s.who, err)
		}
		w.rest(t)
	}
	w.everyCanaryArrived(t, c)
	c.silentIn(t, everyFile(t, w.dir)) // journals and all
	c.silentIn(t, w.followed(t))
	caseID := []byte(w.caseID())
	w.stop(t)
	if err := provider.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}

	read := everyFile(t, w.dir)
	read["log"], read["spans"] = logs.b.Bytes(), exported.b.Bytes()
	c.silentIn(t, read)
	wasRead(t, read, caseID)
	t.Logf("%d canaries, %d files, %d bytes of log, %d bytes of spans", len(c.sung), len(read)-2, logs.b.Len(), exported.b.Len())
}

// followed is what a desk's stream and metrics tell, by agency.
func (w *whole) followed(t *testing.T) map[string][]byte {
	t.Helper()
	told := make(map[string][]byte)
	for agency := range w.desks {
		_, metrics := w.knock(t, agency, "GET /metrics", "", nil)
		if !strings.Contains(metrics, "saphan_events_shown_total{agency=\""+agency+"\"}") {
			t.Errorf("metrics of %s:\n%s", agency, metrics)
		}
		told["metrics of "+agency] = []byte(metrics)
		_, last, err := w.site.desks.of(agency).Feed(t.Context(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if last > 0 {
			told["stream of "+agency] = w.stream(t, agency, last)
		}
	}
	return told
}

// stream reads a desk's stream from its beginning up to a place.
func (w *whole) stream(t *testing.T, agency string, last uint64) []byte {
	t.Helper()
	var told []byte
	err := w.desks[agency].Stream(within(t), deskclient.StreamInput{After: new(uint64)}, func(e deskclient.Event) error {
		if told = append(told, e.Raw...); e.Place == last {
			return errFollowed
		}
		return nil
	})
	if !errors.Is(err, errFollowed) {
		t.Errorf("stream of %s: %v", agency, err)
	}
	return told
}

var errFollowed = errors.New("that was all")

// wasRead fails unless log, spans and store hold what they must hold: silence in
// the wrong place would prove nothing.
func wasRead(t *testing.T, read map[string][]byte, caseID []byte) {
	t.Helper()
	for name, b := range map[string][]byte{"log": []byte(`"route":"POST /v1/events"`), "spans": caseID} {
		if !bytes.Contains(read[name], b) {
			t.Errorf("the %s is not what it should be: %d bytes", name, len(read[name]))
		}
	}
	stored := func(path string) bool { return strings.HasPrefix(path, "bus") && bytes.Contains(read[path], caseID) }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(read)), stored) {
		t.Error("the hub's store was not read")
	}
}

// silentIn fails when a canary can be heard anywhere.
func (c *canaries) silentIn(t *testing.T, read map[string][]byte) {
	t.Helper()
	for path, b := range read {
		if names := c.heard(b); len(names) > 0 {
			t.Errorf("%s holds %v", path, names)
		}
	}
}

// everyCanaryArrived opens what the acceptor and the sender may open: the test
// would prove nothing if the texts had been lost on the way.
func (w *whole) everyCanaryArrived(t *testing.T, c *canaries) {
	t.Helper()
	var opened bytes.Buffer
	for _, agency := range []string{sampleLabour, sampleHarbour} {
		client := w.desks[agency]
		about, err := client.Case(within(t), w.caseID())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range about.Sections {
			in := desk.OpenInput{Case: w.caseID(), Event: s.Event, Section: s.Section, Purpose: "protect"}
			plain, err := client.Open(within(t), in)
			if err != nil {
				t.Errorf("open %s: %v", s.Section, err)
			}
			opened.Write(plain)
		}
	}
	if arrived := c.heard(opened.Bytes()); len(arrived) != len(c.sung) {
		t.Errorf("%d canaries of %d can be opened: %v", len(arrived), len(c.sung), arrived)
	}
}

// The search must find what it is to find.
func TestACanaryIsHeardInEveryDisguise(t *testing.T) {
	t.Parallel()
	c := &canaries{sung: map[string]string{"line": texts["line"](17), "phone": texts["phone"](18), "date": texts["date"](19)}}
	for name, text := range c.sung {
		for before := range 4 {
			in := append(bytes.Repeat([]byte("x"), before), text+" and more"...)
			for disguise, b := range map[string]string{
				"none": string(in), "hex": hex.EncodeToString(in),
				"base64": base64.StdEncoding.EncodeToString(in), "base64url": base64.URLEncoding.EncodeToString(in),
			} {
				if got := c.heard([]byte(b)); !slices.Equal(got, []string{name}) {
					t.Errorf("%s in %s, %d bytes in: heard %v", name, disguise, before, got)
				}
			}
		}
	}
}

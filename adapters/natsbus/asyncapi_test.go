package natsbus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// asyncAPI is the document of the bus, as a client reads it.
type asyncAPI struct {
	whole      map[string]any
	Channels   map[string]struct{ Address string }
	Operations map[string]struct {
		Action, Summary, Description string
		Channel                      reference
		Messages                     []reference
		Reply                        struct{ Messages []reference }
	}
	Components struct {
		Schemas  json.RawMessage
		Messages map[string]struct {
			Payload json.RawMessage
			Headers struct{ Properties map[string]any }
		}
	}
}

type reference struct {
	Ref string `json:"$ref"`
}

// name is the last word of a reference.
func (r reference) name() string { return r.Ref[strings.LastIndex(r.Ref, "/")+1:] }

func readAsyncAPI(t *testing.T) asyncAPI {
	t.Helper()
	var d asyncAPI
	raw := natsbus.AsyncAPI("v1.2.3")
	for _, into := range []any{&d, &d.whole} {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Contains(raw, []byte(`"version":"v1.2.3"`)) || !bytes.Equal(raw, natsbus.AsyncAPI("v1.2.3")) {
		t.Error("it has no version, or is another one each time")
	}
	return d
}

// fits holds a body against the payload of a message.
func (d asyncAPI) fits(t *testing.T, message string, body []byte) {
	t.Helper()
	whole := fmt.Appendf(nil, `{"$defs":%s,"allOf":[%s]}`, d.Components.Schemas, d.Components.Messages[message].Payload)
	var root jsonschema.Schema
	if err := json.Unmarshal(bytes.ReplaceAll(whole, []byte("#/components/schemas/"), []byte("#/$defs/")), &root); err != nil {
		t.Fatal(err)
	}
	resolved, err := root.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", message, err)
	}
	if err := resolved.Validate(v); err != nil {
		t.Errorf("%s: %v\n%s", message, err, body)
	}
}

func TestAsyncDocumentIsWhole(t *testing.T) {
	t.Parallel()
	d := readAsyncAPI(t)
	at := func(pointer string) any {
		var v any = d.whole
		for _, token := range strings.Split(pointer, "/")[1:] {
			m, _ := v.(map[string]any)
			v = m[token]
		}
		return v
	}
	raw, err := json.Marshal(d.whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`"\$ref":"#([^"]+)"`).FindAllSubmatch(raw, -1) {
		if _, ok := at(string(found[1])).(map[string]any); !ok {
			t.Errorf("nothing is at %s", found[1])
		}
	}
	for name := range at("/components/schemas").(map[string]any) {
		if !bytes.Contains(raw, []byte(`"#/components/schemas/`+name+`"`)) {
			t.Errorf("nothing refers to %s", name)
		}
	}
	for _, typ := range schemas.Types() {
		sent := bytes.Contains(raw, []byte(`"#/channels/submit/messages/`+typ.Name+`"`))
		if sent != (typ.Author == schemas.AnyAgency) || !bytes.Contains(raw, []byte(`"#/channels/nextAnswer/messages/`+typ.Name+`"`)) {
			t.Errorf("%s can be filed, or does not come", typ.Name)
		}
	}
}

// Every door of an agency is one operation, and there is no other.
func TestEveryDoorIsDescribed(t *testing.T) {
	t.Parallel()
	d, ids := readAsyncAPI(t), 0
	for _, door := range natsbus.AgencyDoors() {
		found := false
		for id, op := range d.Operations {
			address := regexp.MustCompile(`\{token[0-9]+\}`).ReplaceAllString(d.Channels[op.Channel.name()].Address, "*")
			if strings.ReplaceAll(address, "{rest}", ">") == door {
				ids, found = ids+1, true
				if op.Action != "send" || op.Summary == "" || op.Description == "" || id == "" || len(op.Messages) == 0 {
					t.Errorf("%s: something is missing: %+v", door, op)
				}
			}
		}
		if !found {
			t.Errorf("%s is in no operation", door)
		}
	}
	if ids != len(d.Operations) {
		t.Errorf("%d operations, %d doors", len(d.Operations), ids)
	}
}

// What an agency's program sends and gets, with nothing but the document at hand.
func TestTheBusIsAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	d, n := readAsyncAPI(t), start(t, t.TempDir())
	facts := file(t, n.Ledger, newCase(), 3)
	section := schemas.Digest(nil)
	replies := map[string]services.Reply{
		services.VerbSubmit: services.Receipt{Event: facts[0].ID(), SHA256: section, Recorded: recorded, Key: "k", Sig: "s"},
		services.VerbSeal:   services.SealReply{Digest: section}, services.VerbOpen: services.OpenReply{Ciphertext: []byte("x")},
		services.VerbAsk: services.AskReply{
			Candidates: []services.Candidate{{Agency: riverside, Why: []string{"area"}}}, Events: []services.StoredEvent{facts[0].Stored()},
		},
	}
	bodies := map[string]any{
		services.VerbSubmit: json.RawMessage(facts[0].Bytes), services.VerbSeal: services.SealRequest{Event: facts[0].ID(), Section: "offer", Ciphertext: []byte("x")},
		services.VerbOpen: services.OpenRequest{Case: facts[0].Scope().ID, Event: facts[0].ID(), Section: "offer", Purpose: "decide"},
		services.VerbAsk:  json.RawMessage(`{"route":{"service":"shelter","age_class":"child"},"at":"2026-11-23T12:00:00Z"}`),
	}
	account := join(t, n, harbour)
	nc := enter(t, n, harbour)
	for verb, reply := range replies {
		serve(t, n, verb, func(_ context.Context, _ services.Party, r services.Request) (services.Reply, error) {
			if bytes.Contains(r.Body, []byte("refuse")) {
				return nil, services.RefuseIn("accepted", "offer_closed")
			}
			return reply, nil
		})
		op, body := d.Operations[verb], marshal(t, bodies[verb])
		address := d.Channels[op.Channel.name()].Address
		sent := op.Messages[0].name()
		if verb == services.VerbSubmit {
			sent = facts[0].Name()
		}
		d.fits(t, sent, body)
		for _, body := range [][]byte{body, []byte("refuse")} {
			m, err := nc.RequestWithContext(within(t), address, body)
			if err != nil {
				t.Fatalf("%s: %v", address, err)
			}
			d.fits(t, op.Reply.Messages[0].name(), m.Data)
		}
	}

	for _, f := range facts {
		put(t, n, harbour, f)
	}
	next := d.Operations["next"]
	address := strings.ReplaceAll(d.Channels[next.Channel.name()].Address, "{account}", account)
	prefix, _, _ := strings.Cut(address, ".CONSUMER.")
	js, err := jetstream.NewWithAPIPrefix(nc, prefix)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.Consumer(within(t), "INBOX", account)
	if err != nil {
		t.Fatal(err)
	}
	got, err := consumer.Fetch(len(facts))
	if err != nil {
		t.Fatal(err)
	}
	for m := range got.Messages() {
		var event struct{ Type string }
		if err := json.Unmarshal(m.Data(), &event); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(event.Type, "org.saphan."), ".v1")
		d.fits(t, name, m.Data())
		if !slices.Contains(next.Reply.Messages, reference{"#/channels/nextAnswer/messages/" + name}) {
			t.Errorf("%s does not come here", name)
		}
		for header := range d.Components.Messages[name].Headers.Properties {
			if m.Headers().Get(header) == "" {
				t.Errorf("the header %s is missing", header)
			}
		}
		if err := m.DoubleAck(within(t)); err != nil {
			t.Error(err)
		}
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

package webhook

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Message is what an endpoint is sent: the same bytes at every attempt.
type Message struct {
	ID   string // of the event; it tells repeats apart, and has no dots
	Body []byte // a CloudEvent in structured mode
}

// thin is an event for who asks for the rest, in the order in which it is written.
type thin struct {
	SpecVersion string `json:"specversion"`
	ID          string `json:"id"`
	Source      string `json:"source"`
	Type        string `json:"type"`
	Subject     string `json:"subject"`
	Time        string `json:"time"`
	DataSchema  string `json:"dataschema"`
}

func thinOf(e schemas.Event) thin {
	return thin{
		SpecVersion: e.SpecVersion(), ID: e.ID(), Source: e.Source(), Type: e.Type(),
		Subject: e.Subject(), Time: schemas.FormatTime(e.Time()), DataSchema: e.DataSchema(),
	}
}

// message is a fact as the endpoint gets it: its bytes as they are stored, or what
// follows from them alone.
func (e Endpoint) message(f services.Fact) (Message, error) {
	if e.Full {
		return Message{f.ID(), f.Bytes}, nil
	}
	body, err := json.Marshal(thinOf(f.Event))
	if err != nil {
		return Message{}, fmt.Errorf("write webhook: %w", err)
	}
	return Message{f.ID(), body}, nil
}

// exampleSource is the source of every example: no agency, and no service of the hub.
const exampleSource = "urn:saphan:example"

// example is an example of a type: not signed, in no case, and in no ledger. It is
// marked a second time by an extension, so that nobody takes it for real.
type example struct {
	thin
	Mark        string          `json:"saphanexample"`
	ContentType string          `json:"datacontenttype,omitempty"`
	Data        json.RawMessage `json:"data,omitempty"`
}

// exampleOf is the example of a type as the endpoint gets it; false when there is no
// such type.
func (e Endpoint) exampleOf(typ, id string, now time.Time) (Message, bool) {
	t, known := schemas.TypeNamed(typ)
	open, found := schemas.ExampleOf(typ)
	if !known || !found {
		return Message{}, false
	}
	ex := example{Mark: "true", thin: thin{
		SpecVersion: "1.0", ID: id, Source: exampleSource, Type: t.CloudEventType(),
		Subject: open.Subject, Time: schemas.FormatTime(now.Truncate(time.Minute)), DataSchema: t.DataSchema(),
	}}
	if e.Full {
		ex.ContentType, ex.Data = "application/json", open.Data
	}
	body, err := json.Marshal(ex)
	return Message{id, body}, err == nil
}

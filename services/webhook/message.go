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

// Thin is an event for who asks for the rest, in the order in which it is written.
type Thin struct {
	SpecVersion string `json:"specversion"` // "1.0"
	ID          string `json:"id"`          // of the event
	Source      string `json:"source"`      // who filed it
	Type        string `json:"type"`        // as in "org.saphan.referral.offered.v1"
	Subject     string `json:"subject"`     // the case or inspection
	Time        string `json:"time"`        // when it happened; RFC 3339, UTC
	DataSchema  string `json:"dataschema"`  // as in "urn:saphan:schema:referral.offered.v1"
}

func thinOf(e schemas.Event) Thin {
	return Thin{
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

// Example is an example of a type: not signed, in no case, and in no ledger. It is
// marked a second time by an extension, so that nobody takes it for real.
type Example struct {
	Thin
	Mark        string          `json:"saphanexample"`             // "true"
	ContentType string          `json:"datacontenttype,omitempty"` // "application/json"
	Data        json.RawMessage `json:"data,omitempty"`            // unless the endpoint wants to ask for it
}

// exampleOf is the example of a type as the endpoint gets it; false when there is no
// such type.
func (e Endpoint) exampleOf(typ, id string, now time.Time) (Message, bool) {
	t, known := schemas.TypeNamed(typ)
	open, found := schemas.ExampleOf(typ)
	if !known || !found {
		return Message{}, false
	}
	ex := Example{Mark: "true", Thin: Thin{
		SpecVersion: "1.0", ID: id, Source: exampleSource, Type: t.CloudEventType(),
		Subject: open.Subject, Time: schemas.FormatTime(now.Truncate(time.Minute)), DataSchema: t.DataSchema(),
	}}
	if e.Full {
		ex.ContentType, ex.Data = "application/json", open.Data
	}
	body, err := json.Marshal(ex)
	return Message{id, body}, err == nil
}

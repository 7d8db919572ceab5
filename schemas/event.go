package schemas

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Event is a CloudEvent for reading. It cannot carry the bytes that were
// signed: the SDK's own codec changes zones, order and escapes. So an event is
// encoded once, by Encode, and from then on only its bytes travel; Decode reads
// them, and leaves in DataEncoded the exact bytes of the member data.
type Event = event.Event

// Extension attributes of every event, all of them signed, but for the last,
// which is the signature.
const (
	ExtCause          = "causationid"        // id of the event that led to this one
	ExtClassification = "dataclassification" // CloudEvents data classification
	ExtTraceParent    = "traceparent"        // W3C; the trace id is the scope's id
	ExtSignature      = "dssematerial"       // CloudEvents Verifiability, a DSSE envelope
)

// SignedExtensions lists what a signature covers beyond the core attributes, in
// the order in which they are hashed.
var SignedExtensions = []string{ExtCause, ExtClassification, ExtTraceParent}

const contentType = "application/json"

// Draft is what somebody wants to say, before it is signed and encoded.
type Draft struct {
	ID      string    // UUIDv7
	Author  Party     // becomes source
	Type    string    // short name, as in "referral.accepted"
	Subject string    // id of the scope
	Time    time.Time // when it happened
	Cause   string    // id of the event that led to it; may be empty
	Data    any       // the payload; json.RawMessage is taken as it is
}

// Event lays out the draft as a CloudEvent without its signature. An agency's
// time is cut to whole minutes, so that no fact is finer than that; the hub's
// keeps milliseconds.
func (d Draft) Event() (Event, error) {
	t, ok := TypeNamed(d.Type)
	if !ok {
		return Event{}, fmt.Errorf("draft event: unknown type")
	}
	data, err := json.Marshal(d.Data)
	if err != nil {
		return Event{}, fmt.Errorf("draft event: %w", err)
	}
	when := d.Time.UTC().Truncate(time.Minute)
	if d.Author.Agency == "" {
		when = d.Time.UTC().Truncate(time.Millisecond)
	}
	ce := &event.EventContextV1{}
	e := Event{Context: ce, DataEncoded: data}
	e.SetID(d.ID)
	e.SetSource(d.Author.Source())
	e.SetType(t.CloudEventType())
	e.SetSubject(d.Subject)
	e.SetTime(when)
	e.SetDataSchema(t.DataSchema())
	ct := contentType
	ce.DataContentType = &ct
	if d.Cause != "" {
		e.SetExtension(ExtCause, d.Cause)
	}
	e.SetExtension(ExtClassification, t.Classification)
	if tp := TraceParent(Scope{t.Scope, d.Subject}, d.ID); tp != "" {
		e.SetExtension(ExtTraceParent, tp)
	}
	return e, e.Validate()
}

// TraceParent returns the W3C traceparent of an event: the scope's id is the
// trace, the last 16 digits of the event's id the span. It is empty for the
// scope agency, whose ids are no trace ids.
func TraceParent(s Scope, id string) string {
	if s.Kind == ScopeAgency || !s.Valid() || !ValidEventID(id) {
		return ""
	}
	return "00-" + s.ID + "-" + id[19:23] + id[24:] + "-01"
}

// Extension returns a string extension of an event, or "".
func Extension(e Event, name string) string {
	s, _ := e.Extensions()[name].(string)
	return s
}

// document is the order in which an event is written.
type document struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            string          `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	DataSchema      string          `json:"dataschema"`
	Cause           string          `json:"causationid,omitempty"`
	Classification  string          `json:"dataclassification"`
	TraceParent     string          `json:"traceparent,omitempty"`
	Signature       string          `json:"dssematerial,omitempty"`
	Data            json.RawMessage `json:"data"`
}

// Encode writes an event that Draft.Event made, with its signature (the DSSE
// envelope in base64), as structured-mode JSON. It is called once in an event's
// life. The bytes of data are those that were signed.
func Encode(e Event, signature string) ([]byte, error) {
	raw, err := json.Marshal(document{
		SpecVersion: e.SpecVersion(), ID: e.ID(), Source: e.Source(), Type: e.Type(),
		Subject: e.Subject(), Time: FormatTime(e.Time()),
		DataContentType: e.DataContentType(), DataSchema: e.DataSchema(),
		Cause:          Extension(e, ExtCause),
		Classification: Extension(e, ExtClassification),
		TraceParent:    Extension(e, ExtTraceParent),
		Signature:      signature,
		Data:           e.Data(),
	})
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return raw, nil
}

// FormatTime writes an instant as every event and API answer does: RFC 3339 in
// UTC, with milliseconds where there are any.
func FormatTime(t time.Time) string {
	const layout = "2006-01-02T15:04:05.999Z07:00"
	return t.UTC().Truncate(time.Millisecond).Format(layout)
}

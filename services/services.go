package services

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// Party is who speaks, as the transport vouches for it.
type Party = schemas.Party

// Fact is one accepted event: what is in the ledger, and so is valid for ever.
type Fact struct {
	Event schemas.Event
	// Data is the payload, a struct of package schemas, as in
	// schemas.ReferralAccepted.
	Data any
	// Bytes are the event as it was submitted: stored, signed and hashed so.
	Bytes []byte
	// Sequence is its place in the ledger. Facts of one scope are read in its order.
	Sequence uint64
	// Recorded is when the gate accepted it: UTC, milliseconds, never backwards
	// within a scope.
	Recorded time.Time
	// Subject is where it lies in the ledger; not the event's own subject, which
	// is the id of its scope.
	Subject string

	read reading // of the event, once; a long case asks for it again and again
}

// reading is what the envelope of an event says.
type reading struct {
	id, name, author string
	scope            schemas.Scope
}

// NewFact reads accepted bytes back. It fails only when the bytes are no event
// of this version, which the gate would have refused.
func NewFact(raw []byte, sequence uint64, recorded time.Time, subject string) (Fact, error) {
	e, err := schemas.Decode(raw)
	if err != nil {
		return Fact{}, err
	}
	t, ok := schemas.TypeOf(e)
	if !ok {
		return Fact{}, Refuse(Invalid, schemas.CodeUnknownType)
	}
	data, err := t.Payload(e.Data())
	if err != nil {
		return Fact{}, err
	}
	f := Fact{Event: e, Data: data, Bytes: raw, Sequence: sequence, Recorded: recorded.UTC(), Subject: subject}
	f.read = f.envelope()
	return f, nil
}

func (f Fact) envelope() reading {
	if f.read.id != "" {
		return f.read
	}
	e := f.Event
	return reading{e.ID(), schemas.NameOf(e), schemas.AuthorOf(e), schemas.ScopeOf(e)}
}

// ID returns the event's id.
func (f Fact) ID() string { return f.envelope().id }

// Name returns the short name of the event's type, as in "referral.accepted".
func (f Fact) Name() string { return f.envelope().name }

// Author returns the agency that filed it, or "" for a service of the hub.
func (f Fact) Author() string { return f.envelope().author }

// Scope returns the history that it belongs to.
func (f Fact) Scope() schemas.Scope { return f.envelope().scope }

// Receipt is what the gate answers: whoever holds it can show that the event
// with these bytes was accepted at that instant.
type Receipt struct {
	Event    string    `json:"event"`    // id of the event
	SHA256   string    `json:"sha256"`   // of the event's bytes, hex
	Recorded time.Time `json:"recorded"` // when the gate accepted it
	Subject  string    `json:"subject"`  // where it lies in the ledger
	Key      string    `json:"key"`      // id of the hub's key
	// Sig is an Ed25519 signature in base64, made as DSSE has it (PAE): over "DSSEv1 21
	// urn:saphan:receipt:v1", the length of a text in bytes and the text, with a space
	// between any two. The text is five lines, each with a line feed at its end:
	// "saphan-receipt/1", then event, sha256, recorded and subject as they stand here.
	Sig string `json:"signature"`
}

// Decision is what a service says follows. The runner makes it an event: it
// adds id, time, cause and signature.
type Decision struct {
	Type    string // short name, as in "referral.offered"
	Subject string // id of the scope
	Data    any
	// Cause is the fact that it follows from; the event's id and time come from it.
	Cause Fact
	// Ordinal tells several decisions of one type with one cause apart.
	Ordinal int
}

// Gate is the only way into the ledger. The party is who the transport says is
// speaking; the hub's own services pass here too.
type Gate interface {
	// Submit accepts raw and returns its receipt: the original one when the same
	// bytes were accepted before. Every refusal is an *Error.
	Submit(ctx context.Context, from Party, raw []byte) (Receipt, error)
}

// History reads the ledger.
type History interface {
	// Read returns the facts of a scope in ledger order; none when there are none.
	Read(ctx context.Context, scope schemas.Scope) ([]Fact, error)
}

// Author turns what a party says into a signed event.
type Author interface {
	// Write encodes and signs the draft. The same draft gives the same bytes.
	Write(d schemas.Draft) ([]byte, error)
}

package services

import (
	"encoding/json"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// Verbs of the requests that a desk makes of the hub.
const (
	VerbSubmit = "submit" // body: an event as it was signed; reply: Receipt
	VerbSeal   = "seal"   // body: SealRequest; reply: SealReply
	VerbOpen   = "open"   // body: OpenRequest; reply: OpenReply
	VerbAsk    = "ask"    // body: AskRequest; reply: AskReply
)

// Request is what a desk asks of the hub.
type Request struct {
	Verb string
	Body []byte
}

// Reply is one of the reply types; it crosses the bus as JSON.
type Reply any

// SealRequest puts a sealed section into the vault, before the event that names
// it is filed. The same section may be put again.
type SealRequest struct {
	Event      string `json:"event"`      // id of the event that will name it
	Section    string `json:"section"`    // a code of the list section
	Ciphertext []byte `json:"ciphertext"` // at most schemas.MaxSection bytes
}

// SealReply names what was put.
type SealReply struct {
	Digest string `json:"digest"` // SHA-256 of the ciphertext, hex
}

// OpenRequest asks the vault for a sealed section.
type OpenRequest struct {
	Case    string `json:"case"`    // its id, or that of an inspection
	Event   string `json:"event"`   // the event that names the section
	Section string `json:"section"` // a code of the list section
	Purpose string `json:"purpose"` // a code of the list purpose
}

// OpenReply hands it out. That it was handed out is in the ledger already.
type OpenReply struct {
	Ciphertext []byte `json:"ciphertext"` // an age file, sealed to the asker
}

// AskRequest asks the directory, page after page. Without Route it asks for every
// agency.
type AskRequest struct {
	Route *schemas.ReferralRequested `json:"route,omitempty"` // who could be offered this
	// At is the instant that opening hours and the age of a capacity count for; at
	// the zero instant everybody is open, and nothing is too old.
	At time.Time `json:"at,omitzero"`
	// After is the sequence of the last event that the asker has; 0: it asks from
	// the beginning.
	After uint64 `json:"after,omitempty"`
}

// AskReply answers with the candidates in the order in which they would be
// offered the referral (for Route only), and with the stored, signed events of
// the agencies, which the desk checks against its pinned root. One answer holds as
// many of them as fit: who asks again after the last one, until there are no more,
// has them all.
type AskReply struct {
	Candidates []Candidate   `json:"candidates,omitempty"` // the first choice first; at most 256
	Events     []StoredEvent `json:"events"`               // of the directory, in ledger order
	More       bool          `json:"more,omitempty"`       // there are events behind the last one
}

// Candidate is an agency that a referral can be offered to, and why.
type Candidate struct {
	Agency string `json:"agency"` // its id
	// Why are codes of the list match.
	Why []string `json:"why"`
	// Duty says that it may not refuse for want of room: the law obliges it.
	Duty bool `json:"duty,omitempty"`
}

// StoredEvent is a fact as it crosses the bus.
type StoredEvent struct {
	Raw      []byte    `json:"raw"`      // the event as it was signed
	Sequence uint64    `json:"sequence"` // its place in the ledger
	Recorded time.Time `json:"recorded"` // when the gate accepted it
	Subject  string    `json:"subject"`  // where it lies in the ledger
}

// Fact reads it back.
func (s StoredEvent) Fact() (Fact, error) {
	return NewFact(s.Raw, s.Sequence, s.Recorded, s.Subject)
}

// Stored returns the fact as it crosses the bus.
func (f Fact) Stored() StoredEvent {
	return StoredEvent{Raw: f.Bytes, Sequence: f.Sequence, Recorded: f.Recorded, Subject: f.Subject}
}

// ReadBody reads the body of a request into v. An unreadable body is Invalid.
func ReadBody(r Request, v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return Refuse(Invalid, "request")
	}
	return nil
}

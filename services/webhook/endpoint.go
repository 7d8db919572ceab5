package webhook

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// EndpointState is how an endpoint stands: a code of the list webhook_state.
type EndpointState string

// The states of an endpoint.
const (
	Unverified EndpointState = "unverified" // its receiver has not agreed yet: nothing is made or sent
	Active     EndpointState = "active"     // what comes is sent
	Paused     EndpointState = "paused"     // what comes waits
	Disabled   EndpointState = "disabled"   // removed: it has no secrets any more, and only its log is left
)

// Endpoint is one address that events are sent to.
type Endpoint struct {
	ID  string `json:"id"`  // 12 hex digits, unique at its desk; no secret
	URL string `json:"url"` // where events go; it may hold what opens its receiver
	// Types are the names of the types of event that it gets, as in
	// "referral.offered", or with "referral.*" all of a noun; empty: every type.
	Types []string `json:"types,omitempty"`
	// Full says that it gets events as they are stored. Otherwise it gets no more than
	// what happened where, and has to ask for the rest.
	Full  bool          `json:"full,omitempty"`
	State EndpointState `json:"state"` // how it stands
	// Reason is why it is paused: "gone", "failing" or "by_person".
	Reason OutcomeCode `json:"reason,omitempty"`
	// Rate is how many requests a minute its receiver allows; 0: any number.
	Rate    int          `json:"rate,omitempty"`
	Made    time.Time    `json:"made"`           // when it was added
	Changed time.Time    `json:"changed"`        // when it came into its state
	Keys    []SigningKey `json:"keys,omitempty"` // the newest first
	// FailingSince is when the first attempt failed after which none went well.
	FailingSince time.Time `json:"failing_since,omitzero"`
	// Hold is until when its receiver asked for nothing to be sent.
	Hold time.Time `json:"hold,omitzero"`
	// Cursor is the place in the feed up to which deliveries were made.
	Cursor uint64 `json:"-"`
}

// PauseAfter is how long an endpoint may fail before it is paused: as long as all
// attempts fail from the first one on.
// Source: our choice; three days outlast a weekend, and are shorter than the
// schedule of a single event.
const PauseAfter = 3 * 24 * time.Hour

// maxHold is the longest that a receiver can ask for nothing to be sent.
// Source: our choice, the longest pause of the schedule.
const maxHold = 24 * time.Hour

// Takes reports whether the endpoint gets events of a type, by its short name.
func (e Endpoint) Takes(typ string) bool {
	fits := func(word string) bool { return slices.Contains(schemas.TypesFitting(word), typ) }
	return len(e.Types) == 0 || slices.ContainsFunc(e.Types, fits)
}

// checkTypes refuses a word that fits no type of event, and more words than there are
// types, without repeating any.
func checkTypes(types []string) error {
	unknown := func(word string) bool { return schemas.TypesFitting(word) == nil }
	if len(types) > len(schemas.Types()) || slices.ContainsFunc(types, unknown) {
		return services.Refuse(services.Invalid, services.CodeTypes)
	}
	return nil
}

// Open reports whether an endpoint is sent to, now or after a pause.
func (e Endpoint) Open() bool { return e.State == Active || e.State == Paused }

// put brings it into a state.
func (e *Endpoint) put(s EndpointState, why OutcomeCode, now time.Time) {
	if e.State != s {
		e.Changed = now
	}
	e.State, e.Reason = s, why
}

// recovered forgets that attempts failed.
func (e *Endpoint) recovered() { e.FailingSince, e.Hold = time.Time{}, time.Time{} }

// after is the endpoint after an attempt with this outcome.
func (e *Endpoint) after(o Outcome, now time.Time) {
	switch {
	case e.State != Active:
		return
	case o.OK():
		e.recovered()
		return
	case o.Code == Gone:
		e.put(Paused, Gone, now)
		return
	}
	if e.FailingSince.IsZero() {
		e.FailingSince = now
	}
	if o.busy() && o.RetryAfter > 0 {
		e.Hold = now.Add(min(o.RetryAfter, maxHold))
	}
	if now.Sub(e.FailingSince) >= PauseAfter {
		e.put(Paused, Failing, now)
	}
}

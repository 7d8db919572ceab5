package webhook

import "time"

// OutcomeCode says how something ended, or why it is so: a code of the list
// webhook_outcome.
type OutcomeCode string

// How an attempt ended. All but OK and Gone are tried again.
const (
	OK         OutcomeCode = "ok"         // the receiver took it: 200 to 299
	Gone       OutcomeCode = "gone"       // the receiver wants nothing any more: 410
	Refused    OutcomeCode = "refused"    // any other answer; a redirect is one
	Unresolved OutcomeCode = "unresolved" // its name could not be looked up
	Blocked    OutcomeCode = "blocked"    // its name leads to an address that nothing is sent to
	Unreached  OutcomeCode = "unreached"  // no connection, or it was cut
	Untrusted  OutcomeCode = "untrusted"  // its certificate is not valid for it
	TimedOut   OutcomeCode = "timed_out"  // no answer in time
	Unasked    OutcomeCode = "unasked"    // asked whether it wants events from here, it did not say yes
)

// Why an endpoint is paused, beside Gone, and why a delivery was given up.
const (
	Failing   OutcomeCode = "failing"   // three days without a single success
	ByPerson  OutcomeCode = "by_person" // somebody said so
	Withdrawn OutcomeCode = "withdrawn" // the agency may no longer see the event
	Removed   OutcomeCode = "removed"   // the endpoint was removed
)

// Outcome is how an attempt ended.
type Outcome struct {
	Code   OutcomeCode `json:"code"`             // what it came to
	Status int         `json:"status,omitempty"` // of HTTP; 0 when there was no answer
	// RetryAfter is how long the receiver wants to be left alone; 0: it did not say.
	RetryAfter time.Duration `json:"-"`
}

// OK reports whether the receiver took it.
func (o Outcome) OK() bool { return o.Code == OK }

// The statuses of HTTP that mean more than no.
const (
	statusGone    = 410
	statusTooMany = 429
	statusBusy    = 503
)

// busy reports whether the receiver has too much to do: what it asks for then goes
// for everything that is sent to it.
func (o Outcome) busy() bool {
	return o.Status == statusTooMany || o.Status == statusBusy
}

// OutcomeOf is the outcome that a status of HTTP stands for.
// Source: Standard Webhooks 1.0.0, "Delivery success and failure".
func OutcomeOf(status int) Outcome {
	o := Outcome{Code: Refused, Status: status}
	switch {
	case status >= 200 && status <= 299:
		o.Code = OK
	case status == statusGone:
		o.Code = Gone
	}
	return o
}

package webhook

import (
	"slices"
	"time"
)

// DeliveryState is how a delivery stands: a code of the list webhook_delivery.
type DeliveryState string

// The states of a delivery.
const (
	Waiting   DeliveryState = "waiting"   // not taken by the receiver yet; it is tried again
	Delivered DeliveryState = "delivered" // taken by the receiver
	Failed    DeliveryState = "failed"    // tried for five days; its case stands still until a person decides
	Skipped   DeliveryState = "skipped"   // given up, for good
)

// deliveryStates is the code list of a DeliveryState.
const deliveryStates = "webhook_delivery"

// DeliveryStates lists them.
func DeliveryStates() []DeliveryState { return []DeliveryState{Waiting, Delivered, Failed, Skipped} }

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	Endpoint string        `json:"-"`
	Place    uint64        `json:"place"`    // in the feed of the desk
	Event    string        `json:"event"`    // its id
	Type     string        `json:"type"`     // short name
	Scope    string        `json:"-"`        // id of the case or inspection: what is sent in order
	State    DeliveryState `json:"state"`    // how it stands
	Attempts int           `json:"attempts"` // all that there were
	// Tries are the attempts of this round of the schedule; a person begins a new one.
	Tries int `json:"-"`
	// Next is when it is tried again; zero when it is not.
	Next time.Time `json:"next,omitzero"`
	// At is when it was last tried, or given up.
	At time.Time `json:"at,omitzero"`
	// Last is how that ended.
	Last Outcome `json:"last,omitzero"`
}

// Settled reports whether nothing more is done about it, so that the next one of its
// case may go.
func (d Delivery) Settled() bool { return d.State == Delivered || d.State == Skipped }

// Keep is how long a settled delivery is kept for the log.
// Source: our choice; what is asked about a delivery is asked within a month.
const Keep = 30 * 24 * time.Hour

// after is the delivery after an attempt with this outcome. One that a person gave
// up while it was on its way stays so, unless it was taken.
func (d *Delivery) after(o Outcome, now time.Time, jitter float64) {
	if d.State == Skipped && !o.OK() {
		return
	}
	d.Attempts++
	d.Tries++
	d.At, d.Last, d.Next = now, o, time.Time{}
	if o.OK() {
		d.State = Delivered
		return
	}
	wait, again := pause(d.Tries, jitter, o.RetryAfter)
	if !again {
		d.State = Failed
		return
	}
	d.Next = now.Add(wait)
}

// move brings a delivery into a state by a person's word, at an instant.
func (d *Delivery) move(to DeliveryState, why OutcomeCode, now time.Time) {
	d.State, d.Tries, d.Next = to, 0, time.Time{}
	if to == Waiting {
		d.Next = now
		return
	}
	d.At, d.Last = now, Outcome{Code: why}
}

// Due returns what is to be sent to an endpoint at an instant, the longest due first:
// of each case the first delivery that is not settled, if it waits and its time has
// come. Next is the earliest instant at which there is more; zero when time alone
// brings no more. Rows may be all of the endpoint's, or the first one of each case.
func Due(e Endpoint, rows []Delivery, now time.Time) (due []Delivery, next time.Time) {
	if e.State != Active {
		return nil, time.Time{}
	}
	for _, d := range heads(rows) {
		at := d.Next
		if at.Before(e.Hold) {
			at = e.Hold
		}
		switch {
		case d.State != Waiting:
		case !at.After(now):
			due = append(due, d)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	slices.SortStableFunc(due, func(a, b Delivery) int { return a.Next.Compare(b.Next) })
	return due, next
}

// heads returns the first delivery of each case that is not settled, in the order of
// their places.
func heads(rows []Delivery) []Delivery {
	first := make(map[string]Delivery)
	for _, d := range rows {
		if h, there := first[d.Scope]; !d.Settled() && (!there || d.Place < h.Place) {
			first[d.Scope] = d
		}
	}
	found := make([]Delivery, 0, len(first))
	for _, d := range first {
		found = append(found, d)
	}
	slices.SortFunc(found, func(a, b Delivery) int { return int(a.Place) - int(b.Place) })
	return found
}

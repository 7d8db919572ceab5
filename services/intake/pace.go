package intake

import (
	"sync"
	"time"
)

// AgencyFactor is how many times an agency may reach the limit of one case within
// an hour, over all cases: with the default, 4,000 events. It is more than the
// largest office files in a week, and keeps a program in a loop from holding up
// the delivery to everybody else.
const AgencyFactor = 20

// pace counts what each agency has had accepted at this gate within the hour, by
// the minute. It forgets at a restart, and other gates have counts of their own.
type pace struct {
	mu       sync.Mutex
	agencies map[string]*hour
}

// hour is a ring of minutes.
type hour struct {
	minute [60]int64 // since 1970
	filed  [60]int
}

// filed returns how many events there were within the hour.
func (p *pace) filed(agency string, now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.agencies[agency]
	if h == nil {
		return 0
	}
	sum, minute := 0, now.Unix()/60
	for i, m := range h.minute {
		if minute-m < 60 {
			sum += h.filed[i]
		}
	}
	return sum
}

// note counts one.
func (p *pace) note(agency string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agencies == nil {
		p.agencies = make(map[string]*hour)
	}
	h := p.agencies[agency]
	if h == nil {
		h = &hour{}
		p.agencies[agency] = h
	}
	minute := now.Unix() / 60
	if i := minute % 60; h.minute[i] != minute {
		h.minute[i], h.filed[i] = minute, 0
	}
	h.filed[minute%60]++
}

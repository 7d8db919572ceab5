package webhook

import (
	"sync"
	"time"
)

// lane is what is to be sent to one endpoint now, and what is on its way there.
type lane struct {
	endpoint string

	mu      sync.Mutex
	due     []string        // cases of which something is due, the longest due first
	busy    map[string]bool // cases of which something is on its way
	workers int
	next    time.Time // before it the rate of the endpoint allows no request
}

// queue replaces what is due, and returns how many more workers may begin.
func (l *lane) queue(due []Delivery, limit int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due = l.due[:0]
	for _, d := range due {
		if !l.busy[d.Scope] {
			l.due = append(l.due, d.Scope)
		}
	}
	more := max(min(limit-l.workers, len(l.due)), 0)
	l.workers += more
	return more
}

// take returns the next case, which is busy from now on; false when there is none, and
// the worker ends.
func (l *lane) take() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.due) == 0 {
		l.workers--
		return "", false
	}
	scope := l.due[0]
	l.due = l.due[1:]
	l.busy[scope] = true
	return scope, true
}

func (l *lane) release(scope string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, scope)
}

// wait is how long until the rate allows a request.
func (l *lane) wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next.Sub(now)
}

// turn takes the next request that the rate allows, 0 being any; false when another
// worker was first.
func (l *lane) turn(rate int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case rate <= 0:
		return true
	case now.Before(l.next):
		return false
	}
	l.next = now.Add(time.Minute / time.Duration(rate))
	return true
}

package httpapi

import (
	"cmp"
	"sync"
	"time"

	"github.com/saphan-project/saphan/services"
)

// Limits are what one caller may do at a time. A field that is zero has its default.
type Limits struct {
	// Streams is how many streams one token may have open; 8.
	Streams int
	// Heartbeat is how often a stream says that it is there; 15 s.
	Heartbeat time.Duration
	// Patience is how long a stream waits for a client that does not read; 30 s.
	Patience time.Duration
}

func (l Limits) withDefaults() Limits {
	l.Streams = cmp.Or(l.Streams, 8)
	l.Heartbeat = cmp.Or(l.Heartbeat, 15*time.Second)
	l.Patience = cmp.Or(l.Patience, 30*time.Second)
	return l
}

// errTooMany is the answer to whoever does more at a time than they may.
var errTooMany = services.Refuse(services.Later, services.CodeTooMany)

// turnstile counts what each token has open.
type turnstile struct {
	most int
	mu   sync.Mutex
	open map[string]int
}

// enter counts one in, or refuses. Leave counts it out.
func (t *turnstile) enter(g services.Grant) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	who := g.Agency + "/" + g.ID
	if t.open[who] >= t.most {
		return nil, errTooMany
	}
	if t.open == nil {
		t.open = make(map[string]int)
	}
	t.open[who]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.open[who]--; t.open[who] == 0 {
			delete(t.open, who)
		}
	}, nil
}

package httpapi

import (
	"cmp"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/saphan-project/saphan/services"
)

// Limits are what callers may do at a time. A field that is zero has its default,
// which is far from what people and well-behaved programs need.
type Limits struct {
	// Rate is how many requests a second one token may make in the long run, and Burst
	// how many at once; 100 and 500.
	Rate, Burst int
	// Strangers is how many requests with a bad token come from one address at once
	// before they are told to wait, one more every three seconds; 20.
	Strangers int
	// Streams is how many streams one token may have open; 8.
	Streams int
	// Heartbeat is how often a stream says that it is there; 15 s.
	Heartbeat time.Duration
	// Patience is how long a stream waits for a client that does not read; 30 s.
	Patience time.Duration
	// Connections is how many a server has open; 4,096. Those above are closed.
	Connections int
	// PerAddress is how many of them come from one address; 256. This machine is free
	// of it: a proxy is one address for everybody.
	PerAddress int
}

func (l Limits) withDefaults() Limits {
	l.Rate = cmp.Or(l.Rate, 100)
	l.Burst = cmp.Or(l.Burst, 500)
	l.Strangers = cmp.Or(l.Strangers, 20)
	l.Streams = cmp.Or(l.Streams, 8)
	l.Heartbeat = cmp.Or(l.Heartbeat, 15*time.Second)
	l.Patience = cmp.Or(l.Patience, 30*time.Second)
	l.Connections = cmp.Or(l.Connections, 4096)
	l.PerAddress = cmp.Or(l.PerAddress, 256)
	return l
}

// everyStranger is after how long one more bad token is looked at.
const everyStranger = 3 * time.Second

// errTooMany is the answer to whoever does more at a time than they may.
var errTooMany = services.Refuse(services.Later, services.CodeTooMany)

// maxRates is how many callers are remembered: a few MB.
const maxRates = 10_000

// rates counts what each caller does in a while.
type rates[K comparable] struct {
	every rate.Limit
	burst int
	mu    sync.Mutex
	of    map[K]*rate.Limiter
}

func newRates[K comparable](every rate.Limit, burst int) *rates[K] {
	return &rates[K]{every: every, burst: burst, of: make(map[K]*rate.Limiter)}
}

// allow reports whether the caller may do one more thing now. When there are too many
// callers, those who have rested are forgotten, and if that is not enough, all.
func (r *rates[K]) allow(who K, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, known := r.of[who]
	if !known {
		if len(r.of) >= maxRates {
			r.forget(now)
		}
		one = rate.NewLimiter(r.every, r.burst)
		r.of[who] = one
	}
	return one.AllowN(now, 1)
}

func (r *rates[K]) forget(now time.Time) {
	for who, one := range r.of {
		if one.TokensAt(now) >= float64(r.burst) {
			delete(r.of, who)
		}
	}
	if len(r.of) >= maxRates {
		clear(r.of)
	}
}

// caller names a token for the counts: its secret is not needed for that.
func caller(g services.Grant) string { return g.Agency + "/" + g.ID }

// network is where a request comes from, as the connection tells and no header: an
// address, or with IPv6 the 64 bits that one subscriber has.
func network(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return networkOf(at.Addr())
}

func networkOf(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if prefix, err := a.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return a
}

// turnstile counts what each caller has open.
type turnstile[K comparable] struct {
	most int
	mu   sync.Mutex
	open map[K]int
}

func newTurnstile[K comparable](most int) *turnstile[K] {
	return &turnstile[K]{most: most, open: make(map[K]int)}
}

// enter counts one in, or refuses. Leave counts it out, once.
func (t *turnstile[K]) enter(who K) (leave func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open[who] >= t.most {
		return nil, false
	}
	t.open[who]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.open[who]--; t.open[who] == 0 {
			delete(t.open, who)
		}
	}), true
}

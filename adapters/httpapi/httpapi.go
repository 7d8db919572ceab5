package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"github.com/saphan-project/saphan/services"
)

// Config is what the API is made of.
type Config struct {
	// Desks are the desks that it serves; they are asked at every request.
	Desks Desks
	// Operator carries out the operator's orders; nil: there is none here.
	Operator Operator
	// Tokens says what a bearer token allows, and at which desk; TokenSources asks
	// several. It is asked at every request.
	Tokens Tokens
	// Version is what GET /version answers, and the documents.
	Version Version
	// AsyncAPI makes the document of the bus, with a version.
	AsyncAPI func(version string) []byte
	// Ready returns nil when events can be filed now; nil: always. Anybody may ask,
	// and as often as they like: it must be cheap, and answer at once.
	Ready func(context.Context) error
	// Closing, when closed, ends the streams; nil: never.
	Closing <-chan struct{}
	// Limits are those of each caller.
	Limits Limits
	// Log gets one line a request.
	Log zerolog.Logger
	// Observe is told of each request when it has ended, and Streaming of each stream,
	// with +1 when it opens and -1 when it ends; may be nil.
	Observe   func(ctx context.Context, r Request)
	Streaming func(ctx context.Context, agency string, change int64)
	// Metrics returns what GET /metrics answers, for one agency or all with ""; nil:
	// nothing is counted.
	Metrics func(agency string) ([]byte, error)
	// Now is the clock by which tokens expire, and which times requests for the log.
	Now func() time.Time
}

// api is the handler's state.
type api struct {
	Config
	known *http.ServeMux // the routes, to see what a path would have taken

	openAPI, asyncAPI func() []byte // made when somebody asks for the first time
	streams           *turnstile[string]
	callers           *rates[string]     // by token
	strangers         *rates[netip.Addr] // by where a bad token came from
}

// Request is what may be known of a request: words of our own, never a path, a query,
// a header or a body.
type Request struct {
	Route  string // the pattern of its row in the list of routes
	Method string // one of HTTP's, or "other"
	Status int
	Took   time.Duration
	Agency string // whose token it had; empty when none was needed, or it was none
	Err    error  // why it was refused; nil when it was not
}

// New returns the API of the desks. Requests that a browser sends across sites
// are refused; there is no CORS.
func New(c Config) http.Handler {
	c.Limits = c.Limits.withDefaults()
	a := &api{
		Config:    c,
		streams:   newTurnstile[string](c.Limits.Streams),
		callers:   newRates[string](rate.Limit(c.Limits.Rate), c.Limits.Burst),
		strangers: newRates[netip.Addr](rate.Every(everyStranger), c.Limits.Strangers),
		openAPI:   sync.OnceValue(func() []byte { return OpenAPI(c.Version.Version) }),
		asyncAPI:  sync.OnceValue(func() []byte { return c.AsyncAPI(c.Version.Version) }),
	}
	a.known = muxOf(routes(), func(rt route) http.Handler { return a.serve(rt) })
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(a.serve(route{pattern: "cross-origin", handle: crossOrigin}))
	return foreign.Handler(a.known)
}

func crossOrigin(*call) (answer, error) {
	return answer{}, services.Refuse(services.Forbidden, "cross_origin")
}

package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/services"
)

// Config is what the API is made of.
type Config struct {
	// Desks are the desks that it serves, by agency.
	Desks map[string]Desk
	// Tokens says what a bearer token allows, and at which desk; TokenSources asks
	// several. It is asked at every request.
	Tokens Tokens
	// Version is what GET /version answers; it is written as JSON.
	Version any
	// Ready returns nil when events can be filed now; nil: always. Anybody may ask,
	// and as often as they like: it must be cheap, and answer at once.
	Ready func(context.Context) error
	// Closing, when closed, ends the streams; nil: never.
	Closing <-chan struct{}
	// Limits are those of each caller.
	Limits Limits
	// Log gets one line a request.
	Log zerolog.Logger
	// Now is the clock by which tokens expire, and which times requests for the log.
	Now func() time.Time
}

// api is the handler's state.
type api struct {
	Config
	known   *http.ServeMux // the routes, to see what a path would have taken
	streams turnstile
}

// New returns the API of the desks. Requests that a browser sends across sites
// are refused; there is no CORS.
func New(c Config) http.Handler {
	c.Limits = c.Limits.withDefaults()
	a := &api{Config: c, streams: turnstile{most: c.Limits.Streams}}
	a.known = muxOf(routes(), func(rt route) http.Handler { return a.serve(rt) })
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(a.serve(route{pattern: "cross-origin", handle: crossOrigin}))
	return foreign.Handler(a.known)
}

func crossOrigin(*call) (answer, error) {
	return answer{}, services.Refuse(services.Forbidden, "cross_origin")
}

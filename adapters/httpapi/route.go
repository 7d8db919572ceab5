package httpapi

import (
	"net/http"
	"strings"

	"github.com/saphan-project/saphan/services"
)

// route is one row of the list of everything that the API answers.
type route struct {
	pattern string // as net/http wants it; also the name of the route in the log
	handle  handler
	public  bool // answered without a token
}

// handler answers a call. It writes nothing itself.
type handler func(*call) (answer, error)

// call is one request, and whose desk it is for.
type call struct {
	*http.Request
	w      http.ResponseWriter // for the limit of the body only
	api    *api
	agency string
	desk   Desk // nil on a public route
}

// routes lists every route. The last one takes what no other does.
func routes() []route {
	return []route{
		{pattern: "POST /v1/events", handle: fileEvents},
		{pattern: "GET /v1/receipts/{event}", handle: showReceipt},

		{pattern: "GET /v1/inbox", handle: showInbox},
		{pattern: "POST /v1/outbox/{event}/{verb}", handle: resolveParked},
		{pattern: "GET /v1/cases", handle: listCases},
		{pattern: "GET /v1/cases/{case}", handle: showCase},
		{pattern: "GET /v1/cases/{case}/trace", handle: traceCase},
		{pattern: "POST /v1/cases/{case}/open", handle: openSection},
		{pattern: "POST /v1/cases/{case}/{verb}", handle: actOnCase},
		{pattern: "POST /v1/referrals/{id}/{verb}", handle: actOnReferral},
		{pattern: "POST /v1/batches/{batch}/{verb}", handle: actOnBatch},

		{pattern: "GET /v1/agencies", handle: listAgencies},
		{pattern: "POST /v1/route", handle: tryRoute},
		{pattern: "GET /v1/schemas", handle: listSchemas, public: true},
		{pattern: "GET /v1/schemas/{type}", handle: showSchema, public: true},

		{pattern: "GET /livez", handle: live, public: true},
		{pattern: "GET /readyz", handle: ready, public: true},
		{pattern: "GET /version", handle: showVersion, public: true},

		{pattern: "/", handle: nowhere, public: true},
	}
}

// muxOf returns a mux of the routes; each is handled by what handle makes of it.
func muxOf(list []route, handle func(route) http.Handler) *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range list {
		mux.Handle(rt.pattern, handle(rt))
	}
	return mux
}

// nowhere answers what no route takes: 405 when another method would have been
// taken, or else 404.
func nowhere(c *call) (answer, error) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		other := c.Clone(c.Context())
		other.Method = method
		if _, pattern := c.api.known.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return answer{}, errNotVisible
	}
	p := problemOf(services.Refuse(services.Invalid, codeMethod), language(c.Request))
	p.Status = http.StatusMethodNotAllowed
	n := answer{status: p.Status, contentType: typeProblem, body: p}
	return n.with("Allow", strings.Join(allowed, ", ")), nil
}

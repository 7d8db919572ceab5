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
	// needs is what the token must allow; empty: answered without a token.
	needs services.TokenScope
}

// handler answers a call. It writes nothing itself.
type handler func(*call) (answer, error)

// call is one request, and whose desk it is for.
type call struct {
	*http.Request
	w     http.ResponseWriter // for the limit of the body only
	api   *api
	grant services.Grant // empty on a public route
	desk  Desk           // nil on a public or an operator's route
}

// routes lists every route. The last one takes what no other does.
func routes() []route {
	return []route{
		{pattern: "POST /v1/events", handle: fileEvents, needs: services.MayFile},
		{pattern: "GET /v1/receipts/{event}", handle: showReceipt, needs: services.MayRead},

		{pattern: "GET /v1/inbox", handle: showInbox, needs: services.MayRead},
		{pattern: "POST /v1/outbox/{event}/{verb}", handle: resolveParked, needs: services.MayFile},
		{pattern: "GET /v1/cases", handle: listCases, needs: services.MayRead},
		{pattern: "GET /v1/cases/{case}", handle: showCase, needs: services.MayRead},
		{pattern: "GET /v1/cases/{case}/trace", handle: traceCase, needs: services.MayRead},
		{pattern: "GET /v1/cases/{case}/events/{event}", handle: showEvent, needs: services.MayRead},
		{pattern: "POST /v1/cases/{case}/open", handle: openSection, needs: services.MayOpen},
		{pattern: "POST /v1/cases/{case}/{verb}", handle: actOnCase, needs: services.MayFile},
		{pattern: "POST /v1/referrals/{id}/{verb}", handle: actOnReferral, needs: services.MayFile},
		{pattern: "POST /v1/batches/{batch}/{verb}", handle: actOnBatch, needs: services.MayFile},

		{pattern: "GET /v1/stream", handle: showStream, needs: services.MayRead},

		{pattern: "GET /v1/tokens", handle: listTokens, needs: services.MayManage},
		{pattern: "POST /v1/tokens", handle: addToken, needs: services.MayManage},
		{pattern: "POST /v1/tokens/{id}/revoke", handle: revokeToken, needs: services.MayManage},

		{pattern: "GET /v1/agencies", handle: listAgencies, needs: services.MayRead},
		{pattern: "POST /v1/route", handle: tryRoute, needs: services.MayRead},
		{pattern: "GET /v1/schemas", handle: listSchemas},
		{pattern: "GET /v1/schemas/{type}", handle: showSchema},

		{pattern: "GET /livez", handle: live},
		{pattern: "GET /readyz", handle: ready},
		{pattern: "GET /version", handle: showVersion},

		{pattern: "/", handle: nowhere},
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
	n := problemAnswer(c.Request, services.Refuse(services.Invalid, services.CodeMethod))
	return n.with("Allow", strings.Join(allowed, ", ")), nil
}

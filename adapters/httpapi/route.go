package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/services"
)

// route is one row of the list of everything that the API answers.
type route struct {
	pattern string // as net/http wants it; also the name of the route in the log
	handle  handler
	doc     doc // none of what takes the rest
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
	leave func()         // ends the visit at the desk
}

// routes lists every route. The last one takes what no other does.
func routes() []route {
	return slices.Concat(deskRoutes(), webhookRoutes(), operatorRoutes(), openRoutes())
}

// deskRoutes are those of a desk, which the token names.
func deskRoutes() []route {
	return []route{
		{pattern: "POST /v1/events", handle: fileEvents, doc: docEvents, needs: services.MayFile},
		{pattern: "GET /v1/receipts/{event}", handle: showReceipt, doc: docReceipt, needs: services.MayRead},

		{pattern: "GET /v1/inbox", handle: showInbox, doc: docInbox, needs: services.MayRead},
		{pattern: "POST /v1/outbox/{event}/{verb}", handle: resolveParked, doc: docOutbox, needs: services.MayFile},
		{pattern: "GET /v1/cases", handle: listCases, doc: docCases, needs: services.MayRead},
		{pattern: "GET /v1/cases/{case}", handle: showCase, doc: docCase, needs: services.MayRead},
		{pattern: "GET /v1/cases/{case}/trace", handle: traceCase, doc: docTrace, needs: services.MayRead},
		{pattern: "GET /v1/cases/{case}/events/{event}", handle: showEvent, doc: docEvent, needs: services.MayRead},
		{pattern: "POST /v1/cases/{case}/open", handle: openSection, doc: docOpenSection, needs: services.MayOpen},
		{pattern: "POST /v1/cases/{case}/{verb}", handle: actOnCase, doc: docActOnCase, needs: services.MayFile},
		{pattern: "POST /v1/referrals/{referral}/{verb}", handle: actOnReferral, doc: docActOnReferral, needs: services.MayFile},
		{pattern: "POST /v1/batches/{batch}/{verb}", handle: actOnBatch, doc: docActOnBatch, needs: services.MayFile},

		{pattern: "GET /v1/stream", handle: showStream, doc: docStream, needs: services.MayRead},

		{pattern: "GET /v1/tokens", handle: listTokens, doc: docTokens, needs: services.MayManage},
		{pattern: "POST /v1/tokens", handle: addToken, doc: docAddToken, needs: services.MayManage},
		{pattern: "POST /v1/tokens/{token}/revoke", handle: revokeToken, doc: docRevokeToken, needs: services.MayManage},

		{pattern: "GET /v1/agencies", handle: listAgencies, doc: docAgencies, needs: services.MayRead},
		{pattern: "POST /v1/route", handle: tryRoute, doc: docRoute, needs: services.MayRead},
		{pattern: "GET /metrics", handle: showMetrics, doc: docMetrics, needs: services.MayRead},
	}
}

// operatorRoutes are those of the hub's operator.
func operatorRoutes() []route {
	return []route{
		{pattern: "GET /v1/operator/agencies", handle: operate(listMembers), doc: docMembers, needs: services.MayOperate},
		{pattern: "GET /v1/operator/agencies/{agency}", handle: operate(showMember), doc: docMember, needs: services.MayOperate},
		{pattern: "POST /v1/operator/agencies/{agency}", handle: operate(addMember), doc: docAddMember, needs: services.MayOperate},
		{pattern: "POST /v1/operator/agencies/{agency}/{verb}", handle: operate(orderMember), doc: docOrderMember, needs: services.MayOperate},
		{pattern: "GET /v1/operator/deadletters", handle: operate(listDeadLetters), doc: docDeadLetters, needs: services.MayOperate},
		{pattern: "GET /v1/operator/deadletters/{letter}", handle: operate(showDeadLetter), doc: docDeadLetter, needs: services.MayOperate},
		{pattern: "POST /v1/operator/deadletters/{letter}/replay", handle: operate(replayDeadLetter), doc: docReplayDeadLetter, needs: services.MayOperate},
		{pattern: "GET /v1/operator/metrics", handle: showAllMetrics, doc: docAllMetrics, needs: services.MayOperate},
	}
}

// openRoutes are those that anybody may ask.
func openRoutes() []route {
	return []route{
		{pattern: "GET /v1/schemas", handle: listSchemas, doc: docSchemas},
		{pattern: "GET /v1/schemas/{type}", handle: showSchema, doc: docSchema},
		{pattern: "GET /v1/openapi.json", handle: showOpenAPI, doc: docOpenAPI},
		{pattern: "GET /v1/asyncapi.json", handle: showAsyncAPI, doc: docAsyncAPI},

		{pattern: "GET /livez", handle: live, doc: docLive},
		{pattern: "GET /readyz", handle: ready, doc: docReady},
		{pattern: "GET /version", handle: showVersion, doc: docVersion},

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

package webhook

import (
	"context"
	"net/http"
	"strconv"

	"github.com/saphan-project/saphan/services/webhook"
)

// Headers of the handshake.
// Source: CloudEvents, HTTP 1.1 Web Hooks for Event Delivery 1.0.2, §4.
const (
	headerRequestOrigin = "WebHook-Request-Origin"
	headerRequestRate   = "WebHook-Request-Rate"
	headerAllowedOrigin = "WebHook-Allowed-Origin"
	headerAllowedRate   = "WebHook-Allowed-Rate"
)

const (
	anything = "*"
	// wantedRate is how many requests a minute are asked for.
	// Source: our choice; ten a second, more than the busiest agency is shown.
	wantedRate = 600
	maxRate    = 1_000_000
)

// Ask asks a receiver whether it wants events from here, and how many requests a
// minute: an OPTIONS, whose answer counts whatever its status. It does when
// WebHook-Allowed-Origin is the own origin, whole and exactly, or an asterisk. A rate
// that is not given is the one that was asked for.
func (s *Sender) Ask(ctx context.Context, url string) (int, webhook.Outcome) {
	answer, o := s.do(ctx, call{method: http.MethodOptions, url: url, header: map[string]string{
		headerRequestRate: strconv.Itoa(wantedRate),
	}})
	if o.Status == 0 {
		return 0, o
	}
	rate, ok := rateOf(answer.Values(headerAllowedRate))
	origins := answer.Values(headerAllowedOrigin)
	if !ok || len(origins) != 1 || origins[0] != s.origin && origins[0] != anything {
		return 0, webhook.Outcome{Code: webhook.Unasked, Status: o.Status}
	}
	return rate, webhook.Outcome{Code: webhook.OK, Status: o.Status}
}

// rateOf reads the rate that a receiver allows, 0 for any; false when it is none.
func rateOf(values []string) (int, bool) {
	switch {
	case len(values) == 0:
		return wantedRate, true
	case len(values) > 1:
		return 0, false
	case values[0] == anything:
		return 0, true
	}
	n, err := strconv.ParseUint(values[0], 10, 31)
	return int(min(n, maxRate)), err == nil && n > 0
}

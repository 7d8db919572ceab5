package httpapi

import "github.com/saphan-project/saphan/schemas"

// typeMetrics is the media type of metrics, which are typeText.
// Source: Prometheus text format 0.0.4.
const (
	typeText    = "text/plain"
	typeMetrics = typeText + "; version=0.0.4; charset=utf-8"
)

// plainText is a body that is no JSON.
func plainText(*schemas.Parts) any { return object{"type": "string"} }

var docMetrics = doc{
	id: "showMetrics", summary: "Show the numbers of the desk, for Prometheus",
	about:   "Requests, refusals, streams, events shown and rows of the outbox: of the token's agency, and what is nobody's.",
	answers: []content{{status: 200, says: "The numbers.", media: typeText, shape: plainText}},
}

// showMetrics answers with the metrics of the token's agency. Several agencies may
// share a process, so that a token that may read sees its own numbers and nobody
// else's; all of them are the operator's to see.
func showMetrics(c *call) (answer, error) { return metricsOf(c, c.grant.Agency) }

var docAllMetrics = doc{
	id: "showAllMetrics", summary: "Show the numbers of every desk in the process, for Prometheus",
	answers: []content{{status: 200, says: "The numbers.", media: typeText, shape: plainText}},
}

// showAllMetrics answers with the metrics of every agency in this process.
func showAllMetrics(c *call) (answer, error) { return metricsOf(c, "") }

func metricsOf(c *call, agency string) (answer, error) {
	n := answer{status: 200, contentType: typeMetrics, body: exact(nil)}
	if c.api.Metrics == nil {
		return n, nil
	}
	text, err := c.api.Metrics(agency)
	n.body = exact(text)
	return n, err
}

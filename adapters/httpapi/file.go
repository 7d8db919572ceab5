package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// Media types of events. An event in binary mode has typeJSON and its
// attributes in headers.
const (
	typeEvent = "application/cloudevents+json"
	typeBatch = "application/cloudevents-batch+json"
)

// retryAfter is when to ask again for what waits, in seconds.
const retryAfter = "5"

var docEvents = doc{
	id: "fileEvents", summary: "File one event, or a batch, in open form",
	about: "Sections stand in clear beside the facts, under data.sections; the desk seals them, fills in what is left " +
		"out, and signs. The same bytes under the same id get the same answer, however often they are sent. In binary " +
		"mode the attributes are headers, percent-encoded, and the body is the data. An event has at most 256 KiB, a " +
		"batch 4 MiB. Each event of a batch is filed by itself, but one that is wrong refuses the whole batch.",
	takes: []content{
		{media: typeEvent, shape: openEvent},
		{media: typeBatch, shape: openBatch},
		{media: typeJSON, shape: anyObject},
	},
	answers: slices.Concat(filed, []content{
		{status: 201, says: "Of a batch: every event has its receipt.", shape: of[[]result]},
		{status: 207, says: "Of a batch: not every event has its receipt; look at each.", shape: of[[]result]},
	}),
	refuses: []services.Kind{services.Conflict, services.Unknown},
}

// filed are the answers to what was filed.
var filed = []content{
	{
		status: 201, says: "It is in the ledger; the receipt is the proof.",
		header: []string{"Location"}, shape: of[desk.Answer],
	},
	{
		status: 202, says: "It waits in the outbox, and will be sent.",
		header: []string{"Location", "Retry-After"}, shape: of[desk.Answer],
	},
}

// fileEvents files one event or a batch, in open form.
func fileEvents(c *call) (answer, error) {
	media, err := c.mediaType()
	switch {
	case err != nil:
		return answer{}, err
	case media == typeEvent:
		return c.fileEvent(func(body []byte) ([]byte, error) { return body, nil })
	case media == typeJSON && isBinary(c.Header):
		return c.fileEvent(func(body []byte) ([]byte, error) { return structured(c.Header, body) })
	case media == typeBatch:
		return c.fileBatch()
	}
	return answer{}, errMediaType
}

// fileEvent files the event that read makes of the body.
func (c *call) fileEvent(read func([]byte) ([]byte, error)) (answer, error) {
	body, err := c.read(maxEvent)
	if err != nil {
		return answer{}, err
	}
	raw, err := read(body)
	if err != nil {
		return answer{}, err
	}
	filed, err := c.desk.File(c.Context(), raw)
	if err != nil {
		return answer{}, err
	}
	return answerTo(filed), nil
}

// answerTo answers with the receipt, or with 202 when the event waits.
func answerTo(a desk.Answer) answer {
	n := answer{status: http.StatusCreated, body: a}.with("Location", "/v1/receipts/"+a.Event)
	if a.Waits() {
		n.status = http.StatusAccepted
		return n.with("Retry-After", retryAfter)
	}
	return n
}

// result is the answer to one event of a batch: what it would have got alone.
type result struct {
	ID      string          `json:"id"`                // of the event
	Status  int             `json:"status"`            // that it would have got alone
	Answer  *desk.Answer    `json:"answer,omitempty"`  // what became of it
	Problem *problemDetails `json:"problem,omitempty"` // why it was refused
}

// fileBatch files each event by itself. The status is 201 when all of them got a
// receipt, and 207 otherwise: look at each.
func (c *call) fileBatch() (answer, error) {
	raw, err := c.read(maxBatch)
	if err != nil {
		return answer{}, err
	}
	filed, err := c.desk.FileBatch(c.Context(), raw)
	if err != nil {
		return answer{}, err
	}
	var posted []struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &posted); err != nil || len(posted) != len(filed) {
		return answer{}, services.Refuse(services.Internal, "batch")
	}
	n := answer{status: http.StatusCreated}
	results := make([]result, len(filed))
	for i, f := range filed {
		results[i] = c.resultOf(posted[i].ID, f)
		if results[i].Status != http.StatusCreated {
			n.status = http.StatusMultiStatus
		}
	}
	n.body = results
	return n, nil
}

func (c *call) resultOf(id string, f desk.Result) result {
	if f.Err != nil {
		p := problemOf(services.AsError(f.Err), language(c.Request))
		return result{ID: id, Status: p.Status, Problem: &p}
	}
	return result{ID: id, Status: answerTo(f.Answer).status, Answer: &f.Answer}
}

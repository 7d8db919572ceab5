package httpapi

import (
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// inState are the refusals of a word that the state of an endpoint may not allow.
var inState = []services.Kind{services.Conflict}

// endpointAs is the answer of a word that changes an endpoint.
func endpointAs(says string) []content {
	return []content{{status: 200, says: says, shape: of[webhook.Endpoint]}}
}

// deliveriesMoved is the answer of a word about deliveries.
var deliveriesMoved = []content{{status: 200, says: "How many it was about.", shape: of[webhook.Moved]}}

var docWebhooks = doc{
	id: "listWebhooks", summary: "List the webhooks of the desk, the oldest first",
	about:   "With how many events wait for each; never a secret.",
	answers: []content{{status: 200, says: "The webhooks, those that were removed among them.", shape: listOf[webhook.EndpointStatus]("webhooks")}},
}

var docAddWebhook = doc{
	id: "addWebhook", summary: "Have events sent to an address",
	about: "Each event that the desk is shown from now on is sent by POST as a CloudEvent in structured mode, signed as " +
		"Standard Webhooks wants it, and tried again for five days unless the answer is 2xx. The events of a case come in " +
		"order. Before, the receiver is asked by OPTIONS, and agrees with the header WebHook-Allowed-Origin: what it was " +
		"told in WebHook-Request-Origin, or an asterisk. The token must allow reading, too.",
	takes:   []content{{shape: input[webhook.EndpointInput]}},
	answers: []content{{status: 201, says: "The webhook with its secret, this once, and what its receiver said.", shape: of[webhook.EndpointSecret]}},
	refuses: inState,
}

var docWebhook = doc{
	id: "showWebhook", summary: "Show one webhook",
	answers: []content{{status: 200, says: "The webhook.", shape: of[webhook.EndpointStatus]}},
}

var docVerifyWebhook = doc{
	id: "verifyWebhook", summary: "Ask the receiver again whether it wants events",
	answers: []content{{status: 200, says: "What it said. The webhook is active when it agreed.", shape: of[webhook.Checked]}},
	refuses: inState,
}

var docPauseWebhook = doc{
	id: "pauseWebhook", summary: "Have what comes wait",
	answers: endpointAs("It is paused."), refuses: inState,
}

var docResumeWebhook = doc{
	id: "resumeWebhook", summary: "Send what waited, in order",
	answers: endpointAs("It is active."), refuses: inState,
}

var docRemoveWebhook = doc{
	id: "removeWebhook", summary: "Remove a webhook for good",
	about:   "What waits for it is given up, and its secrets are forgotten. Its log stays for a month.",
	answers: endpointAs("It is removed."), refuses: inState,
}

var docRotateWebhook = doc{
	id: "rotateWebhook", summary: "Give a webhook a new secret",
	about:   "For a while every event is signed with the old one as well.",
	takes:   []content{{shape: input[webhook.KeyInput]}},
	answers: []content{{status: 200, says: "The webhook with its new secret, this once.", shape: of[webhook.EndpointSecret]}},
	refuses: inState,
}

var docTestWebhook = doc{
	id: "testWebhook", summary: "Send a webhook the example of a type of event, once",
	about: "It is marked so that nobody can take it for real: its source is urn:saphan:example, and it has the attribute " +
		"saphanexample. It is in no log, and never in the ledger.",
	takes:   []content{{shape: input[webhook.ExampleInput]}},
	answers: []content{{status: 200, says: "What the receiver answered.", shape: of[webhook.Checked]}},
	refuses: inState,
}

var docReplayWebhook = doc{
	id: "replayWebhook", summary: "Send a webhook everything again from somewhere on, in order",
	about:   "Also what was taken or given up, and what the log has forgotten; not what was withdrawn from the agency.",
	takes:   []content{{shape: input[webhook.ReplayInput]}},
	answers: deliveriesMoved, refuses: inState,
}

var docDeliveries = doc{
	id: "listDeliveries", summary: "List what was sent to a webhook or is to be, the newest first",
	about: "What was taken is listed for a month.",
	asks: []parameter{
		{name: "state", says: "What stands so alone: waiting, delivered, failed or skipped.", example: "failed"},
		{name: "type", says: "Of this type of event alone.", example: "referral.offered"},
		{name: "before", says: "What stands before this place alone: next of the page before.", example: "17"},
		{name: "limit", says: "How many at most, up to 500; 100 when not given.", example: "20"},
	},
	answers: []content{{status: 200, says: "One page.", shape: of[webhook.DeliveryLog]}},
	refuses: []services.Kind{services.Invalid},
}

var docRetryDeliveries = doc{
	id: "retryDeliveries", summary: "Send events to a webhook again now",
	about:   "One, by its event and however it stands; or those in a state, the failed ones when nothing is said.",
	takes:   []content{{shape: input[webhook.RetryInput]}},
	answers: deliveriesMoved, refuses: inState,
}

var docSkipDelivery = doc{
	id: "skipDelivery", summary: "Give up an event, so that the next one of its case may go",
	takes:   []content{{shape: input[webhook.SkipInput]}},
	answers: deliveriesMoved, refuses: inState,
}

// sentEvent is what a receiver is sent: an event that it asks for the rest of, one as it
// was signed, or an example.
func sentEvent(p *schemas.Parts) any {
	return object{"anyOf": []any{of[webhook.Thin](p), of[webhook.Example](p), signedEvent(p)}}
}

// webhookHeaders are those of a message.
var webhookHeaders = []parameter{
	{name: "webhook-id", says: "Id of the event, the same at every attempt.", example: "01a20647-3660-76a9-9ee7-f93b091b009a"},
	{name: "webhook-timestamp", says: "When it is sent, in seconds since 1970.", example: "1795401660"},
	{
		name: "webhook-signature", example: "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
		says: "Signatures with blanks between: v1, with the secret (HMAC-SHA-256), and v1a, with the key (Ed25519); all over " +
			"id.timestamp.body.",
	},
	originHeader,
}

var originHeader = parameter{name: "WebHook-Request-Origin", says: "Who sends.", example: "saphan.example.org"}

// webhooks is what a receiver is asked and sent.
func (d *document) webhooks() object {
	event := d.contents([]content{{media: typeEvent, shape: sentEvent}})
	var headers []any
	for _, p := range webhookHeaders {
		headers = append(headers, headerParameter(p))
	}
	return object{"event": object{
		"options": object{
			"operationId": "allowEvents", "summary": "Say whether events are wanted from an origin", "tags": []string{"webhooks"},
			"parameters": []any{headerParameter(originHeader)}, "security": []any{},
			"responses": object{"2XX": object{
				"description": "They are, when WebHook-Allowed-Origin is the origin, or an asterisk.",
				"headers": object{
					"WebHook-Allowed-Origin": object{"schema": object{"type": "string"}},
					"WebHook-Allowed-Rate":   object{"schema": object{"type": "string"}, "description": "Requests a minute, or an asterisk."},
				},
			}},
		},
		"post": object{
			"operationId": "takeEvent", "summary": "Take an event that the desk was shown", "tags": []string{"webhooks"},
			"description": "Check a signature, keep the event, and then answer. The id tells repeats apart.",
			"parameters":  headers, "security": []any{}, "requestBody": object{"required": true, "content": event},
			"responses": object{
				"2XX":     object{"description": "It is kept."},
				"410":     object{"description": "Nothing more is wanted: the webhook is paused."},
				"default": object{"description": "It is sent again, for five days; Retry-After of a 429 or a 503 counts."},
			},
		},
	}}
}

func headerParameter(p parameter) object {
	return object{
		"name": p.name, "in": "header", "required": true, "description": p.says, "schema": object{"type": "string"}, "example": p.example,
	}
}

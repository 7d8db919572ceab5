package natsbus

import (
	"reflect"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// doorDoc is what the document of the bus says of a door of an agency.
type doorDoc struct {
	id      string // of the operation
	summary string // one line, imperative
	about   string // more, in CommonMark
	// sends and answers add messages and return their names; nil: there is no answer.
	sends, answers func(*asyncDocument) []string
}

// doorDocs has a row for every row of agencyDoors, by its subject.
var doorDocs = map[string]doorDoc{
	services.VerbSubmit + ".*": {
		"submit", "File an event",
		"The body is the event as it was signed: structured JSON with its signature, at most 256 KiB. The same bytes " +
			"again get the same receipt. When no answer comes, ask again: it may have been filed all the same.",
		agencyEvents, answers[services.Receipt](services.VerbSubmit),
	},
	services.VerbSeal + ".*": {
		"seal", "Put a sealed section into the vault",
		"Before the event that names it is filed. The same section may be put again.",
		asks[services.SealRequest](services.VerbSeal), answers[services.SealReply](services.VerbSeal),
	},
	services.VerbOpen + ".*": {
		"open", "Ask the vault for a sealed section",
		"That it was handed out is in the ledger before it leaves the vault.",
		asks[services.OpenRequest](services.VerbOpen), answers[services.OpenReply](services.VerbOpen),
	},
	services.VerbAsk + ".*": {
		"ask", "Ask the directory for the agencies, or for those that a referral can be offered to",
		"The events in the answer are signed: check them against the hub's root, which the bundle holds. Where it says " +
			"more, ask again after the sequence of its last event.",
		asks[services.AskRequest](services.VerbAsk), answers[services.AskReply](services.VerbAsk),
	},
	jetAPI + ".CONSUMER.MSG.NEXT." + streamInbox + ".*": {
		"next", "Fetch events from the inbox",
		"Done by every client of JetStream, as in consumer.fetch. The events come one a message, in the order in which " +
			"the hub put them there; the order of a case is that of " + headerSequence + ". A message that is not " +
			"acknowledged within 30 seconds comes again.",
		jetStream("next", "How many, and how long to wait"), everyEvent,
	},
	jetAPI + ".CONSUMER.INFO." + streamInbox + ".*": {
		"info", "Look at the consumer of the inbox", "Done by every client of JetStream, as in consumers.get.",
		jetStream("info", "Nothing"), jetStream("consumer", "The consumer"),
	},
	jetAPI + ".CONSUMER.RESET." + streamInbox + ".*": {
		"reset", "Start the inbox again from its first event", "For a program that has lost what it knew.",
		jetStream("reset", "From which sequence"), jetStream("consumer", "The consumer"),
	},
	jetAck + "." + streamInbox + ".*.>": {
		"acknowledge", "Acknowledge an event of the inbox",
		"Done by every client of JetStream, as in message.ack: the subject is where the message wants its reply.",
		acknowledgement, nil,
	},
	jetAck + ".*.*." + streamInbox + ".*.>": {
		"acknowledgeLater", "Acknowledge an event of the inbox, as later servers will ask for it",
		"The same, with two more words in the subject.",
		acknowledgement, nil,
	},
}

func agencyEvents(*asyncDocument) []string {
	var names []string
	for _, t := range schemas.Types() {
		if t.Author == schemas.AnyAgency {
			names = append(names, t.Name)
		}
	}
	return names
}

func everyEvent(*asyncDocument) []string {
	var names []string
	for _, t := range schemas.Types() {
		names = append(names, t.Name)
	}
	return names
}

// asks is the body of a request.
func asks[T any](verb string) func(*asyncDocument) []string {
	return func(d *asyncDocument) []string {
		return d.message(verb+"Request", "What is asked of "+verb, d.parts.Of(reflect.TypeFor[T]()))
	}
}

// answers is what the hub replies to a request: an answer with one of its members.
func answers[T any](verb string) func(*asyncDocument) []string {
	return func(d *asyncDocument) []string {
		one := func(name string, t reflect.Type) object {
			return object{"type": "object", "required": []string{name}, "properties": object{name: d.parts.Of(t)}}
		}
		return d.message(verb+"Answer", "The reply to "+verb+", or the refusal", object{"oneOf": []object{
			one("reply", reflect.TypeFor[T]()), one("error", reflect.TypeFor[services.Error]()),
		}})
	}
}

// jetStream is a message of JetStream's own protocol.
func jetStream(name, title string) func(*asyncDocument) []string {
	return func(d *asyncDocument) []string {
		return d.message("jetstream"+strings.ToUpper(name[:1])+name[1:], title, object{
			"description":  "As the protocol of JetStream has it.",
			"externalDocs": object{"url": "https://docs.nats.io/reference/reference-protocols/nats_api_reference"},
		})
	}
}

func acknowledgement(d *asyncDocument) []string {
	return d.message("acknowledgement", "What became of the message", object{
		"type": "string", "enum": []string{"+ACK", "-NAK", "+WPI", "+TERM"},
		"description": "Done; again, now; it takes longer; never again. It is text, and no JSON.",
	})
}

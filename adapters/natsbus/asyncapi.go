package natsbus

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/saphan-project/saphan/schemas"
)

const (
	typeJSON  = "application/json"
	typeEvent = "application/cloudevents+json"
)

// object is a place of the document.
type object = map[string]any

// AsyncAPI returns the AsyncAPI 3 document of the bus as an agency's program sees it,
// with nothing but a client of NATS and the agency's credentials. It is made from the
// list of doors, the verbs, and the schemas and types of package schemas.
func AsyncAPI(version string) []byte {
	d := &asyncDocument{
		parts:    schemas.NewParts("#/components/schemas/"),
		channels: object{}, operations: object{}, messages: object{},
	}
	for _, t := range schemas.Types() {
		d.event(t)
	}
	for _, door := range agencyDoors {
		d.door(door)
	}
	raw, err := json.Marshal(object{
		"asyncapi": "3.0.0",
		"info": object{
			"title": "Saphan: an agency's door to the bus", "version": version, "description": asyncAbout,
			"license": object{"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		"defaultContentType": typeJSON,
		"servers":            object{"hub": asyncServer()},
		"channels":           d.channels,
		"operations":         d.operations,
		"components": object{
			"schemas": d.parts.All(), "messages": d.messages,
			"securitySchemes": object{"credentials": object{
				"type": "asymmetricEncryption", "description": "The credentials of the agency's bundle: a JWT, and an nkey that signs.",
			}},
		},
	})
	if err != nil {
		return nil
	}
	return raw
}

const asyncAbout = `What an agency sends to the hub and receives from it, over NATS with TLS. Every agency has an
account of its own; who asks is the account that the broker sees, never a header. What is filed here is signed and
sealed already: a program that would rather not do that itself speaks with the HTTP API of its desk.

A client of JetStream takes saphan for the prefix of its API, as in jetstream(nc, { apiPrefix: "saphan" }), and reads
the stream INBOX through the consumer that has the name of the account. Each message is acknowledged by itself; what
is not comes again.`

func asyncServer() object {
	return object{
		"host": "{host}:{port}", "protocol": "nats", "description": "TLS always.",
		"variables": object{
			"host": object{"description": "Of the hub, as the bundle names it."},
			"port": object{"description": "As the bundle names it.", "default": "4222"},
		},
		"security": []any{object{"$ref": "#/components/securitySchemes/credentials"}},
	}
}

// asyncDocument is the document while it is written.
type asyncDocument struct {
	parts                          *schemas.Parts
	channels, operations, messages object
}

// event adds the message of a type of event.
func (d *asyncDocument) event(t schemas.Type) {
	header := func(says string) object { return object{"type": "string", "description": says} }
	d.messages[t.Name] = object{
		"name": t.Name, "title": schemas.Label("event", t.Name, "en"), "contentType": typeEvent,
		"payload": d.parts.Event(t),
		"headers": object{
			"type": "object", "description": "Of a message of an inbox.",
			"properties": object{
				headerSequence: header("Its place in the ledger: the order of a case."),
				headerRecorded: header("When the gate accepted it: UTC, milliseconds."),
				headerSubject:  header("Where it lies in the ledger; missing for what is not there."),
			},
		},
	}
}

// message adds a message of another kind, and returns its name.
func (d *asyncDocument) message(name, title string, payload any) []string {
	d.messages[name] = object{"name": name, "title": title, "contentType": typeJSON, "payload": payload}
	return []string{name}
}

// door adds the operation of a door, and its channels.
func (d *asyncDocument) door(to door) {
	says := doorDocs[to.subject]
	address, parameters := addressOf(to)
	operation := object{"action": "send", "summary": says.summary, "description": says.about}
	operation["channel"], operation["messages"] = d.channel(says.id, address, parameters, says.sends(d))
	if says.answers != nil {
		reply := object{}
		reply["channel"], reply["messages"] = d.channel(says.id+"Answer", nil, object{}, says.answers(d))
		operation["reply"] = reply
	}
	d.operations[says.id] = operation
}

// channel adds a channel; one without an address is where a request says. It returns
// references to it, and to its messages.
func (d *asyncDocument) channel(id string, address any, parameters object, names []string) (object, []object) {
	messages, list := object{}, make([]object, len(names))
	for i, name := range names {
		messages[name] = object{"$ref": "#/components/messages/" + name}
		list[i] = object{"$ref": "#/channels/" + id + "/messages/" + name}
	}
	d.channels[id] = object{"address": address, "parameters": parameters, "messages": messages}
	return object{"$ref": "#/channels/" + id}, list
}

// addressOf is a door as an agency's program calls it, and what stands in braces.
func addressOf(to door) (string, object) {
	parameters := object{}
	tokens := strings.Split(local(to.of("{account}")), ".")
	for i, token := range tokens {
		switch token {
		case "*":
			tokens[i] = fmt.Sprintf("{token%d}", i+1)
		case rest:
			tokens[i] = "{rest}"
		}
		if strings.HasPrefix(tokens[i], "{") {
			parameters[strings.Trim(tokens[i], "{}")] = object{"description": "As the message that is acknowledged says."}
		}
	}
	if _, there := parameters["account"]; there {
		parameters["account"] = object{"description": "The public key of the agency's account, A and 55 more letters and digits."}
	}
	return strings.Join(tokens, "."), parameters
}

package natsbus

import (
	"slices"
	"strings"

	"github.com/saphan-project/saphan/services"
)

// The accounts of the bus, beside one for each agency. The streams lie in one of
// their own, and every service of the hub has one as well: what an account sends
// crosses into another as an import, and then nobody can have the answer put
// anywhere but where he listens himself. Permissions alone are no wall: the broker
// does not check where a reply is to go, and "inbox.<other>.x" would be stored.
const (
	accountStreams   = "streams" // holds the streams; only the keeper enters
	accountSystem    = "system"  // the broker's own; only the authority enters
	accountIntake    = "intake"
	accountRouting   = "routing"
	accountDelivery  = "delivery"
	accountVault     = "vault"
	accountDirectory = "directory"
)

// apiPrefix is how an account other than that of the streams calls the API of
// JetStream: at the usual prefix its own account would answer.
const (
	apiPrefix  = "saphan"
	jetAPI     = "$JS.API"
	jetAck     = "$JS.ACK"
	localInbox = "_INBOX.>" // where every client library waits for answers
)

// door is a subject that an account serves to others. A "*" stands for whoever
// asks: his account at an agency's door, and the name of his consumer, which is
// his user's, at a service's.
type door struct {
	account string // who serves it
	subject string
	many    bool // an answer may have several messages
}

// agencyDoors is everything that an agency can reach. The broker puts the
// agency's account where the "*" is.
var agencyDoors = []door{
	{accountIntake, services.VerbSubmit + ".*", false},
	{accountVault, services.VerbSeal + ".*", false},
	{accountVault, services.VerbOpen + ".*", false},
	{accountDirectory, services.VerbAsk + ".*", false},
	{accountStreams, jetAPI + ".CONSUMER.MSG.NEXT." + streamInbox + ".*", true},
	{accountStreams, jetAPI + ".CONSUMER.INFO." + streamInbox + ".*", false},
	{accountStreams, jetAPI + ".CONSUMER.RESET." + streamInbox + ".*", false},
	{accountStreams, jetAck + "." + streamInbox + ".*.>", false},
	{accountStreams, jetAck + ".*.*." + streamInbox + ".*.>", false}, // the shape to come
}

// answerer is the service that answers a verb.
func answerer(verb string) string {
	i := slices.IndexFunc(agencyDoors, func(d door) bool { return strings.HasPrefix(d.subject, verb+".") })
	return agencyDoors[i].account
}

// position is the place of the last "*" in the subject, from 1; 0 when there is none.
// Of the acknowledgements to come, the first two are the broker's own.
func (d door) position() uint {
	tokens := strings.Split(d.subject, ".")
	for i, t := range slices.Backward(tokens) {
		if t == "*" {
			return uint(i + 1)
		}
	}
	return 0
}

// of is the subject as one account, or one user, may use it.
func (d door) of(who string) string {
	tokens := strings.Split(d.subject, ".")
	if n := d.position(); n > 0 {
		tokens[n-1] = who
	}
	return strings.Join(tokens, ".")
}

// local is what those who import a door call it: the requests to the hub and the
// API of JetStream stand behind one prefix, without the account; an
// acknowledgement goes where the message says.
func local(subject string) string {
	verb, _, _ := strings.Cut(subject, ".")
	switch rest, api := strings.CutPrefix(subject, jetAPI); {
	case api:
		return apiPrefix + rest
	case slices.Contains(verbs, verb):
		return apiPrefix + "." + verb
	}
	return subject
}

// APIPrefix is what an agency's client of JetStream takes for the prefix of its API.
const APIPrefix = apiPrefix

// RequestSubjects are where an agency's program sends each request, by its verb.
func RequestSubjects() map[string]string {
	subjects := make(map[string]string)
	for _, verb := range verbs {
		subjects[verb] = local(verb + ".*")
	}
	return subjects
}

// serviceDoors is everything that each service of the hub can reach.
var serviceDoors = map[string][]door{
	accountIntake:    slices.Concat(writes(rootLedger+".>", rootAudit+".>"), reads(streamLedger, streamVault)),
	accountRouting:   slices.Concat(consumes, reads(streamLedger)),
	accountDelivery:  slices.Concat(consumes, reads(streamLedger, streamInbox, streamCited), writes(rootInbox+".>", rootCited+".>"), erases(streamInbox)),
	accountVault:     slices.Concat(reads(streamLedger, streamVault), writes(rootVault+".>")),
	accountDirectory: consumes,
}

// consumes is reading the ledger fact by fact, through a consumer that the keeper
// made. Nobody else may make one: it can be told to deliver anywhere.
var consumes = []door{
	{accountStreams, jetAPI + ".CONSUMER.INFO." + streamLedger + ".*", false},
	{accountStreams, jetAPI + ".CONSUMER.MSG.NEXT." + streamLedger + ".*", true},
	{accountStreams, jetAck + "." + streamLedger + ".*.>", false},
	{accountStreams, jetAck + ".*.*." + streamLedger + ".*.>", false},
}

// reads is reading streams straight from their stores.
func reads(streams ...string) []door {
	var doors []door
	for _, s := range streams {
		doors = append(doors, door{accountStreams, jetAPI + ".DIRECT.GET." + s, true})
	}
	return doors
}

func writes(subjects ...string) []door {
	var doors []door
	for _, s := range subjects {
		doors = append(doors, door{accountStreams, s, false})
	}
	return doors
}

func erases(stream string) []door {
	return []door{{accountStreams, jetAPI + ".STREAM.MSG.DELETE." + stream, false}}
}

// served lists the doors of an account for the hub's own services, each once.
func served(account string) []door {
	var doors []door
	for _, list := range serviceDoors {
		for _, d := range list {
			if d.account == account && !slices.Contains(doors, d) {
				doors = append(doors, d)
			}
		}
	}
	slices.SortFunc(doors, func(a, b door) int { return strings.Compare(a.subject, b.subject) })
	return doors
}

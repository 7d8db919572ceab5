package natsbus

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
)

// neighbour is whom an intruder tries to read and to disturb.
type neighbour struct {
	agency, account string
	fact            string // subject of a message of his inbox
	ack             string // where he would acknowledge one that he has in hand
	waits           string // where he waits for an answer
}

// attempt is one message of an intruder. It must do no harm even where the wall
// has a hole, since a hub makes every attempt when it starts: what is to be stored
// names a last sequence that no stream has, what is to destroy has a body that
// makes no sense, and the rest means the neighbour alone, who is not real.
type attempt struct {
	subject, reply string // reply is empty where the intruder wants the answer himself
	body           string
}

func (a attempt) name() string {
	if a.reply == "" {
		return a.subject
	}
	return a.subject + " answered to " + a.reply
}

func (a attempt) message(reply string) *nats.Msg {
	m := &nats.Msg{Subject: a.subject, Reply: cmp.Or(a.reply, reply), Data: []byte(a.body), Header: nats.Header{}}
	m.Header.Set(jetstream.ExpectedLastSeqHeader, strconv.FormatUint(math.MaxInt64, 10))
	return m
}

// attempts is everything that an account could try against a neighbour: his
// consumer, the streams, the acknowledgements of what he was handed, his requests,
// what is written into the streams, the broker's own account, and answers to
// one's own requests that are to go where they harm.
func attempts(own string, n neighbour) []attempt {
	return slices.Concat(consumerAttempts(n), streamAttempts(n), ackAttempts(own, n), writeAttempts(n), replyAttempts(own, n))
}

// senseless is a body that no request takes.
const senseless = "x"

func consumerAttempts(n neighbour) []attempt {
	own := func(deliver string) string {
		return fmt.Sprintf(`{"stream_name":"INBOX","config":{"name":"x","durable_name":"x","ack_policy":"explicit","filter_subject":"inbox.%s.>"%s}}`, n.agency, deliver)
	}
	requests := []attempt{
		{subject: "CONSUMER.LIST." + streamInbox}, {subject: "CONSUMER.NAMES." + streamInbox},
		{subject: "CONSUMER.DURABLE.CREATE." + streamInbox + ".x", body: own("")},
		{subject: "CONSUMER.INFO." + streamLedger + "." + accountDelivery},
	}
	for verb, body := range map[string]string{
		"INFO": "", "MSG.NEXT": `{"batch":1,"no_wait":true}`, "RESET": `{"seq":1}`, "DELETE": "", "UNPIN": `{"group":"x"}`,
		"PAUSE": `{"pause_until":"2100-01-01T00:00:00Z"}`, "LEADER.STEPDOWN": "",
	} {
		requests = append(requests, attempt{subject: "CONSUMER." + verb + "." + streamInbox + "." + n.account, body: body})
	}
	for _, to := range []string{".x", ".x.inbox." + n.agency + ".>", ""} {
		for _, body := range []string{own(""), own(`,"deliver_subject":"` + n.fact + `"`)} {
			requests = append(requests, attempt{subject: "CONSUMER.CREATE." + streamInbox + to, body: body})
		}
	}
	return called(requests)
}

// called are requests of JetStream's API by both of its names.
func called(requests []attempt) []attempt {
	var all []attempt
	for _, api := range []string{jetAPI, apiPrefix} {
		for _, r := range requests {
			r.subject = api + "." + r.subject
			all = append(all, r)
		}
	}
	return all
}

func streamAttempts(n neighbour) []attempt {
	requests := []attempt{
		{subject: "STREAM.LIST"}, {subject: "STREAM.NAMES"}, {subject: "INFO"},
		{subject: "STREAM.CREATE.X", body: `{"name":"X","subjects":["x"],"sources":[{"name":"INBOX"}]}`},
	}
	for _, plan := range plans {
		for verb, body := range map[string]string{
			"INFO": `{"subjects_filter":">"}`, "UPDATE": senseless, "DELETE": senseless, "PURGE": senseless,
			"MSG.GET": `{"last_by_subj":">"}`, "MSG.DELETE": senseless, "SNAPSHOT": senseless, "RESTORE": senseless,
			"LEADER.STEPDOWN": senseless, "PEER.REMOVE": senseless,
		} {
			requests = append(requests, attempt{subject: "STREAM." + verb + "." + plan.Name, body: body})
		}
		for _, body := range []string{`{"seq":1}`, `{"multi_last":[">"],"batch":1}`, `{"next_by_subj":">","seq":1}`} {
			requests = append(requests, attempt{subject: "DIRECT.GET." + plan.Name, body: body})
		}
		requests = append(requests, attempt{subject: "DIRECT.GET." + plan.Name + "." + n.fact})
	}
	return called(requests)
}

// ackAttempts settle, for the neighbour, what he has in hand: in both shapes of
// an acknowledgement, and hidden behind one's own.
func ackAttempts(own string, n neighbour) []attempt {
	var all []attempt
	_, tail, _ := strings.Cut(n.ack, n.account)
	mine, his := streamInbox+"."+own, streamInbox+"."+n.account+tail
	for _, subject := range []string{
		n.ack, jetAck + "." + his, jetAck + "._.x." + his, jetAck + "._.x." + his + ".x",
		jetAck + "." + mine + "." + his, jetAck + "._.x." + mine + "." + his, jetAck + "." + streamLedger + "." + accountDelivery + tail,
	} {
		for _, body := range []string{"+ACK", "-NAK", "+TERM", "+WPI", "+NXT", ""} {
			all = append(all, attempt{subject: subject, body: body})
		}
	}
	return all
}

// writeAttempts speak as the neighbour, or store something without the gate.
func writeAttempts(n neighbour) []attempt {
	subjects := []string{
		n.fact, n.fact + ".x", rootInbox + "." + n.agency + ".x", rootLedger + ".case.x.0.x", rootLedger + ".agency." + n.agency + ".0.x",
		rootVault + "." + n.agency + ".x.offer.x", rootCited + ".x.x", rootAudit + "." + n.agency,
		adviceTerminated[:len(adviceTerminated)-1] + streamInbox + ".x", n.waits,
		claimsUpdate, claimsDelete, "$SYS.REQ.ACCOUNT." + n.account + ".CLAIMS.LOOKUP", "$SYS.REQ.ACCOUNT." + n.account + ".CONNZ",
		"$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.JSZ", "$SYS.REQ.CLAIMS.LIST", "$SYS.REQ.CLAIMS.PACK", "$SYS.REQ.USER.AUTH",
	}
	for _, verb := range verbs {
		subjects = append(subjects, verb+"."+n.account, verb+"."+n.agency, apiPrefix+"."+verb+"."+n.account, apiPrefix+"."+verb+".*")
	}
	var all []attempt
	for _, s := range subjects {
		all = append(all, attempt{subject: s, body: senseless})
	}
	return all
}

// replyAttempts are requests that one may make, whose answers are to go into a
// stream, to the neighbour, or to the broker as a request.
func replyAttempts(own string, n neighbour) []attempt {
	var all []attempt
	for _, to := range []string{n.fact, rootLedger + ".case.x.0.x", n.waits, jetAPI + ".STREAM.PURGE." + streamInbox} {
		for _, a := range []attempt{
			{subject: apiPrefix + ".CONSUMER.MSG.NEXT." + streamInbox + "." + own, body: `{"batch":1,"no_wait":true}`},
			{subject: apiPrefix + ".CONSUMER.INFO." + streamInbox + "." + own},
			{subject: apiPrefix + "." + services.VerbAsk, body: "{}"},
			{subject: apiPrefix + "." + services.VerbSubmit, body: "{}"},
			{subject: apiPrefix + "." + services.VerbOpen, body: "{}"},
		} {
			a.reply = to
			all = append(all, a)
		}
	}
	return all
}

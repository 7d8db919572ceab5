package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

var _ operator.Record = (*Hub)(nil)

// advisory is the part of the broker's advisories that is read.
type advisory struct {
	Time     time.Time `json:"timestamp"`
	Stream   string    `json:"stream"`
	Consumer string    `json:"consumer"`
	Sequence uint64    `json:"stream_seq"`
	Tries    uint64    `json:"deliveries"` // an agency can make up any number
	Reason   string    `json:"reason"`
}

// replay is a replay as it is stored.
type replay struct {
	Letter uint64    `json:"letter"`
	Time   time.Time `json:"time"`
	Copy   *copied   `json:"copy,omitempty"`
	Ended  bool      `json:"ended"`
	Reason string    `json:"reason,omitempty"`
	Put    uint64    `json:"put,omitempty"`
}

type copied struct {
	Agency string `json:"agency"`
	Scope  string `json:"scope"`
	Event  string `json:"event"`
	Source uint64 `json:"source"`
}

// adviceBatch is how many messages of the record the broker sends at once.
const adviceBatch = 1000

// DeadLetters returns the dead letters and the replays that are on record behind
// a place, oldest first; behind 0, all of them. The record holds the last 100,000.
func (h *Hub) DeadLetters(ctx context.Context, after uint64) ([]operator.DeadLetter, []operator.Replay, error) {
	msgs, err := h.keeper.read(ctx, streamAdvice, query{From: after + 1, Batch: adviceBatch})
	if err != nil {
		return nil, nil, err
	}
	var letters []operator.DeadLetter
	var replays []operator.Replay
	for _, m := range msgs {
		if m.Header.Get(jetstream.SubjectHeader) == subjectReplayed {
			var r replay
			if err := json.Unmarshal(m.Data, &r); err != nil {
				return nil, nil, damaged("read dead letters", errors.New("not a replay"))
			}
			replays = append(replays, operator.Replay{
				Letter: r.Letter, Time: r.Time, Copy: (*operator.Copy)(r.Copy), Ended: r.Ended, Reason: r.Reason, Put: r.Put,
			})
			continue
		}
		if d, err := deadLetter(m); err == nil { // one that cannot be read hides no other
			letters = append(letters, d)
		}
	}
	return letters, replays, nil
}

// deadLetter reads an advisory of the broker.
func deadLetter(m *nats.Msg) (operator.DeadLetter, error) {
	var a advisory
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return operator.DeadLetter{}, errors.New("not an advisory")
	}
	if strings.HasPrefix(m.Header.Get(jetstream.SubjectHeader), strings.TrimSuffix(adviceExceeded, rest)) {
		a.Reason = operator.ReasonTries
	}
	if !reasonGrammar.MatchString(a.Reason) {
		a.Reason = operator.ReasonNone // a desk of another make may write anything
	}
	place, err := sequenceOf(m)
	return operator.DeadLetter{
		Place: place, Time: a.Time, Stream: a.Stream, Consumer: a.Consumer, Sequence: a.Sequence, Tries: int(min(a.Tries, math.MaxInt32)), Reason: a.Reason,
	}, err
}

// Replayed puts a replay on record, among the broker's advisories.
func (h *Hub) Replayed(ctx context.Context, r operator.Replay) error {
	raw, err := json.Marshal(replay{r.Letter, r.Time.UTC(), (*copied)(r.Copy), r.Ended, r.Reason, r.Put})
	if err != nil {
		return fmt.Errorf("put replay on record: %w", err)
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := h.keeper.js.Publish(within, subjectReplayed, raw, jetstream.WithExpectStream(streamAdvice)); err != nil {
		return away("put replay on record", err)
	}
	return nil
}

// Stored reads a message of the ledger, or of the inboxes. It is Unknown when it
// is not there any more.
func (h *Hub) Stored(ctx context.Context, stream string, sequence uint64) (operator.Stored, error) {
	read := map[string]func(*nats.Msg) (services.Fact, *operator.Copy, error){
		streamLedger: func(m *nats.Msg) (services.Fact, *operator.Copy, error) {
			f, err := storedFact(m, sequence, m.Subject)
			return f, nil, err
		},
		streamInbox: inboxCopy,
	}[stream]
	if read == nil {
		return operator.Stored{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	s, err := h.keeper.js.Stream(within, stream)
	if err != nil {
		return operator.Stored{}, away("read "+stream, err)
	}
	raw, err := s.GetMsg(within, sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return operator.Stored{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	case err != nil:
		return operator.Stored{}, away("read "+stream, err)
	}
	f, c, err := read(&nats.Msg{Subject: raw.Subject, Header: raw.Header, Data: raw.Data})
	if err != nil {
		f = services.Fact{} // it is shown as bytes that nobody can read
	}
	return operator.Stored{Bytes: raw.Data, Fact: f, Copy: c}, nil
}

// inboxCopy reads a copy back: the fact, as far as it is one, and where it lies.
func inboxCopy(m *nats.Msg) (services.Fact, *operator.Copy, error) {
	t := strings.Split(m.Subject, ".") // inbox.<agency>.<scope id>.<event>
	source, err := strconv.ParseUint(m.Header.Get(headerSequence), 10, 64)
	if err != nil || len(t) != 4 {
		return services.Fact{}, nil, errors.New("not a copy")
	}
	f, err := storedFact(m, source, m.Header.Get(headerSubject))
	return f, &operator.Copy{Agency: t[1], Scope: t[2], Event: t[3], Source: source}, err
}

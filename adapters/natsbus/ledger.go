package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

// What the ledger keeps decoded: scopes, and bytes of their events. A decoded event
// takes about four times as much memory.
const (
	recentScopes = 1024
	recentBytes  = 64 << 20
)

// Ledger holds every accepted event.
type Ledger struct {
	bus
	keeper   bus    // makes consumers
	consumer string // of whoever reads through this one
	recent   *recent
	ackWait  time.Duration
}

var _ intake.Ledger = (*Ledger)(nil)

// Read returns the facts of a scope in ledger order; none when there are none.
// They are shared with other readers: append to the slice as you like, but
// change nothing inside. Only what is new since the last call is read.
//
// On a replicated stream any replica answers, which may be behind; Append then
// says that the scope has moved.
func (l *Ledger) Read(ctx context.Context, scope schemas.Scope) ([]services.Fact, error) {
	facts := l.recent.get(scope)
	known := len(facts)
	for page := known / intake.PageSize; ; page++ {
		fresh, err := l.page(ctx, scope, page, lastSequence(facts)+1)
		if err != nil {
			return nil, err
		}
		facts = append(facts, fresh...)
		if len(facts)/intake.PageSize <= page {
			break
		}
	}
	if len(facts) > known {
		l.recent.put(scope, facts)
	}
	return capped(facts), nil
}

// page reads what a page of a scope holds from a sequence on.
func (l *Ledger) page(ctx context.Context, scope schemas.Scope, page int, from uint64) ([]services.Fact, error) {
	filter, err := pageFilter(scope, page)
	if err != nil {
		return nil, err
	}
	msgs, err := l.read(ctx, streamLedger, query{MultiLast: []string{filter}, From: from})
	if err != nil {
		return nil, err
	}
	facts := make([]services.Fact, len(msgs))
	for i, m := range msgs {
		seq, err := sequenceOf(m)
		if err != nil {
			return nil, damaged("read scope", err)
		}
		if facts[i], err = storedFact(m, seq, m.Header.Get(jetstream.SubjectHeader)); err != nil {
			return nil, damaged("read scope", err)
		}
	}
	return facts, nil
}

// storedFact reads a stored message back.
func storedFact(m *nats.Msg, sequence uint64, subject string) (services.Fact, error) {
	recorded, err := parseRecorded(m.Header)
	if err != nil {
		return services.Fact{}, err
	}
	f, err := services.NewFact(m.Data, sequence, recorded, subject)
	if err != nil {
		return services.Fact{}, fmt.Errorf("read fact %d: %w", sequence, err)
	}
	return f, nil
}

// recordedLayout is RFC 3339 with exactly three digits of a second.
const recordedLayout = "2006-01-02T15:04:05.000Z07:00"

func formatRecorded(t time.Time) string { return t.UTC().Format(recordedLayout) }

func parseRecorded(h nats.Header) (time.Time, error) {
	t, err := time.Parse(recordedLayout, h.Get(headerRecorded))
	if err != nil {
		return time.Time{}, fmt.Errorf("read header %s: not a time", headerRecorded)
	}
	return t, nil
}

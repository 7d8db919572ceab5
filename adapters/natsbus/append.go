package natsbus

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

// Append stores an event as the next one of its scope, synced to disk, or not
// at all. It answers Later with services.CodeMoved when After is not the scope's
// last sequence, Conflict with services.CodeIDReused when the id is taken on
// this page, and Later with services.CodeBusAway when the broker did not answer
// and the event could not be found afterwards: it may have been stored still.
func (l *Ledger) Append(ctx context.Context, e intake.Entry) (services.Fact, error) {
	m, err := message(e)
	if err != nil {
		return services.Fact{}, err
	}
	f, err := storedFact(m, 0, m.Subject)
	if err != nil {
		return services.Fact{}, services.Because(services.Internal, "entry", err)
	}
	if f.ID() != e.Event || f.Scope() != e.Scope {
		return services.Fact{}, services.Refuse(services.Internal, "entry")
	}
	if f.Sequence, f.Recorded, err = l.store(ctx, m, f.Recorded); err != nil {
		return services.Fact{}, err
	}
	l.recent.add(e.After, f)
	return f, nil
}

// message lays out an entry. The pair of headers about the last sequence is the
// only one that a message can carry, so it speaks of the scope; that the id is
// new on its page is kept by the stream.
func message(e intake.Entry) (*nats.Msg, error) {
	subject, err := ledgerSubject(e.Scope, e.Page, e.Event)
	if err != nil {
		return nil, err
	}
	scope, err := scopeFilter(e.Scope)
	if err != nil {
		return nil, err
	}
	m := nats.NewMsg(subject)
	m.Data = e.Raw
	m.Header.Set(jetstream.ExpectedStreamHeader, streamLedger)
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(e.After, 10))
	m.Header.Set(jetstream.ExpectedLastSubjSeqSubjHeader, scope)
	m.Header.Set(headerRecorded, formatRecorded(e.Recorded))
	return m, nil
}

// store publishes a message and returns its sequence and when it was recorded.
func (l *Ledger) store(ctx context.Context, m *nats.Msg, recorded time.Time) (uint64, time.Time, error) {
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	ack, err := l.js.PublishMsg(within, m)
	switch {
	case err == nil:
		return ack.Sequence, recorded, nil
	case wrongLast(err):
		return 0, time.Time{}, services.Because(services.Later, services.CodeMoved, err)
	case taken(err):
		return 0, time.Time{}, services.Because(services.Conflict, services.CodeIDReused, err)
	case apiError(err) != nil:
		return 0, time.Time{}, away("append", err)
	}
	return l.lookAgain(ctx, m, err)
}

// lookAgain finds out whether a message was stored whose acknowledgement did
// not come. The caller's time may be over by now, so it takes its own.
func (l *Ledger) lookAgain(ctx context.Context, m *nats.Msg, cause error) (uint64, time.Time, error) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	there, err := l.last(within, streamLedger, m.Subject)
	if err != nil || there == nil || !bytes.Equal(there.Data, m.Data) {
		return 0, time.Time{}, away("append", cause)
	}
	recorded, err := parseRecorded(there.Header)
	if err != nil {
		return 0, time.Time{}, damaged("append", err)
	}
	sequence, err := sequenceOf(there)
	if err != nil {
		return 0, time.Time{}, damaged("append", err)
	}
	return sequence, recorded, nil
}

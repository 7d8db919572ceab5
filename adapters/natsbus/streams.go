package natsbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/schemas"
)

// maxHeaders is what our headers add to a message at most, in bytes.
const maxHeaders = 4 << 10

// advicePerSubject is how many dead letters of one consumer are kept: an agency can
// write as many as it likes, and must not push out those of others.
const advicePerSubject = 2000

// unlimited is how the broker writes a limit that is not set.
const unlimited = -1

// plans are the streams. None has a time to live for messages, rollups,
// schedules or counters: each would let a single publish remove what is stored.
var plans = []jetstream.StreamConfig{
	createOnly(jetstream.StreamConfig{
		Name: streamLedger, Subjects: []string{rootLedger + ".>"},
		MaxConsumers: unlimited, MaxMsgSize: schemas.MaxEvent + maxHeaders,
		DenyDelete: true, DenyPurge: true, AllowAtomicPublish: true,
	}),
	createOnly(jetstream.StreamConfig{
		Name: streamVault, Subjects: []string{rootVault + ".>"},
		MaxConsumers: unlimited, MaxMsgSize: schemas.MaxSection + maxHeaders,
	}),
	createOnly(jetstream.StreamConfig{
		Name: streamInbox, Subjects: []string{rootInbox + ".>"},
		MaxConsumers: 5000, MaxMsgSize: schemas.MaxEvent + maxHeaders,
	}),
	journal(jetstream.StreamConfig{
		Name: streamAdvice, Subjects: []string{adviceExceeded, adviceTerminated, subjectReplayed},
		MaxMsgs: 100_000, MaxMsgsPerSubject: advicePerSubject,
	}),
	journal(jetstream.StreamConfig{
		Name: streamAudit, Subjects: []string{rootAudit + ".*"},
		MaxMsgs: 1_000_000, MaxAge: 30 * 24 * time.Hour,
	}),
	createOnly(jetstream.StreamConfig{
		Name: streamCited, Subjects: []string{rootCited + ".>"},
		MaxConsumers: unlimited, MaxMsgSize: maxHeaders,
	}),
}

// createOnly completes the plan of a stream that takes one message a subject,
// and never another one while it is there.
func createOnly(c jetstream.StreamConfig) jetstream.StreamConfig {
	c.MaxMsgs = unlimited
	c.MaxMsgsPerSubject = 1
	c.Discard = jetstream.DiscardNew
	c.DiscardNewPerSubject = true
	return stored(c)
}

// journal completes the plan of a stream whose oldest messages may go.
func journal(c jetstream.StreamConfig) jetstream.StreamConfig {
	c.MaxConsumers, c.MaxMsgSize = unlimited, unlimited
	c.MaxMsgsPerSubject = cmp.Or(c.MaxMsgsPerSubject, unlimited)
	return stored(c)
}

func stored(c jetstream.StreamConfig) jetstream.StreamConfig {
	c.Retention = jetstream.LimitsPolicy
	c.Storage = jetstream.FileStorage
	c.Replicas = 1
	c.MaxBytes = unlimited
	c.AllowDirect = true
	c.Duplicates = 2 * time.Minute // the broker's default; we send no message ids
	return c
}

// openStreams creates the streams that are missing. It refuses one whose
// settings are not those of the plan: a promise would silently not hold.
func openStreams(ctx context.Context, js jetstream.JetStream) error {
	for _, plan := range plans {
		s, err := js.Stream(ctx, plan.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			s, err = js.CreateStream(ctx, plan)
		}
		if err != nil {
			return away("open stream "+plan.Name, err)
		}
		if d := differences(s.CachedInfo().Config, plan); len(d) > 0 {
			return fmt.Errorf("open stream %s: settings differ: %s", plan.Name, strings.Join(d, ", "))
		}
	}
	return nil
}

// free are the settings that an operator may choose.
var free = []string{"Replicas", "Placement", "Description", "Metadata", "Compression"}

// differences names the settings in which a stream is not as planned.
func differences(have, plan jetstream.StreamConfig) []string {
	var names []string
	h, p := reflect.ValueOf(have), reflect.ValueOf(plan)
	for i := range h.NumField() {
		name := h.Type().Field(i).Name
		same := reflect.DeepEqual(h.Field(i).Interface(), p.Field(i).Interface())
		if !same && !slices.Contains(free, name) {
			names = append(names, name)
		}
	}
	return names
}

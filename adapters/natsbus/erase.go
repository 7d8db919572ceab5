package natsbus

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
)

// last returns the message of a subject, or nil when there is none.
func (b bus) last(ctx context.Context, stream, subject string) (*nats.Msg, error) {
	msgs, err := b.read(ctx, stream, query{MultiLast: []string{subject}})
	if err != nil || len(msgs) == 0 {
		return nil, err
	}
	return msgs[0], nil
}

// erase removes the message of a subject and overwrites its bytes: an ordinary
// delete, a purge or an expiry would leave them on the disk.
func (b bus) erase(ctx context.Context, stream, subject string) error {
	m, err := b.last(ctx, stream, subject)
	if err != nil || m == nil {
		return err
	}
	sequence, err := sequenceOf(m)
	if err != nil {
		return damaged("erase from "+stream, err)
	}
	failed := b.deleteSecurely(ctx, stream, sequence)
	if failed == nil {
		return nil
	}
	if m, err = b.last(ctx, stream, subject); err == nil && m == nil {
		return nil // somebody else has erased it in between
	}
	return away("erase from "+stream, failed)
}

// deleteSecurely is what the client library does with a stream that it has asked
// about first; a service may not ask.
func (b bus) deleteSecurely(ctx context.Context, stream string, sequence uint64) error {
	body, err := json.Marshal(struct {
		Sequence uint64 `json:"seq"`
	}{sequence})
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	m, err := b.nc.RequestWithContext(within, b.api+".STREAM.MSG.DELETE."+stream, body)
	if err != nil {
		return err
	}
	var done struct{ Success bool }
	if err := json.Unmarshal(m.Data, &done); err != nil || !done.Success {
		return fmt.Errorf("the broker refused")
	}
	return nil
}

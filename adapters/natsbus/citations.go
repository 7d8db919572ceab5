package natsbus

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services/delivery"
)

// Citations is the index of the cases that cite an inspection: a message for
// each, without content, under cited.<inspection>.<case>. The ledger holds the
// same, and a reader of all of it can make the index again.
type Citations struct{ bus }

var _ delivery.Citations = (*Citations)(nil)

// Cite notes that a case cites the inspection; to note it again does nothing.
func (c *Citations) Cite(ctx context.Context, inspection, id string) error {
	at, err := subject(rootCited, scopeIDToken(inspection), scopeIDToken(id))
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := c.js.Publish(within, at, nil); err != nil && !taken(err) {
		return away("note citation", err)
	}
	return nil
}

// Citing returns the ids of the cases that cite the inspection: all of them, or
// an error. More than 1,024 are an error: the broker would not list them.
func (c *Citations) Citing(ctx context.Context, inspection string) ([]string, error) {
	all, err := subject(rootCited, scopeIDToken(inspection), restToken())
	if err != nil {
		return nil, err
	}
	msgs, err := c.read(ctx, streamCited, query{MultiLast: []string{all}})
	if err != nil {
		return nil, err
	}
	var cases []string
	for _, m := range msgs {
		cases = append(cases, strings.TrimPrefix(m.Header.Get(jetstream.SubjectHeader), strings.TrimSuffix(all, rest)))
	}
	return cases, nil
}

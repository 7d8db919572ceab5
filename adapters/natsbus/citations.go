package natsbus

import (
	"context"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services/delivery"
)

// Citations is the index of the cases that cite an inspection: a message for
// each, without content, under cited.<inspection>.<page>.<case>. The ledger holds
// the same, and a reader of all of it can make the index again.
type Citations struct{ bus }

var _ delivery.Citations = (*Citations)(nil)

// Cite notes that a case cites the inspection; to note it again does nothing. Two at
// once may note a case twice; delivery has one active copy.
func (c *Citations) Cite(ctx context.Context, inspection, id string) error {
	known, err := c.Citing(ctx, inspection)
	if err != nil {
		return err
	}
	at, err := subject(rootCited, scopeIDToken(inspection), pageToken(len(known)/citedPage), scopeIDToken(id))
	if err != nil || slices.Contains(known, id) {
		return err
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := c.js.Publish(within, at, nil); err != nil && !taken(err) {
		return away("note citation", err)
	}
	return nil
}

// citedPage is how many cases lie on a page: the broker lists at most 1,024 messages
// at once.
const citedPage = 512

// Citing returns the ids of the cases that cite the inspection: all of them, or
// an error.
func (c *Citations) Citing(ctx context.Context, inspection string) ([]string, error) {
	var cases []string
	for page := 0; ; page++ {
		all, err := subject(rootCited, scopeIDToken(inspection), pageToken(page), restToken())
		if err != nil {
			return nil, err
		}
		msgs, err := c.read(ctx, streamCited, query{MultiLast: []string{all}})
		if err != nil {
			return nil, err
		}
		for _, m := range msgs {
			cases = append(cases, strings.TrimPrefix(m.Header.Get(jetstream.SubjectHeader), strings.TrimSuffix(all, rest)))
		}
		if len(cases)/citedPage <= page {
			return cases, nil
		}
	}
}

package natsbus

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/delivery"
)

// Citations is the index of the cases that cite an inspection: a key-value
// bucket with the key <inspection>.<case>. The ledger holds the same, and a
// reader of all of it can make the index again.
type Citations struct{ kv jetstream.KeyValue }

var _ delivery.Citations = (*Citations)(nil)

// openCitations opens the bucket, and creates it when it is missing: one that is
// there keeps what its operator has set, as its replicas.
func openCitations(ctx context.Context, js jetstream.JetStream) (*Citations, error) {
	kv, err := js.KeyValue(ctx, bucketCited)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucketCited, Storage: jetstream.FileStorage})
	}
	if err != nil {
		return nil, away("open bucket "+bucketCited, err)
	}
	return &Citations{kv}, nil
}

// Cite notes that a case cites the inspection; to note it again does nothing.
func (c *Citations) Cite(ctx context.Context, inspection, id string) error {
	if !schemas.ValidID(inspection) || !schemas.ValidID(id) {
		return services.Refuse(services.Invalid, "id")
	}
	_, err := c.kv.Create(ctx, inspection+"."+id, nil)
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return away("note citation", err)
	}
	return nil
}

// Citing returns the ids of the cases that cite the inspection: all of them, or
// an error.
func (c *Citations) Citing(ctx context.Context, inspection string) ([]string, error) {
	if !schemas.ValidID(inspection) {
		return nil, services.Refuse(services.Invalid, "id")
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	keys, err := c.kv.ListKeysFiltered(within, inspection+".*")
	if err != nil {
		return nil, away("list citations", err)
	}
	var cases []string
	for key := range keys.Keys() { // it stops by itself at the end
		cases = append(cases, strings.TrimPrefix(key, inspection+"."))
	}
	if err := within.Err(); err != nil {
		return nil, away("list citations", err)
	}
	return cases, nil
}

package natsbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services/operator"
)

// Inboxes are the inboxes of all agencies, as the operator sees them: what lies
// there, by its subjects.
type Inboxes struct{ bus }

var _ operator.Inboxes = (*Inboxes)(nil)

// Scopes returns the ids of the scopes that lie in an agency's inbox, sorted.
func (i *Inboxes) Scopes(ctx context.Context, agency string) ([]string, error) {
	subjects, err := i.inboxSubjects(ctx, agency)
	scopes := make(map[string]bool)
	for _, s := range subjects {
		scopes[strings.Split(s, ".")[2]] = true
	}
	return slices.Sorted(maps.Keys(scopes)), err
}

// inboxSubjects lists the subjects of an agency's inbox.
func (b bus) inboxSubjects(ctx context.Context, agency string) ([]string, error) {
	filter, err := inboxFilter(agency)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	stream, err := b.js.Stream(within, streamInbox)
	if err != nil {
		return nil, away("list inbox", err)
	}
	info, err := stream.Info(within, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, away("list inbox", err)
	}
	return slices.Sorted(maps.Keys(info.State.Subjects)), nil
}

// Find returns the place of the copy of one event in the stream of all inboxes; 0
// when there is none.
func (i *Inboxes) Find(ctx context.Context, agency, scope, event string) (uint64, error) {
	at, err := inboxSubject(agency, scope, event)
	if err != nil {
		return 0, err
	}
	m, err := i.last(ctx, streamInbox, at)
	if err != nil || m == nil {
		return 0, err
	}
	return sequenceOf(m)
}

// Remove erases the copy of one event, and its bytes on the disk; to remove one
// that is not there does nothing.
func (i *Inboxes) Remove(ctx context.Context, agency, scope, event string) error {
	return (&Inbox{i.bus}).Remove(ctx, agency, scope, event)
}

// Taken reports whether whoever reads the inbox of an account has settled all that
// lies before a place of the stream, and what lies there. Without a consumer, nobody
// will.
func (i *Inboxes) Taken(ctx context.Context, account string, place uint64) (bool, error) {
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	c, err := i.js.Consumer(within, streamInbox, account)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return false, nil
	case err != nil:
		return false, away("look at inbox consumer", err)
	}
	return c.CachedInfo().AckFloor.Stream >= place, nil
}

// Empty erases the inbox of an agency: the bytes on the disk are overwritten, one
// message after the other, which takes about 3 ms each.
func (i *Inboxes) Empty(ctx context.Context, agency string) error {
	subjects, err := i.inboxSubjects(ctx, agency)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if err := i.erase(ctx, streamInbox, s); err != nil {
			return err
		}
	}
	return nil
}

package operator

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Registry is the directory as the operator writes it.
type Registry interface {
	casefile.Directory
	// Register admits an agency unless it is there, and publishes its keys unless
	// they are known. It returns when the directory knows both. A signing key that is
	// left out is retired, and to come back with it is a Conflict.
	Register(ctx context.Context, agency string, data schemas.AgencyRegistered) error
	// SetStatus says what an agency's part is, and returns when the directory knows.
	SetStatus(ctx context.Context, agency, status string) error
}

// Accounts are the agencies' accounts on the bus. Every method may be repeated. The
// bus follows the directory: it shuts out whom that suspends before it says so, and
// ends the account of whom it closes.
type Accounts interface {
	// Open makes an agency's account, or finds it, lets its users in, and returns its
	// public key: "A" and 55 more letters and digits.
	Open(ctx context.Context, agency string) (account string, err error)
	// Issue signs the holder of a user key, "U…", in as the agency.
	Issue(ctx context.Context, agency, user string, now time.Time) (jwt string, err error)
	// Rotate ends every user that the agency has, and lets those in that are signed
	// in from then on.
	Rotate(ctx context.Context, agency string) error
	// Suspend ends every connection of the agency, and lets nobody in.
	Suspend(ctx context.Context, agency string) error
}

// Desks are the desks that run beside the hub. Every method may be repeated.
type Desks interface {
	// Hosts reports whether the agency's desk is one of them.
	Hosts(agency string) bool
	// Found makes what a desk needs of its own, or finds it, and returns its public
	// keys.
	Found(ctx context.Context, agency string) ([]schemas.Key, error)
	// Open has the desk take orders, frozen or not there before, and returns where its
	// desk file is.
	Open(ctx context.Context, agency string) (file string, err error)
	// Freeze stops the desk, and has it answer everything with Forbidden and
	// services.CodeSuspended. It returns when nothing is in hand any more.
	Freeze(ctx context.Context, agency string) error
	// Renew freezes the desk, ends every token of it, and makes another one; it returns
	// where the desk file is.
	Renew(ctx context.Context, agency string) (file string, err error)
	// Close stops the desk, and lets none of its tokens open it. Its files stay.
	Close(ctx context.Context, agency string) error
}

// Inboxes are the agencies' inboxes, by what lies there.
type Inboxes interface {
	// Scopes returns the ids of the scopes that an agency has something of, sorted.
	Scopes(ctx context.Context, agency string) ([]string, error)
	// Find returns the place of the copy of an event; 0 when there is none.
	Find(ctx context.Context, agency, scope, event string) (uint64, error)
	// Remove erases the copy of an event.
	Remove(ctx context.Context, agency, scope, event string) error
	// Taken reports whether whoever reads the inbox of an account has settled
	// everything up to a place.
	Taken(ctx context.Context, account string, place uint64) (bool, error)
	// Empty erases the inbox of an agency.
	Empty(ctx context.Context, agency string) error
}

// Record is where dead letters, and what became of them, are on record.
type Record interface {
	// DeadLetters returns what is on record behind a place, oldest first; behind 0,
	// all of it.
	DeadLetters(ctx context.Context, after uint64) ([]DeadLetter, []Replay, error)
	// Stored reads a message of a stream. It is Unknown when it is not there any more.
	Stored(ctx context.Context, stream string, sequence uint64) (Stored, error)
	// Replayed puts a replay on record.
	Replayed(ctx context.Context, r Replay) error
}

// Services are the services that read the ledger.
type Services interface {
	// Again hands a service a fact once more, while it has no other one in hand, and
	// returns why it gave it up again: "" when it is dealt with. It is Unknown when no
	// service has the name, and Later when the service does not come to rest.
	Again(ctx context.Context, service string, f services.Fact) (reason string, err error)
	// Handled waits until all that the ledger holds now is handled, and has come into
	// the inboxes. It is Later when that takes too long.
	Handled(ctx context.Context) error
}

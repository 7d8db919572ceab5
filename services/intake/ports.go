package intake

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Ledger is where accepted events are kept.
type Ledger interface {
	services.History
	// Append stores an entry durably, or not at all. It answers Later with
	// services.CodeMoved when After is not the scope's last sequence any more,
	// Conflict when the id is taken on the same page, and any other error when it cannot tell
	// whether the entry was stored.
	Append(ctx context.Context, e Entry) (services.Fact, error)
}

// Entry is an event on its way into the ledger.
type Entry struct {
	Scope schemas.Scope
	Event string // its id
	// Page is the number of the scope's events so far, divided by PageSize.
	Page int
	// After is the ledger sequence of the scope's last event; 0 when it has none.
	After    uint64
	Raw      []byte
	Recorded time.Time
}

// PageSize is how many events of a scope share a page, so that a page can be
// read whole: the broker answers nothing beyond 1,024 matches.
const PageSize = 512

// Verifier checks signatures.
type Verifier interface {
	// Verify fails unless the event bears a valid signature by a present key of
	// its source: one that is retired is as good as unknown.
	Verify(e schemas.Event) error
}

// Sections knows which sealed sections the vault keeps.
type Sections interface {
	// Holds reports whether the vault keeps the section that this agency put for
	// this event, with this digest.
	Holds(ctx context.Context, agency, event, section, digest string) (bool, error)
}

// Receipts writes receipts.
type Receipts interface {
	// Sign returns the receipt of a stored fact. The same fact gives the same
	// receipt.
	Sign(f services.Fact) (services.Receipt, error)
}

// Audit is told of every refusal.
type Audit interface {
	// Refused gets the short name of the type, or "" when it could not be read.
	Refused(ctx context.Context, from services.Party, typ string, e *services.Error)
}

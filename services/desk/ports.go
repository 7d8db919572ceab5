package desk

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Bus is the hub as a desk can reach it. Every refusal is a *services.Error;
// a hub that does not answer is Later with services.CodeBusAway.
type Bus interface {
	// Submit files an event. The same bytes get the same receipt.
	Submit(ctx context.Context, raw []byte) (services.Receipt, error)
	// Ask asks the directory for one page.
	Ask(ctx context.Context, r services.AskRequest) (services.AskReply, error)
	VaultBus
}

// VaultBus is the part of the bus that carries sealed sections.
type VaultBus interface {
	Seal(ctx context.Context, r services.SealRequest) (services.SealReply, error)
	Open(ctx context.Context, r services.OpenRequest) (services.OpenReply, error)
}

// SectionHeader says where a section belongs. It is sealed together with the
// section, so that nobody can move it.
type SectionHeader struct {
	Case    string // the case id
	Event   string // the event that names the section
	Section string // as in "offer"
	Sender  string // the agency that seals it
}

// Sealer seals sections, and opens what was sealed to the own agency.
type Sealer interface {
	// Seal closes plaintext to the recipients (age recipients, as in the
	// directory). Twice the same gives different bytes.
	Seal(h SectionHeader, plaintext []byte, recipients []string) ([]byte, error)
	// Open refuses what is not sealed to us or belongs elsewhere.
	Open(h SectionHeader, ciphertext []byte) ([]byte, error)
}

// Verifier checks signatures against the directory, the directory's own against
// the pinned root.
type Verifier interface {
	Verify(e schemas.Event) error
}

// Receipts checks the hub's signature on receipts, against the keys that the
// directory lists for the hub's service "intake".
type Receipts interface {
	// VerifyReceipt returns nil when the hub signed the receipt. Which event it is
	// for is not its concern.
	VerifyReceipt(r services.Receipt) error
}

// Directory is the desk's copy of the directory.
type Directory interface {
	casefile.Directory
	// Apply adds a fact that was verified. It may be handed a fact twice.
	Apply(ctx context.Context, f services.Fact) error
}

// View keeps what was delivered. All of it can be made again from the inbox.
type View interface {
	// Put stores a change, all of it or nothing. It may be handed a fact twice.
	Put(ctx context.Context, c Change) error
	// Facts returns the facts of a scope in ledger order; with an empty id, those
	// of every scope of the kind.
	Facts(ctx context.Context, scope schemas.Scope) ([]services.Fact, error)
	// Fact returns one fact; Unknown when it is not there.
	Fact(ctx context.Context, at Location) (services.Fact, error)
	// Cases lists cases, the one that changed last first.
	Cases(ctx context.Context, q Query) ([]Case, error)
}

// Change is one fact and what it changes.
type Change struct {
	Fact services.Fact
	// Withdrawn are earlier facts that may no longer be kept.
	Withdrawn []Location
	// Case is the row of the fact's case in the lists, after the change; nil when
	// the fact is of another scope, or nothing of the case is left to be shown.
	Case *Case
}

// Location is one event of one scope.
type Location struct {
	Scope schemas.Scope
	Event string
}

// Query picks cases. Its zero value picks all.
type Query struct {
	Prefix   string // of the case id, hex digits
	Referral string // only those with this referral: several agencies may use one id
	Needs    bool   // only those with something to do for this agency
	Limit    int    // 0: no limit
}

// Store keeps what cannot be made again: what the agency filed, who may, and in
// which order the desk was shown what came.
type Store interface {
	Outbox
	Queues
	Sections
	FeedStore
	TokenStore
}

// Outbox holds every event that the agency ever filed, by id.
type Outbox interface {
	// Append adds rows behind all others, in their order, and the sections with
	// them: all or nothing. It is a Conflict with services.CodeIDReused when there
	// is a row with the id of one of them.
	Append(ctx context.Context, rows []Row, kept []Kept) error
	// Row finds a row by its event's id; Unknown when there is none.
	Row(ctx context.Context, event string) (Row, error)
	// Filed returns the rows of a scope id that wait or were sent, in their order.
	Filed(ctx context.Context, scope string) ([]Row, error)
	// Settle changes how a row stands. One that is refused takes the unsettled
	// rows that follow from it with it.
	Settle(ctx context.Context, event string, v Verdict) error
}

// Queues reads the rows that are not settled: waiting or parked.
type Queues interface {
	// Queue returns those of a scope id, or of all scope ids that begin so, in
	// their order and without Raw; with "", all.
	Queue(ctx context.Context, scope string) ([]Row, error)
	// Waiting lists the scope ids that have any, the oldest row's first.
	Waiting(ctx context.Context) ([]string, error)
}

// Sections keeps the sealed sections of what the agency filed, also the ones
// that the vault never gets.
type Sections interface {
	// OfEvent returns the sections of an event.
	OfEvent(ctx context.Context, event string) ([]Kept, error)
	// OfCase returns the sections of a case in the order in which they were kept.
	OfCase(ctx context.Context, id string) ([]Kept, error)
}

// FeedStore keeps the order of the feed.
type FeedStore interface {
	// Announce adds an entry behind all others, or does nothing when it is there,
	// and takes out the entries before it, of its case or of an inspection, with the
	// event ids in ended. All or nothing.
	Announce(ctx context.Context, at Location, ended []string) error
	// Announced returns up to limit entries behind a place, in their order.
	Announced(ctx context.Context, after uint64, limit int) ([]Entry, error)
	// LastPlace returns the place of the newest entry, 0 when there is none. No place
	// is ever given twice.
	LastPlace(ctx context.Context) (uint64, error)
}

// Entry is a place in the feed, and what stands there.
type Entry struct {
	Place uint64
	Location
}

// TokenStore keeps the tokens that open the desk.
type TokenStore interface {
	// AddToken adds one whose id and hash are new.
	AddToken(ctx context.Context, t Token) error
	// Tokens returns all of them in the order in which they were added.
	Tokens(ctx context.Context) ([]Token, error)
	// RevokeToken notes when one was revoked, the first time; it does nothing when
	// there is none.
	RevokeToken(ctx context.Context, id string, at time.Time) error
}

// Standing is how a row of the outbox stands.
type Standing string

// The standings of a row.
const (
	Waiting Standing = "waiting" // not sent yet, or not answered
	Sent    Standing = "sent"    // in the ledger
	Refused Standing = "refused" // settled without being filed
	Parked  Standing = "parked"  // refused, and its queue stands still
)

// Row is one event in the outbox.
type Row struct {
	Event string // its id
	Type  string // short name
	Scope string // scope id: its queue
	// Post is the event from whose post this one follows; its own id for that one.
	Post string
	// Digest is the HMAC-SHA-256 of the post's exact bytes; nil for what the desk
	// files by itself.
	Digest []byte
	Raw    []byte // as signed
	Order  int64  // the store's count, growing
	Verdict
}

// Own reports whether the desk files the event by itself.
func (r Row) Own() bool { return len(r.Digest) == 0 }

// Verdict is how a row stands, and by what answer.
type Verdict struct {
	Standing Standing
	Receipt  *services.Receipt // of Sent
	Refusal  *services.Error   // of Refused and Parked
}

// Kept is a sealed section that the own agency can open.
type Kept struct {
	Case    string
	Event   string // under which it was sealed
	Section string
	// Vault says that the vault is to hold it before the event is submitted.
	Vault      bool
	Ciphertext []byte
}

package operator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Streams that have dead letters, as the bus names them.
const (
	StreamLedger = "LEDGER"
	StreamInbox  = "INBOX"
)

// Reasons of letters that were not given up with a code of ours.
const (
	ReasonTries = "max_deliveries" // it was handed out too often
	ReasonNone  = "no_reason"      // whoever gave it up did not say, or not as a code
)

// DeadLetter is a message that a consumer gave up on. The message itself lies
// where it was.
type DeadLetter struct {
	// Place is its place on record, by which it is named: a later one has a higher.
	Place    uint64    `json:"letter"`
	Time     time.Time `json:"time"`     // when it was given up
	Stream   string    `json:"stream"`   // "LEDGER" or "INBOX"
	Consumer string    `json:"consumer"` // the service, or the agency for an inbox
	Sequence uint64    `json:"sequence"` // in its stream
	Tries    int       `json:"tries"`    // how often it was handed out
	// Reason is what it was given up with: kind and code as in "invalid.schema",
	// "panic", "max_deliveries" or "no_reason".
	Reason string `json:"reason"`
}

// Replay is one attempt at a dead letter. At a copy in an inbox each is on record
// twice: before the copy is taken away, and at its end.
type Replay struct {
	Letter uint64 // its place
	Time   time.Time
	Copy   *Copy // of an inbox alone
	Ended  bool
	// Reason is why it came to nothing; "" when the message was dealt with, or put
	// into the inbox again.
	Reason string
	// Put is the new place of the copy in its stream; 0 when there is none, because
	// the agency may not see it any more.
	Put uint64
}

// Copy is the copy of an event in an inbox, and what it was made from.
type Copy struct {
	Agency, Scope, Event string
	Source               uint64 // place in the ledger of the fact that it came with
}

// Stored is a message as it lies in its stream.
type Stored struct {
	Bytes []byte
	// Fact is what the bytes are; its zero value, when they are none that this
	// version can read.
	Fact services.Fact
	Copy *Copy // of an inbox alone
}

// Readable reports whether the bytes are a fact.
func (s Stored) Readable() bool { return s.Fact.ID() != "" }

// LetterState says whether a letter still needs somebody: a code of the list
// letter_state.
type LetterState string

// The states of a letter. The first two need somebody.
const (
	Open      LetterState = "open"       // nobody has replayed it, or that came to nothing
	BrokenOff LetterState = "broken_off" // a replay has begun, and its end is not on record
	Waiting   LetterState = "waiting"    // in the inbox again; its desk has not come to it yet
	Handled   LetterState = "handled"    // replayed, and dealt with
	Repeated  LetterState = "repeated"   // replayed, and given up again: that is a letter of its own
	Gone      LetterState = "gone"       // not there any more: nobody may see it now
)

// LetterStates is the list of the codes of a LetterState.
const LetterStates = "letter_state"

// Needs reports whether somebody has to look after it.
func (s LetterState) Needs() bool { return s == Open || s == BrokenOff }

// Letter is a dead letter as it is listed.
type Letter struct {
	DeadLetter
	Type      string      `json:"type,omitempty"`      // short name of its event's, when it can be read
	Event     string      `json:"event,omitempty"`     // the last 12 digits of its id
	Reference string      `json:"reference,omitempty"` // of its case, inspection or agency
	State     LetterState `json:"state"`               // how it stands
	// Replayed is when that was tried last, and Outcome why it came to nothing.
	Replayed time.Time `json:"replayed,omitzero"`
	Outcome  string    `json:"outcome,omitempty"`
}

// Query picks letters; its zero value those that need somebody.
type Query struct {
	All      bool
	Consumer string
	Reason   string
	Since    time.Time
	Limit    int // at most so many, and maxLetters
}

const (
	maxLetters = 500 // in one list
	shortEvent = 12  // digits
)

// LetterList is a list of letters, the newest first.
type LetterList struct {
	Letters []Letter `json:"letters"`        // those that were asked for
	More    bool     `json:"more,omitempty"` // there are older ones that fit
}

// DeadLetters lists letters, the newest first.
func (s *Service) DeadLetters(ctx context.Context, q Query) (LetterList, error) {
	b, err := s.book(ctx)
	if err != nil {
		return LetterList{}, err
	}
	limit := min(cmp.Or(q.Limit, maxLetters), maxLetters)
	list := LetterList{Letters: []Letter{}}
	for _, d := range slices.Backward(b.letters) {
		if !q.fits(d) {
			continue
		}
		l, _, err := s.look(ctx, b, d)
		switch {
		case services.KindOf(err) == services.Unknown:
		case err != nil:
			return LetterList{}, err
		case !q.All && !l.State.Needs():
		case len(list.Letters) == limit:
			list.More = true
			return list, nil
		default:
			list.Letters = append(list.Letters, l)
		}
	}
	return list, nil
}

func (q Query) fits(d DeadLetter) bool {
	return (q.Consumer == "" || q.Consumer == d.Consumer) && (q.Reason == "" || q.Reason == d.Reason) &&
		!d.Time.Before(q.Since)
}

// book is the record, read once.
type book struct {
	letters []DeadLetter
	last    map[uint64]Replay // by letter
}

// book reads the record. The consumer of an inbox has the name of the account; its
// agency is what people know.
func (s *Service) book(ctx context.Context) (book, error) {
	letters, replays, err := s.Record.DeadLetters(ctx, 0)
	b := book{letters, make(map[uint64]Replay, len(replays))}
	owners := s.owners()
	for i, d := range letters {
		letters[i].Consumer = cmp.Or(owners[d.Consumer], d.Consumer)
	}
	for _, r := range replays {
		r.Copy = cmp.Or(r.Copy, b.last[r.Letter].Copy)
		b.last[r.Letter] = r
	}
	return b, err
}

// owners are the agencies by their accounts.
func (s *Service) owners() map[string]string {
	owners := make(map[string]string)
	for _, a := range s.Registry.Agencies() {
		owners[schemas.Account(a.Keys)] = a.ID
	}
	return owners
}

// find is the letter at a place, which is Unknown when there is none.
func (b book) find(place uint64) (DeadLetter, error) {
	i := slices.IndexFunc(b.letters, func(d DeadLetter) bool { return d.Place == place })
	if i < 0 {
		return DeadLetter{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return b.letters[i], nil
}

// look reads what a letter is about, and says how it stands. It is Unknown when it is
// no letter, see theirs.
func (s *Service) look(ctx context.Context, b book, d DeadLetter) (Letter, Stored, error) {
	last := b.last[d.Place]
	stored, err := s.Record.Stored(ctx, d.Stream, cmp.Or(last.Put, d.Sequence))
	if err != nil && services.KindOf(err) != services.Unknown {
		return Letter{}, Stored{}, err
	}
	if !s.theirs(d, last.Copy, stored.Copy) {
		return Letter{}, Stored{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	l := Letter{DeadLetter: d, Replayed: last.Time, Outcome: last.Reason}
	if stored.Readable() {
		f := stored.Fact
		l.Type, l.Event = f.Name(), f.ID()[len(f.ID())-shortEvent:]
		l.Reference = reference(f.Scope())
	}
	l.State, err = s.state(ctx, b, d, err == nil)
	return l, stored, err
}

// theirs reports whether the agency whose inbox a letter is of has what the letter is
// about. Another agency's copy is named where somebody settled what it was never
// handed: the broker records that with the name of whoever says so.
func (s *Service) theirs(d DeadLetter, copies ...*Copy) bool {
	if d.Stream != StreamInbox {
		return true
	}
	_, err := s.known(d.Consumer)
	return err == nil && !slices.ContainsFunc(copies, func(c *Copy) bool { return c != nil && c.Agency != d.Consumer })
}

// reference is what people call a scope: an agency has its id.
func reference(scope schemas.Scope) string {
	if scope.Kind == schemas.ScopeAgency {
		return scope.ID
	}
	return schemas.Reference(scope.ID)
}

// state says how a letter stands whose message is there, or is not.
func (s *Service) state(ctx context.Context, b book, d DeadLetter, there bool) (LetterState, error) {
	last, tried := b.last[d.Place]
	switch {
	case tried && !last.Ended:
		return BrokenOff, nil
	case tried && last.Reason != "", !tried && there:
		return Open, nil
	case !tried, d.Stream == StreamInbox && !there:
		return Gone, nil
	case d.Stream != StreamInbox:
		return Handled, nil
	case b.again(d, last.Put):
		return Repeated, nil
	}
	a, _ := s.Registry.Agency(d.Consumer)
	taken, err := s.Inboxes.Taken(ctx, schemas.Account(a.Keys), last.Put)
	if taken {
		return Handled, err
	}
	return Waiting, err
}

// again reports whether what was put into an inbox again was given up again.
func (b book) again(d DeadLetter, put uint64) bool {
	return slices.ContainsFunc(b.letters, func(o DeadLetter) bool {
		return o.Stream == d.Stream && o.Consumer == d.Consumer && o.Sequence == put
	})
}

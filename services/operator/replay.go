package operator

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Remedy is what a replay would do with a letter.
type Remedy string

// The remedies.
const (
	HandOver Remedy = "hand_over" // hand the fact to the service again
	PutAgain Remedy = "put_again" // put the copy into the inbox of the agency again
	Nothing  Remedy = "nothing"   // it is settled, or cannot be read
)

// LetterPreview is a letter, what it is about, and what a replay would do. It holds
// what the hub reads anyway; the bytes only where somebody asks for them.
type LetterPreview struct {
	Letter
	ID       string    `json:"id,omitempty"`      // of the event
	Source   string    `json:"source,omitempty"`  // who filed it
	Subject  string    `json:"subject,omitempty"` // id of its scope
	Recorded time.Time `json:"recorded,omitzero"` // when the gate accepted it
	Digest   string    `json:"sha256,omitempty"`  // of the bytes, hex
	Size     int       `json:"size,omitempty"`    // of the bytes
	Remedy   Remedy    `json:"remedy"`            // what would be done
	To       string    `json:"to,omitempty"`      // the service, or the agency
	Bytes    []byte    `json:"bytes,omitempty"`   // the message, if asked for
}

// DeadLetter shows one letter by its place, with the bytes of its message if asked.
func (s *Service) DeadLetter(ctx context.Context, place uint64, bytes bool) (LetterPreview, error) {
	b, err := s.book(ctx)
	if err != nil {
		return LetterPreview{}, err
	}
	p, err := s.preview(ctx, b, place)
	if !bytes {
		p.Bytes = nil
	}
	return p, err
}

func (s *Service) preview(ctx context.Context, b book, place uint64) (LetterPreview, error) {
	d, err := b.find(place)
	if err != nil {
		return LetterPreview{}, err
	}
	l, stored, err := s.look(ctx, b, d)
	if err != nil {
		return LetterPreview{}, err
	}
	p := LetterPreview{Letter: l, Remedy: Nothing}
	if stored.Bytes != nil {
		p.Bytes, p.Size, p.Digest = stored.Bytes, len(stored.Bytes), schemas.Digest(stored.Bytes)
	}
	if f := stored.Fact; stored.Readable() {
		p.ID, p.Source, p.Subject, p.Recorded = f.ID(), f.Event.Source(), f.Scope().ID, f.Recorded
	}
	copied := b.last[place].Copy != nil || stored.Copy != nil
	switch {
	case !l.State.Needs():
	case d.Stream == StreamInbox && copied:
		p.Remedy, p.To = PutAgain, d.Consumer
	case d.Stream == StreamLedger && stored.Readable():
		p.Remedy, p.To = HandOver, d.Consumer
	}
	return p, nil
}

// Replay hands out once more what a letter is about, and returns the letter as it
// stands then. It is a Conflict when the letter needs nobody, or cannot be read.
func (s *Service) Replay(ctx context.Context, place uint64) (Letter, error) {
	release, err := s.letters.Acquire(ctx, struct{}{})
	if err != nil {
		return Letter{}, err
	}
	defer release()
	b, err := s.book(ctx)
	if err != nil {
		return Letter{}, err
	}
	p, err := s.preview(ctx, b, place)
	if err != nil {
		return Letter{}, err
	}
	switch p.Remedy {
	case HandOver:
		err = s.handOver(ctx, p.DeadLetter)
	case PutAgain:
		err = s.putAgain(ctx, p.DeadLetter, b.last[place].Copy)
	default:
		err = services.RefuseIn(string(p.State), "letter_settled")
	}
	if err != nil {
		return Letter{}, err
	}
	after, err := s.DeadLetter(ctx, place, false)
	return after.Letter, err
}

// handOver hands a fact of the ledger to the service that gave it up.
func (s *Service) handOver(ctx context.Context, d DeadLetter) error {
	stored, err := s.Record.Stored(ctx, StreamLedger, d.Sequence)
	if err != nil {
		return err
	}
	reason, err := s.Services.Again(ctx, d.Consumer, stored.Fact)
	if err != nil {
		return err
	}
	return s.Record.Replayed(ctx, Replay{Letter: d.Place, Time: s.Now(), Ended: true, Reason: reason})
}

// putAgain takes the copy of an event out of an inbox, and has delivery handle the
// fact again that it came with. Delivery alone puts into inboxes, one fact at a
// time: a copy that somebody else put back might be one that its agency has just
// lost. That it begins is on record first. Whoever finds it broken off knows what
// was taken away, and goes on.
func (s *Service) putAgain(ctx context.Context, d DeadLetter, began *Copy) error {
	copied := began
	stored, err := s.Record.Stored(ctx, StreamInbox, d.Sequence)
	switch {
	case err == nil:
		copied = stored.Copy
	case services.KindOf(err) != services.Unknown:
		return err
	}
	r := Replay{Letter: d.Place, Time: s.Now(), Copy: copied}
	if err := s.Record.Replayed(ctx, r); err != nil {
		return err
	}
	if err := s.Inboxes.Remove(ctx, copied.Agency, copied.Scope, copied.Event); err != nil {
		return err
	}
	source, err := s.Record.Stored(ctx, StreamLedger, copied.Source)
	if err != nil {
		return err
	}
	if r.Reason, err = s.Services.Again(ctx, schemas.Delivery, source.Fact); err != nil {
		return err
	}
	if r.Put, err = s.Inboxes.Find(ctx, copied.Agency, copied.Scope, copied.Event); err != nil {
		return err
	}
	r.Ended = true
	return s.Record.Replayed(ctx, r)
}

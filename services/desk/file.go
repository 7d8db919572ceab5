package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Answer is what becomes of a post that was not refused.
type Answer struct {
	Event string `json:"event"` // its id
	// Scope is the case or inspection that the event is about; Reference its
	// short name.
	Scope     string `json:"scope"`
	Reference string `json:"reference"`
	// Receipt is left out while the event waits in the outbox.
	Receipt *services.Receipt `json:"receipt,omitempty"`
	// Behind is the parked event that it waits behind, if that is why it waits.
	Behind string `json:"behind,omitempty"`
	// Warnings say what is probably not meant so, and Questions what is not known
	// yet and will be needed. Neither stands in the way of the event. Their pointers
	// are those of the event that was posted, or of the input of a verb.
	Warnings  []schemas.Problem `json:"warnings,omitempty"`
	Questions []schemas.Problem `json:"questions,omitempty"`
}

// Waits reports whether the event is not in the ledger yet. It will be sent.
func (a Answer) Waits() bool { return a.Receipt == nil }

// Result is the answer to one event of a batch, or its refusal.
type Result struct {
	Answer Answer
	Err    error
}

// post is one event as somebody gave it to the desk.
type post struct {
	schemas.Open
	digest []byte // of the bytes that were given
}

// File files an event in open form, at most schemas.MaxEvent bytes. The same
// bytes again get the same answer, at any time; other bytes under the same id
// are a Conflict with services.CodeIDReused. Refusals of the desk itself (input,
// schema, a section's schema; Unknown for a referral that is not in the view;
// a Conflict when its sections are for nobody else now; Later while the keys of a
// receiver are not known) store nothing.
func (s *Service) File(ctx context.Context, raw []byte) (Answer, error) {
	open, err := schemas.DecodeOpen(raw, s.party())
	if err != nil {
		return Answer{}, refuseOpen(err)
	}
	return s.file(ctx, post{Open: open, digest: s.digest(raw)})
}

// FileBatch files a JSON array of events in open form, in order, each by itself.
// A batch that cannot be read whole is refused whole. After one that is refused,
// the rest of the same scope is not filed and answers with the same refusal.
func (s *Service) FileBatch(ctx context.Context, raw []byte) ([]Result, error) {
	batch, err := schemas.DecodeOpenBatch(raw, s.party())
	if err != nil {
		return nil, refuseOpen(err)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil || len(elements) != len(batch) {
		return nil, services.Refuse(services.Internal, "batch")
	}
	results := make([]Result, len(batch))
	refused := make(map[string]error)
	for i, open := range batch {
		if err := refused[open.Subject]; err != nil {
			results[i].Err = err
			continue
		}
		results[i].Answer, results[i].Err = s.file(ctx, post{Open: open, digest: s.digest(elements[i])})
		if results[i].Err != nil {
			refused[open.Subject] = results[i].Err
		}
	}
	return results, nil
}

// refuseOpen turns what DecodeOpen found into a refusal: a foreign source is
// Forbidden, whatever else is wrong.
func refuseOpen(err error) error {
	refusal := services.RefuseInput(err)
	foreign := func(p schemas.Problem) bool { return p.Code == schemas.CodeSource }
	if slices.ContainsFunc(refusal.Problems, foreign) {
		return services.Refuse(services.Forbidden, schemas.CodeSource)
	}
	return refusal
}

func (s *Service) party() schemas.Party { return schemas.Party{Agency: s.Agency} }

func (s *Service) digest(posted []byte) []byte {
	h := hmac.New(sha256.New, s.Key)
	_, _ = h.Write(posted)
	return h.Sum(nil)
}

// file puts the post into the outbox, unless it is there, and waits for its
// answer.
func (s *Service) file(ctx context.Context, p post) (Answer, error) {
	if row, err := s.Store.Row(ctx, p.ID); err == nil {
		return s.repeat(ctx, row, p)
	}
	row, err := s.enqueue(ctx, p)
	if err != nil {
		return Answer{}, err
	}
	return s.repeat(ctx, row, p)
}

// repeat answers a post whose row is in the outbox.
func (s *Service) repeat(ctx context.Context, row Row, p post) (Answer, error) {
	if !hmac.Equal(row.Digest, p.digest) {
		return Answer{}, services.Refuse(services.Conflict, services.CodeIDReused)
	}
	answer := s.await
	if row.Standing == Sent || row.Standing == Refused {
		answer = s.answer
	}
	a, err := answer(ctx, row)
	if err != nil {
		return Answer{}, err
	}
	advice := s.advise(ctx, row.Raw, p.Sections)
	a.Warnings, a.Questions = advice.Warnings, advice.Questions
	return a, nil
}

// enqueue prepares a post and stores its rows. It returns the row that is there
// in the end: of two equal posts at once, the first one's.
func (s *Service) enqueue(ctx context.Context, p post) (Row, error) {
	done, err := s.filing.Acquire(ctx, p.Subject)
	if err != nil {
		return Row{}, services.Because(services.Later, codeBusy, err)
	}
	defer done()
	row, err := s.Store.Row(ctx, p.ID)
	if services.KindOf(err) != services.Unknown {
		return row, err
	}
	f, err := s.prepare(ctx, p)
	if err != nil {
		return Row{}, err
	}
	err = s.Store.Append(ctx, f.rows, f.kept)
	if err != nil && services.KindOf(err) != services.Conflict {
		return Row{}, err
	}
	return s.Store.Row(ctx, p.ID)
}

// await sends what waits before the row, then the row, and answers it. A hub
// that is away, or a queue that stands still, leaves it waiting.
func (s *Service) await(ctx context.Context, row Row) (Answer, error) {
	leave := s.present.enter(row.Event)
	defer leave()
	if p := s.send(ctx, row.Scope, row.Event); p.left {
		s.nudge()
	}
	ctx = context.WithoutCancel(ctx) // the row is there, whatever becomes of the caller
	row, err := s.Store.Row(ctx, row.Event)
	if err != nil {
		return Answer{}, err
	}
	if row.Standing == Parked {
		s.settleTold(ctx, row)
	}
	return s.answer(ctx, row)
}

// settleTold settles a parked row whose poster hears the refusal now, if nobody's
// later event waits behind it.
func (s *Service) settleTold(ctx context.Context, row Row) {
	done, err := s.filing.Acquire(ctx, row.Scope)
	if err != nil {
		return
	}
	defer done()
	if s.last(ctx, row) {
		_ = s.Store.Settle(ctx, row.Event, Verdict{Standing: Refused, Refusal: row.Refusal})
	}
}

// answer says how a row stands.
func (s *Service) answer(ctx context.Context, row Row) (Answer, error) {
	if row.Refusal != nil {
		return Answer{}, row.Refusal
	}
	a := Answer{
		Event: row.Event, Scope: row.Scope, Reference: schemas.Reference(row.Scope),
		Receipt: row.Receipt,
	}
	if a.Waits() {
		rows, err := s.Store.Queue(ctx, row.Scope)
		if err == nil && len(rows) > 0 && rows[0].Standing == Parked {
			a.Behind = rows[0].Event
		}
	}
	return a, nil
}

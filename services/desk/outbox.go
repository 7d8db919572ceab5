package desk

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Pauses between two attempts to send what has to wait: from the first on, each
// twice the one before.
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// sendAll sends what waits, as long as ctx lasts. It is the owner of whatever no
// caller stays for.
func (s *Service) sendAll(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		sent, left := s.sweep(ctx)
		switch {
		case !left:
			pause = firstPause
			s.rest(ctx, 0)
			continue
		case sent:
			pause = firstPause
		}
		s.rest(ctx, pause)
		pause = min(2*pause, maxPause)
	}
}

// sweep tries every queue once, and reports whether anything was settled and
// whether anything has to be tried again. When the hub is away it stops.
func (s *Service) sweep(ctx context.Context) (sent, left bool) {
	queues, err := s.Store.Waiting(ctx)
	if err != nil {
		return false, true
	}
	for _, queue := range queues {
		p := s.send(ctx, queue, "")
		sent, left = sent || p.settled > 0, left || p.left
		if p.away || ctx.Err() != nil {
			return sent, true
		}
	}
	return sent, left
}

// progress is what became of an attempt to send a queue.
type progress struct {
	settled int  // rows
	left    bool // there is more, to be tried again
	away    bool // because the hub does not answer
}

// send sends what waits in one queue, in order, until something has to wait, or
// the row of until is settled. While the hub is away, nobody tries for one row:
// the sender finds out when it is back, so that no poster waits in vain.
func (s *Service) send(ctx context.Context, queue, until string) progress {
	inVain := func() bool { return until != "" && s.away.Load() }
	if inVain() {
		return progress{left: true, away: true}
	}
	done, err := s.sending.Acquire(ctx, queue)
	if err != nil {
		return progress{left: true}
	}
	defer done()
	if inVain() { // whoever was before us found out
		return progress{left: true, away: true}
	}
	var p progress
	for {
		rows, err := s.Store.Queue(ctx, queue)
		if err != nil {
			return progress{settled: p.settled, left: true}
		}
		if len(rows) == 0 || rows[0].Standing == Parked {
			return p
		}
		refusal := s.sendRow(ctx, rows[0].Event)
		if refusal != nil {
			return progress{settled: p.settled, left: !s.stuck(ctx, rows[0]), away: refusal.Code == services.CodeBusAway}
		}
		p.settled++
		if rows[0].Event == until {
			return progress{settled: p.settled, left: true}
		}
	}
}

// stuck reports whether a row was parked.
func (s *Service) stuck(ctx context.Context, row Row) bool {
	row, err := s.Store.Row(ctx, row.Event)
	return err == nil && row.Standing == Parked
}

// sendRow submits one row and settles it. It returns nil when the next one may
// go, or else why not.
func (s *Service) sendRow(ctx context.Context, event string) *services.Error {
	row, err := s.Store.Row(ctx, event)
	if err != nil {
		return services.AsError(err)
	}
	if err := s.inTurn(ctx, row); err != nil {
		return services.AsError(err)
	}
	receipt, err := s.submit(ctx, row)
	if ctx.Err() != nil {
		return services.Because(services.Later, codeBusy, ctx.Err())
	}
	s.away.Store(err != nil && services.AsError(err).Code == services.CodeBusAway)
	s.observe(ctx, row, err)
	if err != nil {
		return s.refuse(ctx, row, services.AsError(err))
	}
	if err := s.Store.Settle(ctx, event, Verdict{Standing: Sent, Receipt: &receipt}); err != nil {
		return services.AsError(err)
	}
	if row.Type == agencyCapacityChanged {
		_ = s.refresh(ctx) // soon it would come by itself; people look at once
	}
	return nil
}

// observe reports an attempt without what it was about.
func (s *Service) observe(ctx context.Context, row Row, err error) {
	if s.Observe == nil {
		return
	}
	if err != nil {
		e := services.AsError(err)
		err = services.Refuse(e.Kind, e.Code)
	}
	s.Observe(ctx, row.Type, err)
}

// refuse leaves a refused row waiting, settles or parks it. It returns nil when
// it is settled.
func (s *Service) refuse(ctx context.Context, row Row, refusal *services.Error) *services.Error {
	if refusal.Kind == services.Later || refusal.Kind == services.Internal {
		return refusal
	}
	done, err := s.filing.Acquire(ctx, row.Scope) // nobody comes behind it meanwhile
	if err != nil {
		return refusal
	}
	defer done()
	v := Verdict{Standing: Parked, Refusal: refusal}
	if row.Own() && !signedBefore(refusal) || s.present.has(row.Event) && s.last(ctx, row) {
		v.Standing = Refused
	}
	if err := s.Store.Settle(ctx, row.Event, v); err != nil || v.Standing == Parked {
		return refusal
	}
	return nil
}

// signedBefore reports that the gate does not take the key any more with which the
// event was signed: it was renewed while the event waited.
func signedBefore(refusal *services.Error) bool {
	return refusal.Kind == services.Unauthorized && refusal.Code == codeSignature
}

// last reports whether nobody's later event waits behind the row.
func (s *Service) last(ctx context.Context, row Row) bool {
	rows, err := s.Store.Queue(ctx, row.Scope)
	if err != nil {
		return false
	}
	for _, r := range rows {
		if r.Order > row.Order && !r.Own() {
			return false
		}
	}
	return true
}

// submit puts the row's sections into the vault, files the event, and checks its
// receipt.
func (s *Service) submit(ctx context.Context, row Row) (services.Receipt, error) {
	kept, err := s.Store.OfEvent(ctx, row.Event)
	if err != nil {
		return services.Receipt{}, err
	}
	for _, k := range kept {
		if !k.Vault {
			continue
		}
		r := services.SealRequest{Event: k.Event, Section: k.Section, Ciphertext: k.Ciphertext}
		if _, err := s.Bus.Seal(ctx, r); err != nil {
			return services.Receipt{}, err
		}
	}
	receipt, err := s.Bus.Submit(ctx, row.Raw)
	if err != nil {
		return services.Receipt{}, err
	}
	return receipt, s.checkReceipt(ctx, row, receipt)
}

// inTurn lets the opening of a case wait for what was filed before it of the
// inspections that it cites.
func (s *Service) inTurn(ctx context.Context, row Row) error {
	if row.Type != caseOpened {
		return nil
	}
	f, err := services.NewFact(row.Raw, 0, time.Time{}, "")
	if err != nil {
		return err
	}
	opened, _ := f.Data.(schemas.CaseOpened)
	for _, cited := range opened.From {
		rows, err := s.Store.Queue(ctx, cited.Inspection)
		if err != nil {
			return err
		}
		if len(rows) > 0 && rows[0].Order < row.Order {
			return services.Refuse(services.Later, codeInspection)
		}
	}
	return nil
}

// Retry sends a parked event again, as it is. It is Unknown when there is no
// such event, a Conflict when it is not parked.
func (s *Service) Retry(ctx context.Context, event string) (Answer, error) {
	row, err := s.parked(ctx, event)
	if err != nil {
		return Answer{}, err
	}
	if err := s.Store.Settle(ctx, event, Verdict{Standing: Waiting}); err != nil {
		return Answer{}, err
	}
	return s.await(ctx, row)
}

// Discard settles a parked event as refused, so that the queue behind it goes
// on. It answers as Retry does.
func (s *Service) Discard(ctx context.Context, event string) error {
	row, err := s.parked(ctx, event)
	if err != nil {
		return err
	}
	err = s.Store.Settle(ctx, event, Verdict{Standing: Refused, Refusal: row.Refusal})
	s.nudge()
	return err
}

func (s *Service) parked(ctx context.Context, event string) (Row, error) {
	row, err := s.Store.Row(ctx, event)
	if err != nil {
		return Row{}, err
	}
	if row.Standing != Parked {
		return Row{}, services.RefuseIn(string(row.Standing), "not_parked")
	}
	return row, nil
}

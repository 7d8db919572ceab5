package operator

import (
	"context"
	"fmt"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Member is an agency as the operator sees it.
type Member struct {
	ID     string            `json:"agency"` // its id
	Kind   string            `json:"kind"`   // a code of the list agency_kind
	Name   map[string]string `json:"name"`   // by language
	Status string            `json:"status"` // a code of the list agency_status
	// Account is its account on the bus, and the name of the consumer of its inbox.
	Account string `json:"account,omitempty"`
	// Hosted says that its desk runs beside the hub.
	Hosted bool `json:"hosted"`
	// Holds are the cases that wait for it; left out of lists.
	Holds []HeldCase `json:"holds,omitempty"`
}

// HeldCase is a case that an agency holds something of.
type HeldCase struct {
	Case      string          `json:"case"`      // its id
	Reference string          `json:"reference"` // what people call it
	Holds     []casefile.Hold `json:"holds"`     // what of it
}

// Members lists the agencies of the directory, sorted by id; those that have left
// among them, and the hub not.
func (s *Service) Members() []Member {
	list := []Member{}
	for _, a := range s.Registry.Agencies() {
		if a.ID != schemas.HubAgency {
			list = append(list, s.row(a))
		}
	}
	return list
}

func (s *Service) row(a casefile.Agency) Member {
	return Member{
		ID: a.ID, Kind: a.Kind, Name: a.Name, Status: a.Status, Account: schemas.Account(a.Keys), Hosted: s.Desks.Hosts(a.ID),
	}
}

// Member shows one agency, with the cases that wait for it.
func (s *Service) Member(ctx context.Context, id string) (Member, error) {
	a, err := s.known(id)
	if err != nil {
		return Member{}, err
	}
	row := s.row(a)
	row.Holds, err = s.holds(ctx, id)
	return row, err
}

// known finds an agency; it is Unknown when there is none.
func (s *Service) known(id string) (casefile.Agency, error) {
	a, ok := s.Registry.Agency(id)
	if !ok || id == schemas.HubAgency {
		return casefile.Agency{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return a, nil
}

// holds lists the cases that wait for an agency, by what lies in its inbox: it
// holds nothing of a case that it was never shown.
func (s *Service) holds(ctx context.Context, agency string) ([]HeldCase, error) {
	scopes, err := s.Inboxes.Scopes(ctx, agency)
	if err != nil {
		return nil, err
	}
	var held []HeldCase
	for _, id := range scopes {
		facts, err := s.History.Read(ctx, schemas.Scope{Kind: schemas.ScopeCase, ID: id})
		if err != nil {
			return nil, err
		}
		if holds := casefile.Fold(facts).Held(agency); len(holds) > 0 {
			held = append(held, HeldCase{id, schemas.Reference(id), holds})
		}
	}
	return held, nil
}

// order is one order about an agency: nobody else gives one meanwhile.
func (s *Service) order(ctx context.Context, id string, carryOut func(casefile.Agency) error) (Member, error) {
	release, err := s.orders.Acquire(ctx, id)
	if err != nil {
		return Member{}, err
	}
	defer release()
	a, err := s.known(id)
	if err == nil {
		err = carryOut(a)
	}
	if err != nil {
		return Member{}, err
	}
	a, err = s.known(id)
	return s.row(a), err
}

// present refuses an agency that has left: that is for ever.
func present(a casefile.Agency) error {
	if a.Status == casefile.StatusClosed {
		return services.RefuseIn(a.Status, "agency_closed")
	}
	return nil
}

// Suspend shuts an agency out at once: its desk, if it runs here, answers nothing,
// the bus ends its connections, and the gate takes nothing from it. It is offered
// nothing; what happens meanwhile waits in its inbox.
func (s *Service) Suspend(ctx context.Context, id string) (Member, error) {
	return s.order(ctx, id, func(a casefile.Agency) error { return s.suspend(ctx, a) })
}

// suspend cuts off first, and then has it written: a ledger that takes nothing, as one
// that is full, keeps nobody in. The desk is frozen before the bus shuts its door on it.
func (s *Service) suspend(ctx context.Context, a casefile.Agency) error {
	if err := present(a); err != nil {
		return err
	}
	if s.Desks.Hosts(a.ID) {
		if err := s.Desks.Freeze(ctx, a.ID); err != nil {
			return err
		}
	}
	if err := s.Accounts.Suspend(ctx, a.ID); err != nil {
		return err
	}
	return s.setStatus(ctx, a, casefile.StatusSuspended)
}

func (s *Service) setStatus(ctx context.Context, a casefile.Agency, status string) error {
	if a.Status == status {
		return nil
	}
	return s.Registry.SetStatus(ctx, a.ID, status)
}

// Resume undoes Suspend, also one that the directory was not told of.
func (s *Service) Resume(ctx context.Context, id string) (Member, error) {
	return s.order(ctx, id, func(a casefile.Agency) error {
		if err := present(a); err != nil {
			return err
		}
		if err := s.setStatus(ctx, a, casefile.StatusActive); err != nil {
			return err
		}
		if _, err := s.Accounts.Open(ctx, id); err != nil || !s.Desks.Hosts(id) {
			return err
		}
		_, err := s.Desks.Open(ctx, id)
		return err
	})
}

// Offboard lets an agency go: it is shut out, closed in the directory, and its
// account, its inbox and the access to its desk are gone. It returns the agency
// with the cases that waited for it when it went, which somebody has to take over.
func (s *Service) Offboard(ctx context.Context, id string) (Member, error) {
	var held []HeldCase
	a, err := s.order(ctx, id, func(a casefile.Agency) error {
		err := s.dismiss(ctx, a)
		if err == nil {
			held, err = s.holds(ctx, id)
		}
		if err != nil {
			return err
		}
		return s.end(ctx, id)
	})
	a.Holds = held
	return a, err
}

// dismiss closes an agency, unless it is closed. It is shut out first, so that nothing
// more comes from it; and what was under way to it has arrived before. What delivery
// had in hand when it was closed has arrived too when dismiss returns: from then on
// nothing is put into its inbox.
func (s *Service) dismiss(ctx context.Context, a casefile.Agency) error {
	if a.Status != casefile.StatusClosed {
		if err := s.suspend(ctx, a); err != nil {
			return err
		}
		if err := s.Services.Handled(ctx); err != nil {
			return err
		}
		if err := s.setStatus(ctx, a, casefile.StatusClosed); err != nil {
			return err
		}
	}
	return s.Services.Handled(ctx)
}

// end takes away what an agency leaves: the access to its desk, and its inbox.
func (s *Service) end(ctx context.Context, id string) error {
	if s.Desks.Hosts(id) {
		if err := s.Desks.Close(ctx, id); err != nil {
			return err
		}
	}
	return s.Inboxes.Empty(ctx, id)
}

// Restore has the desks and the inboxes agree with the directory, after a start: an
// order may have been broken off.
func (s *Service) Restore(ctx context.Context) error {
	for _, a := range s.Registry.Agencies() {
		var err error
		switch {
		case a.Status == casefile.StatusClosed:
			err = s.end(ctx, a.ID)
		case !s.Desks.Hosts(a.ID):
		case a.Active():
			_, err = s.Desks.Open(ctx, a.ID)
		default:
			err = s.Desks.Freeze(ctx, a.ID)
		}
		if err != nil {
			return fmt.Errorf("desk of %s: %w", a.ID, err)
		}
	}
	return nil
}

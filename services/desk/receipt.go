package desk

import (
	"context"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Receipt returns the receipt of an event that this agency filed. It is Unknown
// when it filed none such, Later while the event waits, and the refusal when it
// was refused.
func (s *Service) Receipt(ctx context.Context, event string) (services.Receipt, error) {
	if !schemas.ValidEventID(event) {
		return services.Receipt{}, notVisible()
	}
	row, err := s.Store.Row(ctx, event)
	switch {
	case err != nil:
		return services.Receipt{}, err
	case row.Refusal != nil:
		return services.Receipt{}, row.Refusal
	case row.Receipt == nil:
		return services.Receipt{}, services.Refuse(services.Later, string(Waiting))
	}
	return *row.Receipt, nil
}

// checkReceipt holds what the hub answered against the row that was submitted.
// A receipt for something else, or one that the hub did not sign even by a fresh
// directory, proves nothing: it is Later, so that the row is submitted again.
func (s *Service) checkReceipt(ctx context.Context, row Row, r services.Receipt) error {
	if r.Event != row.Event || r.SHA256 != schemas.Digest(row.Raw) {
		return services.Refuse(services.Later, codeReceipt)
	}
	if s.Receipts.VerifyReceipt(r) == nil {
		return nil
	}
	if err := s.refresh(ctx); err != nil {
		return err
	}
	if err := s.Receipts.VerifyReceipt(r); err != nil {
		return services.Because(services.Later, codeReceipt, err)
	}
	return nil
}

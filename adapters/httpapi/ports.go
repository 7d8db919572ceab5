package httpapi

import (
	"context"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// Desks finds the desk that a request is for. Desks come and go while the API runs.
type Desks interface {
	// Enter begins a visit at the desk of an agency. It is Forbidden with
	// services.CodeSuspended when the agency is shut out, and Unauthorized when there is
	// no such desk.
	Enter(ctx context.Context, agency string) (Visit, error)
}

// Visit is one request at a desk.
type Visit struct {
	Desk    Desk
	Context context.Context // ends with the request's own, or when the desk stops
	Leave   func()          // is called when the request is over; it may be called once
}

// DeskTable is a fixed set of desks, by agency.
type DeskTable map[string]Desk

// Enter finds the desk of an agency.
func (t DeskTable) Enter(ctx context.Context, agency string) (Visit, error) {
	d, ok := t[agency]
	if !ok {
		return Visit{}, errToken
	}
	return Visit{d, ctx, func() {}}, nil
}

// Desk is what the API needs of one agency's desk. Every refusal is a
// *services.Error, and what the agency may not see is Unknown.
type Desk interface {
	Filing
	Outbox
	Acting
	Listing
	Routing
	Tracing
	Telling
	Managing
	Sending
}

// Filing takes events in open form.
type Filing interface {
	File(ctx context.Context, raw []byte) (desk.Answer, error)
	FileBatch(ctx context.Context, raw []byte) ([]desk.Result, error)
	Receipt(ctx context.Context, event string) (services.Receipt, error)
}

// Outbox decides about an event that was refused and holds up its case.
type Outbox interface {
	Retry(ctx context.Context, event string) (desk.Answer, error)
	Discard(ctx context.Context, event string) error
}

// Acting says a word about a referral, a case or a batch of them, and opens what is
// sealed.
type Acting interface {
	Act(ctx context.Context, verb, referral string, in desk.ActInput) (desk.Answer, error)
	ActOnCase(ctx context.Context, verb, id string, in desk.ActInput) (desk.Answer, error)
	ActOnBatch(ctx context.Context, verb, batch string, in desk.ActInput) (desk.BatchAnswer, error)
	OpenSection(ctx context.Context, in desk.OpenInput) ([]byte, error)
}

// Listing lists what the agency can see.
type Listing interface {
	Inbox(ctx context.Context) ([]desk.Item, error)
	Cases(ctx context.Context) ([]desk.Case, error)
	Agencies() []desk.Agency
}

// Routing tells whom a referral would be offered to.
type Routing interface {
	Route(ctx context.Context, in desk.RouteInput) (desk.Route, error)
}

// Tracing shows one case, by id or reference.
type Tracing interface {
	Case(ctx context.Context, name string) (desk.Case, error)
	Trace(ctx context.Context, name string) (desk.Trace, error)
}

// Telling tells what the desk was shown, in the order in which it came. Places
// ascend.
type Telling interface {
	Feed(ctx context.Context, after uint64, limit int) (told []desk.Told, last uint64, err error)
	Last(ctx context.Context) (uint64, error)
	News() <-chan struct{}
	Event(ctx context.Context, name, event string) (services.Fact, error)
}

// Managing makes and ends the tokens of a desk.
type Managing interface {
	Tokens(ctx context.Context) ([]desk.Token, error)
	AddToken(ctx context.Context, maker services.Grant, in desk.TokenInput) (desk.NewToken, error)
	RevokeToken(ctx context.Context, id string) (desk.Token, error)
}

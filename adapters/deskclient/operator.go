package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/operator"
)

// Operator speaks for the hub's operator, with the token of the hub's own file.
type Operator struct{ c *Client }

// NewOperator returns a client of the hub that the file names. It does not connect
// yet.
func NewOperator(f DeskFile) *Operator { return &Operator{New(f)} }

// Members lists the agencies of the directory, sorted by id.
func (o *Operator) Members(ctx context.Context) ([]operator.Member, error) {
	var list struct {
		Agencies []operator.Member `json:"agencies"`
	}
	err := o.c.get(ctx, &list, "operator", "agencies")
	return list.Agencies, err
}

// Member shows an agency, with the cases that wait for it.
func (o *Operator) Member(ctx context.Context, agency string) (operator.Member, error) {
	var m operator.Member
	err := o.c.get(ctx, &m, "operator", "agencies", agency)
	return m, err
}

// Add admits an agency. The same again completes what was broken off.
func (o *Operator) Add(ctx context.Context, agency string, in operator.AddInput) (operator.Access, error) {
	var a operator.Access
	err := o.c.post(ctx, in, &a, "operator", "agencies", agency)
	return a, err
}

// Rotate renews how an agency comes in.
func (o *Operator) Rotate(ctx context.Context, agency string, in operator.RotateInput) (operator.Access, error) {
	var a operator.Access
	err := o.c.post(ctx, in, &a, "operator", "agencies", agency, "rotate")
	return a, err
}

// Suspend shuts an agency out at once.
func (o *Operator) Suspend(ctx context.Context, agency string) (operator.Member, error) {
	return o.order(ctx, agency, "suspend")
}

// Resume lets an agency in again.
func (o *Operator) Resume(ctx context.Context, agency string) (operator.Member, error) {
	return o.order(ctx, agency, "resume")
}

// Offboard lets an agency go for ever, and returns it with the cases that waited for
// it.
func (o *Operator) Offboard(ctx context.Context, agency string) (operator.Member, error) {
	return o.order(ctx, agency, "offboard")
}

func (o *Operator) order(ctx context.Context, agency, verb string) (operator.Member, error) {
	var m operator.Member
	err := o.c.post(ctx, struct{}{}, &m, "operator", "agencies", agency, verb)
	return m, err
}

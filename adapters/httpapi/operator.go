package httpapi

import (
	"context"
	"net/http"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// Operator carries out the orders of the hub's operator. Every refusal is a
// *services.Error.
type Operator interface {
	Members() []operator.Member
	Member(ctx context.Context, id string) (operator.Member, error)
	Add(ctx context.Context, id string, in operator.AddInput) (operator.Access, error)
	Rotate(ctx context.Context, id string, in operator.RotateInput) (operator.Access, error)
	Suspend(ctx context.Context, id string) (operator.Member, error)
	Resume(ctx context.Context, id string) (operator.Member, error)
	Offboard(ctx context.Context, id string) (operator.Member, error)
	DeadLetters
}

var _ Operator = (*operator.Service)(nil)

// operate is a handler that has an operator; there is nothing where none is served.
func operate(handle func(*call, Operator) (answer, error)) handler {
	return func(c *call) (answer, error) {
		if c.api.Operator == nil {
			return answer{}, errNotVisible
		}
		return handle(c, c.api.Operator)
	}
}

var docMembers = doc{
	id: "listMembers", summary: "List the agencies as the operator sees them",
	answers: []content{{status: 200, says: "The agencies, those that have left among them.", shape: listOf[operator.Member]("agencies")}},
}

// listMembers lists the agencies of the directory as the operator sees them.
func listMembers(_ *call, op Operator) (answer, error) {
	return ok(map[string][]operator.Member{"agencies": listed(op.Members())}), nil
}

var docMember = doc{
	id: "showMember", summary: "Show an agency, with the cases that wait for it",
	answers: []content{{status: 200, says: "The agency.", shape: of[operator.Member]}},
}

// showMember shows one agency, with the cases that wait for it.
func showMember(c *call, op Operator) (answer, error) {
	a, err := op.Member(c.Context(), c.PathValue("agency"))
	return ok(a), err
}

var docAddMember = doc{
	id: "addMember", summary: "Admit an agency",
	about: "With keys and a user, its desk is its own, and the answer says how it reaches the bus; without, its " +
		"desk runs beside the hub from now on. The same again completes what was broken off.",
	takes:   []content{{shape: input[operator.AddInput]}},
	answers: []content{{status: 201, says: "How it comes in.", shape: of[operator.Access]}},
	refuses: []services.Kind{services.Conflict},
}

// addMember admits an agency, and answers how it comes in.
func addMember(c *call, op Operator) (answer, error) {
	var in operator.AddInput
	if err := c.input(&in); err != nil {
		return answer{}, err
	}
	access, err := op.Add(c.Context(), c.PathValue("agency"), in)
	return answer{status: http.StatusCreated, body: access}, err
}

var docOrderMember = doc{
	id: "orderMember", summary: "Suspend, resume, rotate or offboard an agency",
	about: "`suspend` shuts it out at once, and `resume` lets it in again. `rotate` ends what it came in by and renews " +
		"it: for a desk of its own it takes the new user. `offboard` lets it go for ever; the answer lists the cases " +
		"that waited for it. Each may be repeated.",
	verbs:   []string{"suspend", "resume", "rotate", "offboard"},
	takes:   []content{{shape: input[operator.RotateInput]}},
	answers: []content{{status: 200, says: "The agency as it is now; after rotate, how it comes in.", shape: of[operator.Access]}},
	refuses: []services.Kind{services.Conflict},
}

// orderMember says a word about an agency.
func orderMember(c *call, op Operator) (answer, error) {
	id := c.PathValue("agency")
	order := map[string]func(context.Context, string) (operator.Member, error){
		"suspend": op.Suspend, "resume": op.Resume, "offboard": op.Offboard,
	}[c.PathValue("verb")]
	switch {
	case order != nil:
		if err := c.input(&struct{}{}); err != nil {
			return answer{}, err
		}
		a, err := order(c.Context(), id)
		return ok(a), err
	case c.PathValue("verb") != "rotate":
		return answer{}, errNotVisible
	}
	var in operator.RotateInput
	if err := c.input(&in); err != nil {
		return answer{}, err
	}
	access, err := op.Rotate(c.Context(), id, in)
	return ok(access), err
}

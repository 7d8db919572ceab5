package services

import "context"

// AnswerSubmit returns the answerer of "submit": it files the event in the body
// and replies with its receipt. Nothing else follows: services that react read
// the ledger.
func AnswerSubmit(g Gate) Answerer { return door{g} }

// door is a gate that is asked over the bus.
type door struct{ gate Gate }

// Name returns "intake".
func (door) Name() string { return "intake" }

// Answer files the event in the body of a submit.
func (d door) Answer(ctx context.Context, from Party, r Request) (Reply, []Decision, error) {
	if r.Verb != VerbSubmit {
		return nil, nil, Refuse(Invalid, "verb")
	}
	receipt, err := d.gate.Submit(ctx, from, r.Body)
	if err != nil {
		return nil, nil, err
	}
	return receipt, nil, nil
}

package natsbus

import (
	"container/list"
	"sync"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// recent keeps the decoded facts of the scopes that were read or written last,
// so that only what is new is read and decoded.
//
// The slices that it gives out are capped at their length: whoever appends to
// one gets a copy, and only recent itself writes behind its end.
type recent struct {
	limit int

	mu     sync.Mutex
	scopes map[schemas.Scope]*list.Element
	order  *list.List // of *history, most recently used first
}

// history is the beginning of a scope, as far as it is known, without gaps.
type history struct {
	scope schemas.Scope
	facts []services.Fact
}

func newRecent(limit int) *recent {
	return &recent{limit: limit, scopes: make(map[schemas.Scope]*list.Element), order: list.New()}
}

// get returns what is known of a scope.
func (r *recent) get(s schemas.Scope) []services.Fact {
	r.mu.Lock()
	defer r.mu.Unlock()
	if el, ok := r.scopes[s]; ok {
		r.order.MoveToFront(el)
		return capped(el.Value.(*history).facts)
	}
	return nil
}

// put remembers a scope from its first fact on, unless more of it is known.
func (r *recent) put(s schemas.Scope, facts []services.Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.touch(s)
	if len(facts) > len(h.facts) {
		h.facts = facts
	}
}

// add remembers a fact that was stored as the next one after the sequence
// after. It does nothing when what is known ends elsewhere.
func (r *recent) add(after uint64, f services.Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.scopes[f.Scope()]; !known && after != 0 {
		return
	}
	h := r.touch(f.Scope())
	if lastSequence(h.facts) == after {
		h.facts = append(h.facts, f)
	}
}

// touch returns the history of a scope as the most recently used one, and
// forgets the least recently used when there are too many.
func (r *recent) touch(s schemas.Scope) *history {
	if el, ok := r.scopes[s]; ok {
		r.order.MoveToFront(el)
		return el.Value.(*history)
	}
	h := &history{scope: s}
	r.scopes[s] = r.order.PushFront(h)
	if r.order.Len() > r.limit {
		oldest := r.order.Remove(r.order.Back()).(*history)
		delete(r.scopes, oldest.scope)
	}
	return h
}

func capped(facts []services.Fact) []services.Fact { return facts[:len(facts):len(facts)] }

// lastSequence returns the sequence of the last fact; 0 when there is none.
func lastSequence(facts []services.Fact) uint64 {
	if len(facts) == 0 {
		return 0
	}
	return facts[len(facts)-1].Sequence
}

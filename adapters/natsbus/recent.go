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
	limit int // scopes
	most  int // bytes of events

	mu     sync.Mutex
	bytes  int
	scopes map[schemas.Scope]*list.Element
	order  *list.List // of *history, most recently used first
}

// history is the beginning of a scope, as far as it is known, without gaps.
type history struct {
	scope schemas.Scope
	facts []services.Fact
	bytes int
}

func newRecent(limit, most int) *recent {
	return &recent{limit: limit, most: most, scopes: make(map[schemas.Scope]*list.Element), order: list.New()}
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
		r.grow(h, facts[len(h.facts):])
		h.facts = facts
	}
	r.shed()
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
		r.grow(h, []services.Fact{f})
		h.facts = append(h.facts, f)
	}
	r.shed()
}

// grow counts what a history is about to hold more.
func (r *recent) grow(h *history, more []services.Fact) {
	for _, f := range more {
		h.bytes += len(f.Bytes)
		r.bytes += len(f.Bytes)
	}
}

// shed forgets the least recently used scopes until there are few enough, and few
// enough bytes; the one that is used now stays.
func (r *recent) shed() {
	for r.order.Len() > 1 && (r.order.Len() > r.limit || r.bytes > r.most) {
		oldest := r.order.Remove(r.order.Back()).(*history)
		delete(r.scopes, oldest.scope)
		r.bytes -= oldest.bytes
	}
}

// touch returns the history of a scope as the most recently used one.
func (r *recent) touch(s schemas.Scope) *history {
	if el, ok := r.scopes[s]; ok {
		r.order.MoveToFront(el)
		return el.Value.(*history)
	}
	h := &history{scope: s}
	r.scopes[s] = r.order.PushFront(h)
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

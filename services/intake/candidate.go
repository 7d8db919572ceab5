package intake

import (
	"bytes"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// candidate is an event that wants in, and the history that it wants into.
type candidate struct {
	from  services.Party
	fact  services.Fact   // Recorded is the instant of the gate, once it is known
	facts []services.Fact // of its scope so far, in ledger order
	now   time.Time
}

// read decodes and checks the bytes, and compares the event with who speaks. It
// asks nobody. What it could read is in the candidate even when it refuses.
func read(from services.Party, raw []byte) (candidate, error) {
	c := candidate{from: from}
	e, err := schemas.Decode(raw)
	if err != nil {
		return c, services.RefuseInput(err)
	}
	c.fact = services.Fact{Event: e, Bytes: raw}
	if err := schemas.Check(e); err != nil {
		return c, services.RefuseInput(err)
	}
	typ, ok := schemas.TypeOf(e)
	if !ok {
		return c, services.Refuse(services.Invalid, schemas.CodeUnknownType)
	}
	if err := speaks(from, e, typ); err != nil {
		return c, err
	}
	c.fact.Data, err = typ.Payload(e.Data())
	return c, err
}

// speaks refuses a source that is not the party's own, with one answer whether
// or not anybody has that source, and a type that is another signer's.
func speaks(from services.Party, e schemas.Event, typ schemas.Type) error {
	if source, ok := schemas.ParseSource(e.Source()); !ok || source != from {
		return services.Refuse(services.Forbidden, "source")
	}
	signer := services.Party{Service: typ.Author}
	if typ.Author == schemas.AnyAgency {
		signer = services.Party{Agency: from.Agency}
	}
	if signer != from {
		return services.Refuse(services.Forbidden, "signer")
	}
	return nil
}

// after places the candidate behind a history. The recorded time is now, but
// never before that of the scope's last event.
func (c candidate) after(facts []services.Fact, now time.Time) candidate {
	c.facts, c.now = facts, now.UTC()
	c.fact.Recorded = c.now.Truncate(time.Millisecond)
	if last, ok := c.last(); ok && last.Recorded.After(c.fact.Recorded) {
		c.fact.Recorded = last.Recorded
	}
	return c
}

func (c candidate) last() (services.Fact, bool) {
	if len(c.facts) == 0 {
		return services.Fact{}, false
	}
	return c.facts[len(c.facts)-1], true
}

// prior finds the event of the scope that has the candidate's id.
func (c candidate) prior(facts []services.Fact) (services.Fact, bool) {
	i := slices.IndexFunc(facts, func(f services.Fact) bool { return f.ID() == c.fact.ID() })
	if i < 0 {
		return services.Fact{}, false
	}
	return facts[i], true
}

// storedIn finds the candidate itself: the same id with the same bytes.
func (c candidate) storedIn(facts []services.Fact) (services.Fact, bool) {
	f, ok := c.prior(facts)
	return f, ok && bytes.Equal(f.Bytes, c.fact.Bytes)
}

func (c candidate) entry() Entry {
	last, _ := c.last()
	return Entry{
		Scope: c.fact.Scope(), Event: c.fact.ID(),
		Page: len(c.facts) / PageSize, After: last.Sequence,
		Raw: c.fact.Bytes, Recorded: c.fact.Recorded,
	}
}

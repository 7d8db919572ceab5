package delivery_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Invented agencies of every test.
const (
	labour  = "labour-example"
	shelter = "shelter-example"
	harbour = "shelter-harbour"
	watch   = "coordinator-example"
)

var (
	province = schemas.Area{Kind: "province", Code: "TH-74"}
	epoch    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

type agencies []casefile.Agency

func (as agencies) Agencies() []casefile.Agency { return as }

func (as agencies) Agency(id string) (casefile.Agency, bool) {
	i := slices.IndexFunc(as, func(a casefile.Agency) bool { return a.ID == id })
	if i < 0 {
		return casefile.Agency{}, false
	}
	return as[i], true
}

func agency(id, kind string) casefile.Agency {
	return casefile.Agency{ID: id, Kind: kind, Status: "active", Office: province, Areas: []schemas.Area{province}}
}

var everybody = agencies{
	agency(watch, casefile.KindCoordinator), agency(labour, "labour_office"),
	agency(shelter, "shelter"), agency(harbour, "shelter"),
}

// writer writes drafts with a signature that nobody checks here.
type writer struct{}

func (writer) Write(d schemas.Draft) ([]byte, error) {
	e, err := d.Event()
	if err != nil {
		return nil, err
	}
	return schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
}

// ledger is a history of all scopes of which only the beginning can be read yet.
type ledger struct {
	facts   []services.Fact
	visible int
	// later may let more be read between two reads; may be nil.
	later func(*ledger)
}

func (l *ledger) Read(_ context.Context, scope schemas.Scope) ([]services.Fact, error) {
	if l.later != nil {
		l.later(l)
	}
	return l.read(scope), nil
}

func (l *ledger) read(scope schemas.Scope) []services.Fact {
	var facts []services.Fact
	for _, f := range l.facts[:l.visible] {
		if f.Scope() == scope {
			facts = append(facts, f)
		}
	}
	return facts
}

// file appends an event when the rules of the case allow it.
func (l *ledger) file(by services.Party, typ, subject string, data any) (services.Fact, error) {
	l.visible = len(l.facts)
	recorded := epoch.Add(time.Duration(len(l.facts)) * time.Minute)
	raw, err := writer{}.Write(schemas.Draft{
		ID:     schemas.DeriveEventID(recorded, "test", "", typ, len(l.facts)),
		Author: by, Type: typ, Subject: subject, Time: recorded, Data: data,
	})
	if err != nil {
		return services.Fact{}, err
	}
	f, err := services.NewFact(raw, uint64(len(l.facts)+1), recorded, "")
	if err != nil {
		return services.Fact{}, err
	}
	if err := casefile.Check(l.state(f.Scope()), everybody, f); err != nil {
		return f, err
	}
	l.append(f)
	return f, nil
}

func (l *ledger) append(f services.Fact) {
	l.facts = append(l.facts, f)
	l.visible = len(l.facts)
}

// state folds a scope together with what it cites.
func (l *ledger) state(scope schemas.Scope) *casefile.State {
	facts := l.read(scope)
	own := casefile.Fold(facts)
	return casefile.Fold(append(facts, own.Cited(l.facts[:l.visible])...))
}

func (l *ledger) scopes() []schemas.Scope {
	var scopes []schemas.Scope
	for _, f := range l.facts {
		if !slices.Contains(scopes, f.Scope()) {
			scopes = append(scopes, f.Scope())
		}
	}
	return scopes
}

// entitled is what each inbox is to hold at the present end: agency → places.
func (l *ledger) entitled() map[string][]string {
	want := make(map[string][]string)
	for _, scope := range l.scopes() {
		s := l.state(scope)
		for agency, events := range casefile.Entitled(s, everybody) {
			for id := range events {
				f, _ := s.Fact(id)
				if at := place(f.Scope().ID, id); !slices.Contains(want[agency], at) {
					want[agency] = append(want[agency], at)
				}
			}
		}
	}
	for _, places := range want {
		slices.Sort(places)
	}
	return want
}

// Cite does nothing: the ledger is the index of citations.
func (l *ledger) Cite(context.Context, string, string) error { return nil }

// Citing makes the ledger the index of citations.
func (l *ledger) Citing(_ context.Context, inspection string) ([]string, error) {
	var cases []string
	for _, f := range l.facts[:l.visible] {
		opened, _ := f.Data.(schemas.CaseOpened)
		if slices.ContainsFunc(opened.From, func(c schemas.Citation) bool { return c.Inspection == inspection }) {
			cases = append(cases, f.Scope().ID)
		}
	}
	return cases, nil
}

func place(scope, event string) string { return scope + "/" + event }

// inboxes keeps copies, each inbox as a stream that its desk reads in order,
// and breaks on demand.
type inboxes struct {
	streams map[string][]message
	desks   map[string]*desk
	log     []string
	// broken is asked before every write, and may fail it.
	broken func() error
}

type message struct {
	number int // in the order of writing, over all inboxes
	place  string
	fact   services.Fact
}

// desk is what an agency has read: its events, and the last message it saw.
type desk struct {
	held map[string]string // event → place
	read int
}

func newInboxes() *inboxes {
	return &inboxes{streams: make(map[string][]message), desks: make(map[string]*desk)}
}

func (b *inboxes) Put(_ context.Context, agency, scope string, f services.Fact) error {
	if b.broken != nil {
		if err := b.broken(); err != nil {
			return err
		}
	}
	at := place(scope, f.ID())
	if slices.ContainsFunc(b.streams[agency], func(m message) bool { return m.place == at }) {
		return nil
	}
	b.log = append(b.log, fmt.Sprintf("%s + %s", agency, f.Name()))
	b.streams[agency] = append(b.streams[agency], message{len(b.log), at, f})
	return nil
}

func (b *inboxes) Remove(_ context.Context, agency, scope, event string) error {
	if b.broken != nil {
		if err := b.broken(); err != nil {
			return err
		}
	}
	b.streams[agency] = slices.DeleteFunc(b.streams[agency], func(m message) bool {
		if m.place != place(scope, event) {
			return false
		}
		b.log = append(b.log, fmt.Sprintf("%s - %s", agency, m.fact.Name()))
		return true
	})
	return nil
}

// read has the agency's desk read on, and lists the places of what it holds.
func (b *inboxes) read(agency string) []string {
	d := b.desks[agency]
	if d == nil {
		d = &desk{held: make(map[string]string)}
		b.desks[agency] = d
	}
	for _, m := range b.streams[agency] {
		if m.number <= d.read {
			continue
		}
		d.read = m.number
		if data, ok := m.fact.Data.(schemas.AccessEnded); ok {
			for _, id := range data.Events {
				delete(d.held, id)
			}
			continue
		}
		d.held[m.fact.ID()] = m.place
	}
	return slices.Sorted(maps.Values(d.held))
}

// copies lists the places of an inbox without the words that access ended.
func (b *inboxes) copies(agency string) []string {
	var places []string
	for _, m := range b.streams[agency] {
		if m.fact.Name() != "access.ended" {
			places = append(places, m.place)
		}
	}
	slices.Sort(places)
	return places
}

// notices lists the words that access ended.
func (b *inboxes) notices(agency string) []services.Fact {
	var notices []services.Fact
	for _, m := range b.streams[agency] {
		if m.fact.Name() == "access.ended" {
			notices = append(notices, m.fact)
		}
	}
	return notices
}

// offerSealed names an invented offer; nothing is sealed here.
var offerSealed = schemas.Seals{Sealed: []schemas.Sealed{{Section: "offer", Digest: schemas.Digest(nil)}}}

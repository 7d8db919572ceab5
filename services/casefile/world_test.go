package casefile_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// world is a hub in miniature: a directory, and a history per scope.
type world struct {
	t        *testing.T
	agencies []casefile.Agency
	facts    []services.Fact
	names    map[string]string // alias → id
	serial   int
	// accepted counts the events of each type that the rules let through; refused
	// holds the codes of those that they did not.
	accepted map[string]int
	refused  map[string][]string
}

func newWorld(t *testing.T) *world {
	return &world{t: t, names: map[string]string{}, accepted: map[string]int{}, refused: map[string][]string{}}
}

func (w *world) Agency(id string) (casefile.Agency, bool) {
	i := slices.IndexFunc(w.agencies, func(a casefile.Agency) bool { return a.ID == id })
	if i < 0 {
		return casefile.Agency{}, false
	}
	return w.agencies[i], true
}

func (w *world) Agencies() []casefile.Agency { return w.agencies }

// register reads "id kind area[,area] [service/capacity/language,…[/duty] …]
// [parent=ID] [independent] [status=…]". The first area is where its office is.
// An agency that is there already is changed.
func (w *world) register(line string) {
	f := strings.Fields(line)
	a := casefile.Agency{ID: f[0], Kind: f[1], Status: "active"}
	for _, code := range strings.Split(f[2], ",") {
		a.Areas = append(a.Areas, area(code))
	}
	a.Office = a.Areas[0]
	for _, s := range f[3:] {
		key, value, _ := strings.Cut(s, "=")
		p := strings.Split(s, "/")
		switch {
		case key == "parent":
			a.Parent = value
		case key == "status":
			a.Status = value
		case s == "independent":
			a.Independent = true
		default:
			a.Services = append(a.Services, schemas.ServiceLine{
				Service: p[0], Capacity: p[1], Languages: strings.Split(p[2], ","), DutyToAccept: len(p) > 3,
			})
		}
	}
	w.agencies = slices.DeleteFunc(w.agencies, func(old casefile.Agency) bool { return old.ID == a.ID })
	w.agencies = append(w.agencies, a)
	slices.SortFunc(w.agencies, func(a, b casefile.Agency) int { return strings.Compare(a.ID, b.ID) })
}

func area(code string) schemas.Area {
	if strings.HasPrefix(code, "TH-") {
		return schemas.Area{Kind: "province", Code: code}
	}
	return schemas.Area{Kind: code}
}

// settle does what routing does after a fact, and after what it has filed.
func (w *world) settle(cause services.Fact) {
	w.t.Helper()
	if cause.Scope().Kind != schemas.ScopeCase {
		return
	}
	for _, d := range casefile.Consequences(w.state(cause.Scope()), w) {
		_, err := w.file(schemas.Draft{
			Author: schemas.Party{Service: schemas.Routing}, Type: d.Type, Subject: d.Subject,
			Time: cause.Recorded, Cause: d.Cause.ID(), Data: d.Data,
		})
		if err != nil {
			w.t.Fatalf("routing: %s: %v", d.Type, err)
		}
	}
}

// file adds an event to the history if the rules let it.
func (w *world) file(d schemas.Draft) (services.Fact, error) {
	w.t.Helper()
	fact := w.fact(d)
	if err := casefile.Check(w.state(fact.Scope()), w, fact); err != nil {
		w.refused[d.Type] = append(w.refused[d.Type], refusal(err))
		return fact, err
	}
	w.accepted[d.Type]++
	w.facts = append(w.facts, fact)
	return fact, nil
}

// fact is what a draft would be in the ledger.
func (w *world) fact(d schemas.Draft) services.Fact {
	w.t.Helper()
	fact, err := services.NewFact(w.write(d), uint64(len(w.facts)+1), d.Time, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return fact
}

// write encodes a draft as an event that passes its schema. Signatures are the
// gate's business.
func (w *world) write(d schemas.Draft) []byte {
	w.t.Helper()
	w.serial++
	d.ID = schemas.DeriveEventID(d.Time, "scenario", "", d.Type, w.serial)
	e, err := d.Event()
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
	if err != nil {
		w.t.Fatal(err)
	}
	if e, err = schemas.Decode(raw); err == nil {
		err = schemas.Check(e)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", d.Type, err)
	}
	return raw
}

// history returns the facts of a scope.
func (w *world) history(scope schemas.Scope) []services.Fact {
	var own []services.Fact
	for _, f := range w.facts {
		if f.Scope() == scope {
			own = append(own, f)
		}
	}
	return own
}

// state folds a scope, with the inspection events that it cites.
func (w *world) state(scope schemas.Scope) *casefile.State {
	own := w.history(scope)
	s := casefile.Fold(own)
	if len(s.Opened.From) == 0 {
		return s
	}
	return casefile.Fold(append(own, s.Cited(w.facts)...))
}

func (w *world) caseState(alias string) *casefile.State {
	return w.state(schemas.Scope{Kind: schemas.ScopeCase, ID: w.id(alias)})
}

// visible returns the facts of every scope that an agency may see, in ledger
// order.
func (w *world) visible(agency string) []services.Fact {
	seen, folded := map[string]bool{}, map[schemas.Scope]bool{}
	for _, f := range w.facts {
		if folded[f.Scope()] {
			continue
		}
		folded[f.Scope()] = true
		for id := range casefile.Entitled(w.state(f.Scope()), w)[agency] {
			seen[id] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(w.facts), func(f services.Fact) bool { return !seen[f.ID()] })
}

func (w *world) inbox(agency string) string {
	var b strings.Builder
	for _, f := range w.visible(agency) {
		fmt.Fprintf(&b, "%s %s %s\n", w.alias(f.Event.Subject()), f.Name(), f.Event.Source()[len("urn:saphan:"):])
	}
	return b.String()
}

// id returns the id behind an alias; a new alias gets a new id, and an agency's
// id is its own.
func (w *world) id(alias string) string {
	if strings.Contains(alias, "-") || len(alias) == 32 {
		return alias
	}
	if w.names[alias] == "" {
		w.names[alias] = fmt.Sprintf("%032x", len(w.names)+1)
	}
	return w.names[alias]
}

func (w *world) alias(id string) string {
	for alias, known := range w.names {
		if known == id {
			return alias
		}
	}
	return id
}

// now is a minute after the last fact.
func (w *world) now() time.Time { return w.facts[len(w.facts)-1].Recorded.Add(time.Minute) }

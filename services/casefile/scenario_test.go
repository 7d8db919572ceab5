package casefile_test

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

var update = flag.Bool("update", false, "rewrite the expected inboxes of the scenarios")

// TestScenarios plays the stories in testdata. Each archive has a part
// "agencies", a part "story" with an event a line, and a part "inbox <agency>"
// for every agency: the events that it may see when the story is over, and no
// others. A line that ends in "=> kind code" must be refused so.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := play(t, archive)
			if *update {
				w.rewrite(t, file, archive)
				return
			}
			for _, agency := range w.Agencies() {
				want, ok := part(archive, "inbox "+agency.ID)
				if !ok {
					t.Errorf("the scenario does not say what %s sees", agency.ID)
				}
				if got := w.inbox(agency.ID); got != want {
					t.Errorf("inbox of %s:\n%s\nwant:\n%s", agency.ID, got, want)
				}
			}
		})
	}
}

// world is a hub in miniature: a directory, and a history per scope.
type world struct {
	t        *testing.T
	agencies []casefile.Agency
	facts    []services.Fact
	names    map[string]string // alias → id
	serial   int
}

func (w *world) Agency(id string) (casefile.Agency, bool) {
	i := slices.IndexFunc(w.agencies, func(a casefile.Agency) bool { return a.ID == id })
	if i < 0 {
		return casefile.Agency{}, false
	}
	return w.agencies[i], true
}

func (w *world) Agencies() []casefile.Agency { return w.agencies }

func play(t *testing.T, archive *txtar.Archive) *world {
	t.Helper()
	w := &world{t: t, names: map[string]string{}}
	agencies, _ := part(archive, "agencies")
	for _, line := range lines(agencies) {
		w.register(line)
	}
	slices.SortFunc(w.agencies, func(a, b casefile.Agency) int { return strings.Compare(a.ID, b.ID) })
	story, _ := part(archive, "story")
	for _, line := range lines(story) {
		w.tell(line)
	}
	return w
}

// register reads "id kind area[,area] [service/capacity/language,…[/duty] …]
// [parent=ID] [independent]". The first area is where its office is.
func (w *world) register(line string) {
	f := strings.Fields(line)
	a := casefile.Agency{ID: f[0], Kind: f[1], Status: "active"}
	for _, code := range strings.Split(f[2], ",") {
		a.Areas = append(a.Areas, area(code))
	}
	a.Office = a.Areas[0]
	for _, s := range f[3:] {
		if parent, ok := strings.CutPrefix(s, "parent="); ok {
			a.Parent = parent
			continue
		}
		if s == "independent" {
			a.Independent = true
			continue
		}
		p := strings.Split(s, "/")
		a.Services = append(a.Services, schemas.ServiceLine{
			Service: p[0], Capacity: p[1], Languages: strings.Split(p[2], ","), DutyToAccept: len(p) > 3,
		})
	}
	w.agencies = append(w.agencies, a)
}

func area(code string) schemas.Area {
	if strings.HasPrefix(code, "TH-") {
		return schemas.Area{Kind: "province", Code: code}
	}
	return schemas.Area{Kind: code}
}

// tell reads "[dN/]hh:mm agency type scope [key=value …] [=> kind code]", files
// the event and whatever routing makes of it. Day d0 is Monday, 23 November 2026.
func (w *world) tell(line string) {
	w.t.Helper()
	line, refusal, refused := strings.Cut(line, "=>")
	f := strings.Fields(line)
	at := w.instant(f[0])
	draft := schemas.Draft{
		Author: schemas.Party{Agency: f[1]}, Type: f[2], Subject: w.id(f[3]), Time: at,
		Data: w.payload(f[1:4], f[4:]),
	}
	if service, ok := strings.CutPrefix(f[1], "hub:"); ok {
		draft.Author = schemas.Party{Service: service}
	}
	fact, err := w.file(draft)
	if refused {
		want := strings.Join(strings.Fields(refusal), " ")
		var e *services.Error
		if !errors.As(err, &e) || strings.TrimSpace(string(e.Kind)+" "+e.Code+" "+e.State) != want {
			w.t.Errorf("%s\nanswered %v, want %s", line, err, want)
		}
		return
	}
	if err != nil {
		w.t.Fatalf("%s: %v", line, err)
	}
	w.settle(fact)
}

// instant reads "10:05", or "d2/10:05" two days later.
func (w *world) instant(at string) time.Time {
	w.t.Helper()
	day, clock, later := strings.Cut(at, "/")
	if !later {
		day, clock = "d0", at
	}
	n, err := strconv.Atoi(strings.TrimPrefix(day, "d"))
	if err != nil {
		w.t.Fatalf("%q: %v", at, err)
	}
	t, err := time.Parse("15:04", clock)
	if err != nil {
		w.t.Fatalf("%q: %v", at, err)
	}
	return time.Date(2026, 11, 23+n, t.Hour()-7, t.Minute(), 0, 0, time.UTC)
}

// settle does what routing does after a fact.
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

func (w *world) file(d schemas.Draft) (services.Fact, error) {
	w.t.Helper()
	fact, err := services.NewFact(w.write(d), uint64(len(w.facts)+1), d.Time, "")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := casefile.Check(w.state(fact.Scope()), w, fact); err != nil {
		return fact, err
	}
	w.facts = append(w.facts, fact)
	return fact, nil
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

// state folds a scope, with the inspection events that it cites.
func (w *world) state(scope schemas.Scope) *casefile.State {
	var own []services.Fact
	for _, f := range w.facts {
		if f.Scope() == scope {
			own = append(own, f)
		}
	}
	s := casefile.Fold(own)
	return casefile.Fold(append(own, s.Cited(w.facts)...))
}

func (w *world) inbox(agency string) string {
	seen := map[string]bool{}
	for _, f := range w.facts {
		for id := range casefile.Entitled(w.state(f.Scope()), w)[agency] {
			seen[id] = true
		}
	}
	var b strings.Builder
	for _, f := range w.facts {
		if seen[f.ID()] {
			fmt.Fprintf(&b, "%s %s %s\n", w.alias(f.Event.Subject()), f.Name(), f.Event.Source()[len("urn:saphan:"):])
		}
	}
	return b.String()
}

func (w *world) rewrite(t *testing.T, file string, archive *txtar.Archive) {
	t.Helper()
	keep := archive.Files[:0]
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, "inbox ") {
			keep = append(keep, f)
		}
	}
	archive.Files = keep
	for _, a := range w.agencies {
		archive.Files = append(archive.Files, txtar.File{Name: "inbox " + a.ID, Data: []byte(w.inbox(a.ID))})
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// id returns the id behind an alias; a new alias gets a new id.
func (w *world) id(alias string) string {
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

func part(a *txtar.Archive, name string) (string, bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

func lines(s string) []string {
	return slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool {
		return strings.TrimSpace(l) == "" || strings.HasPrefix(l, "#")
	})
}

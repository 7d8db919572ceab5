package casefile_test

import (
	"errors"
	"flag"
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

var update = flag.Bool("update", false, "rewrite what the scenarios and the golden files expect")

// TestScenarios plays the stories in testdata. Each archive has a part
// "agencies", a part "story" with a line an event, and a part "inbox <agency>"
// for every agency: the events that it may see when the story is over, and no
// others. A part "trace <agency> <scope>" is the history as that agency reads it.
func TestScenarios(t *testing.T) {
	for _, file := range scenarios(t) {
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
			for _, want := range w.expected(archive) {
				got, ok := part(archive, want.Name)
				if !ok {
					t.Errorf("the scenario does not say: %s", want.Name)
				}
				if got != string(want.Data) {
					t.Errorf("%s:\n%s\nwant:\n%s", want.Name, want.Data, got)
				}
			}
		})
	}
}

func scenarios(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	return files
}

func play(t *testing.T, archive *txtar.Archive) *world {
	t.Helper()
	w := newWorld(t)
	agencies, _ := part(archive, "agencies")
	for _, line := range lines(agencies) {
		w.register(line)
	}
	story, _ := part(archive, "story")
	for _, line := range lines(story) {
		w.tell(line)
	}
	return w
}

// tell reads one line of a story. It is one of
//
//	[dN/]hh:mm agency type scope [key=value …]               filed, and what routing makes of it
//	[dN/]hh:mm agency type scope [key=value …] => refusal    refused so; see refusal
//	[dN/]hh:mm agency type scope [key=value …] ?> codes      not filed; what Advise says; see advice
//	open agency type scope section [to=agency] yes|no        may the vault hand it out, now?
//	register id kind area …                                  an agency joins, or is changed
//
// Day d0 is Monday, 23 November 2026. Who speaks is an agency or hub:<service>.
func (w *world) tell(line string) {
	w.t.Helper()
	if rest, ok := strings.CutPrefix(line, "register "); ok {
		w.register(rest)
		return
	}
	if rest, ok := strings.CutPrefix(line, "open "); ok {
		w.mayOpen(rest)
		return
	}
	said, advised, asks := strings.Cut(line, "?>")
	said, refused, isRefused := strings.Cut(said, "=>")
	d := w.draft(strings.Fields(said))
	if asks {
		fact := w.fact(d)
		w.compare(line, advice(casefile.Advise(w.state(fact.Scope()), w, fact)), advised)
		return
	}
	fact, err := w.file(d)
	switch {
	case isRefused:
		w.compare(line, refusal(err), refused)
	case err != nil:
		w.t.Fatalf("%s: %s", line, refusal(err))
	default:
		w.settle(fact)
	}
}

func (w *world) compare(line, got, want string) {
	w.t.Helper()
	if want = strings.Join(strings.Fields(want), " "); got != want {
		w.t.Errorf("%s\nanswered %q, want %q", line, got, want)
	}
}

func (w *world) draft(f []string) schemas.Draft {
	w.t.Helper()
	d := schemas.Draft{
		Author: schemas.Party{Agency: f[1]}, Type: f[2], Subject: w.id(f[3]), Time: w.instant(f[0]),
		Data: w.payload(f[1:4], f[4:]),
	}
	if service, ok := strings.CutPrefix(f[1], "hub:"); ok {
		d.Author = schemas.Party{Service: service}
	}
	return d
}

// refusal words an answer of the rules: "kind code [state]", and for what is
// invalid "invalid code pointer".
func refusal(err error) string {
	var e *services.Error
	if !errors.As(err, &e) {
		return "nothing"
	}
	if len(e.Problems) > 0 {
		return strings.Join([]string{string(e.Kind), e.Problems[0].Code, e.Problems[0].Pointer}, " ")
	}
	return strings.TrimSpace(string(e.Kind) + " " + e.Code + " " + e.State)
}

// advice words what Advise says: the codes of its warnings, then the pointers of
// its questions, each with a question mark.
func advice(a casefile.Advice) string {
	var words []string
	for _, p := range a.Warnings {
		words = append(words, p.Code)
	}
	for _, p := range a.Questions {
		words = append(words, p.Pointer+"?")
	}
	return strings.Join(words, " ")
}

// mayOpen compares what the vault may hand out at this moment.
func (w *world) mayOpen(line string) {
	w.t.Helper()
	f := strings.Fields(line)
	to, _ := strings.CutPrefix(f[len(f)-2], "to=")
	s := w.caseState(f[2])
	event := ""
	for _, fact := range s.Facts {
		shared, ok := fact.Data.(schemas.ContentShared)
		named := slices.ContainsFunc(casefile.Sections(fact), func(in schemas.Sealed) bool { return in.Section == f[3] })
		if fact.Name() == f[1] && named && (!ok || !strings.Contains(line, "to=") || shared.To == to) {
			event = fact.ID() // the latest
		}
	}
	_, err := casefile.MayOpen(s, w, f[0], services.OpenRequest{Case: s.Scope.ID, Event: event, Section: f[3]})
	want := "nothing"
	if f[len(f)-1] == "no" {
		want = "unknown not_visible"
	}
	w.compare("open "+line, refusal(err), want)
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

// expected are the parts that follow from the story: every inbox, and the traces
// that the archive asks for.
func (w *world) expected(archive *txtar.Archive) []txtar.File {
	var parts []txtar.File
	for _, a := range w.agencies {
		parts = append(parts, txtar.File{Name: "inbox " + a.ID, Data: []byte(w.inbox(a.ID))})
	}
	for _, f := range archive.Files {
		if words := strings.Fields(f.Name); words[0] == "trace" {
			parts = append(parts, txtar.File{Name: f.Name, Data: []byte(w.trace(words[1], words[2]))})
		}
	}
	return parts
}

// trace tells a case from what an agency may see of it.
func (w *world) trace(agency, alias string) string {
	seen := casefile.Entitled(w.caseState(alias), w)
	facts := slices.DeleteFunc(slices.Clone(w.caseState(alias).Facts), func(f services.Fact) bool {
		return !seen.Has(agency, f.ID())
	})
	var b strings.Builder
	for _, st := range casefile.Trace(facts) {
		b.WriteString(tellStep(st) + "\n")
	}
	return b.String()
}

func (w *world) rewrite(t *testing.T, file string, archive *txtar.Archive) {
	t.Helper()
	parts := w.expected(archive)
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool {
		return strings.HasPrefix(f.Name, "inbox ") || strings.HasPrefix(f.Name, "trace ")
	})
	archive.Files = append(archive.Files, parts...)
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
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

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEachSideSeesWhatItMayAndNothingElse plays the story and compares what each
// of the five agencies is shown of it. The files are the claim: read them.
func TestEachSideSeesWhatItMayAndNothingElse(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	if err := w.run(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, a := range sampleAgencies() {
		path := filepath.Join("testdata", "views", a.ID+".golden")
		got := w.viewOf(t, a.ID)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s sees something else (-want +got):\n%s", a.ID, diff)
		}
	}
}

// TestWhatOthersHaveLooksLikeWhatNobodyHas: who is no party learns not even that
// there is a case.
func TestWhatOthersHaveLooksLikeWhatNobodyHas(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	theirs, nobodys := w.request(t), w.world.ids.ID()
	w.rest(t)
	for _, more := range []string{"", "/trace"} {
		nothing, hidden := w.get(t, samplePolice, nobodys+more), w.get(t, samplePolice, theirs.caseID+more)
		if diff := cmp.Diff(nothing, hidden); diff != "" || !strings.HasPrefix(hidden, "404 ") {
			t.Errorf("got %s\nthe answers differ (-nobody's +others'):\n%s", hidden, diff)
		}
	}
}

// get asks an agency's desk about a case, and returns all of the answer.
func (w *whole) get(t *testing.T, agency, caseID string) string {
	t.Helper()
	file, err := deskclient.Load(filepath.Join(deskDir(w.dir, agency), "desk.json"))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(within(t), http.MethodGet, file.URL+"/v1/cases/"+caseID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+file.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s\n%s", resp.Status, resp.Header["Content-Type"], body)
}

// viewOf is what an agency is shown of the story: the trace as text, with and
// without what happens by itself, its row of the list, and every step as the API
// tells it.
func (w *whole) viewOf(t *testing.T, agency string) string {
	t.Helper()
	client := w.desks[agency]
	found, err := client.Case(within(t), w.caseID())
	_, unseen := client.Trace(within(t), w.caseID())
	if err != nil || unseen != nil {
		return fmt.Sprintf("case: %v, %d\ntrace: %v, %d\n",
			err, services.KindOf(err).Outcome().HTTP, unseen, services.KindOf(unseen).Outcome().HTTP)
	}
	steps, err := client.Trace(within(t), w.caseID())
	if err != nil {
		t.Fatal(err)
	}
	inStoryOrder(steps)
	v := viewTrace(found, steps)
	var b strings.Builder
	for _, v.all = range []bool{false, true} {
		fmt.Fprintf(&b, "-- trace, all %v --\n", v.all)
		if err := renderTrace(&b, v, "en"); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString("-- case --\n" + asJSON(t, found) + "-- steps --\n")
	for _, st := range steps {
		b.WriteString(asJSON(t, st))
	}
	return withPlaceholders(b.String())
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

// following are what hub and desks do by themselves in the instant of a scene.
// Each is done when its turn comes, so that their order is chance.
var following = []string{"referral.offered", "content.shared", "referral.delivered", "access.ended"}

// inStoryOrder puts what follows behind what it follows from, in one order. What
// was shared just before or just after an offer says so in its state: no matter.
func inStoryOrder(steps []casefile.Step) {
	slices.SortStableFunc(steps, func(a, b casefile.Step) int {
		if d := a.Time.Compare(b.Time); d != 0 {
			return d
		}
		return slices.Index(following, a.Type) - slices.Index(following, b.Type)
	})
	for i := range steps {
		if steps[i].Type == "content.shared" {
			steps[i].State = "any"
		}
	}
}

var named = regexp.MustCompile(exampleIDs.String() + `|` + references.String())

// withPlaceholders replaces ids and references in the order in which they come;
// a reference by a word of its width.
func withPlaceholders(text string) string {
	names, counts := make(map[string]string), make(map[string]int)
	return named.ReplaceAllStringFunc(text, func(id string) string {
		form := map[int]string{36: "event-%02d", 32: "id-%02d", 11: "REF-%07d"}[len(id)]
		if names[id] == "" {
			counts[form]++
			names[id] = fmt.Sprintf(form, counts[form])
		}
		return names[id]
	})
}

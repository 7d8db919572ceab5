package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/operator"
)

// cliHub stands behind a real API and answers the operator with what it is given.
type cliHub struct {
	httpapi.Operator // what no test asks

	letters []operator.LetterPreview
	holds   []operator.HeldCase
	err     error

	given    []string // words about agencies
	query    operator.Query
	replayed []uint64
	added    operator.AddInput
}

func cliMember(id, status string) operator.Member {
	return operator.Member{ID: id, Kind: "shelter", Name: names("Example \x1b[31mShelter", "ตัวอย่าง"), Status: status, Hosted: id == sampleHarbour}
}

func (h *cliHub) give(word, id, status string) (operator.Member, error) {
	h.given = append(h.given, word+" "+id)
	return cliMember(id, status), h.err
}

func (h *cliHub) Members() []operator.Member {
	return []operator.Member{cliMember("ngo-own", "suspended"), cliMember(sampleHarbour, "active")}
}

func (h *cliHub) Member(_ context.Context, id string) (operator.Member, error) {
	m, err := h.give("show", id, "active")
	m.Holds = h.holds
	return m, err
}

func (h *cliHub) Suspend(_ context.Context, id string) (operator.Member, error) {
	return h.give("suspend", id, "suspended")
}

func (h *cliHub) Resume(_ context.Context, id string) (operator.Member, error) {
	return h.give("resume", id, "active")
}

func (h *cliHub) Offboard(_ context.Context, id string) (operator.Member, error) {
	m, err := h.give("offboard", id, "closed")
	m.Holds = h.holds
	return m, err
}

func (h *cliHub) Add(_ context.Context, id string, in operator.AddInput) (operator.Access, error) {
	h.added = in
	m, err := h.give("add", id, "active")
	return operator.Access{Member: m, File: "data/desk.json"}, err
}

func (h *cliHub) Rotate(_ context.Context, id string, in operator.RotateInput) (operator.Access, error) {
	m, err := h.give("rotate", id, "active")
	return operator.Access{Member: m, File: "data/desk.json"}, err
}

func (h *cliHub) DeadLetters(_ context.Context, q operator.Query) (operator.LetterList, error) {
	h.query = q
	list := operator.LetterList{Letters: []operator.Letter{}}
	for _, p := range h.letters {
		list.Letters = append(list.Letters, p.Letter)
	}
	return list, h.err
}

func (h *cliHub) find(place uint64) (operator.LetterPreview, error) {
	i := slices.IndexFunc(h.letters, func(p operator.LetterPreview) bool { return p.Place == place })
	if i < 0 {
		return operator.LetterPreview{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return h.letters[i], h.err
}

func (h *cliHub) DeadLetter(_ context.Context, place uint64, bytes bool) (operator.LetterPreview, error) {
	p, err := h.find(place)
	if !bytes {
		p.Bytes = nil
	}
	return p, err
}

func (h *cliHub) Replay(_ context.Context, place uint64) (operator.Letter, error) {
	h.replayed = append(h.replayed, place)
	p, err := h.find(place)
	if err == nil && p.Remedy == operator.Nothing {
		err = services.RefuseIn(string(p.State), "letter_settled")
	}
	p.State = operator.Handled
	return p.Letter, err
}

// play runs the program against the hub.
func (h *cliHub) play(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	server := httptest.NewServer(httpapi.New(httpapi.Config{
		Operator: h, Log: zerolog.Nop(), Now: func() time.Time { return time.Unix(0, 0) },
		Tokens: httpapi.TokenTable{services.HashToken("token"): {Agency: schemas.HubAgency, Scopes: []services.TokenScope{services.MayOperate}}},
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "operator.json")
	if err := (deskclient.DeskFile{URL: server.URL, Agency: schemas.HubAgency, Token: "token"}).Save(path); err != nil {
		t.Fatal(err)
	}
	return runAsOperator(t.Context(), stdin, path, args...)
}

// runAsOperator runs the program with SAPHAN_HUB.
func runAsOperator(ctx context.Context, stdin, file string, args ...string) said {
	var out, err bytes.Buffer
	c := &command{stdin: strings.NewReader(stdin), stdout: &out, stderr: &err, getenv: func(name string) string {
		if name == "SAPHAN_HUB" {
			return file
		}
		return ""
	}}
	return said{c.run(ctx, args), out.String(), err.String()}
}

func TestOperatorsWords(t *testing.T) {
	t.Parallel()
	leaves := []operator.HeldCase{{Case: storyCase, Reference: schemas.Reference(storyCase), Holds: []casefile.Hold{casefile.HoldLead, casefile.HoldOffer}}}
	for typed, row := range map[string]struct {
		holds []operator.HeldCase
		stdin string
		want  said
		given string
	}{
		"agency suspend shelter-harbour": {nil, "", said{0, "shelter-harbour is suspended: nothing goes in or out.\n", ""}, "suspend shelter-harbour"},
		"agency resume shelter-harbour":  {nil, "", said{0, "shelter-harbour is active again.\n", ""}, "resume shelter-harbour"},
		"agency rotate shelter-harbour": {nil, "shelter-harbour\n", said{
			0, "shelter-harbour is renewed. Its desk runs beside the hub; on the hub's machine its file is\n  data/desk.json\n",
			"This ends every connection and token of shelter-harbour. Type its id to go on: ",
		}, "rotate shelter-harbour"},
		"agency rotate ngo-own": {nil, "yes\n", said{
			exitUsage, "", "This ends every connection and token of ngo-own. Type its id to go on: \nsaphan: error: nothing was done\nsaphan: hint: type the agency's id, or add --yes\n",
		}, ""},
		"agency offboard ngo-own": {leaves, "ngo-own", said{
			0, "ngo-own is gone: its account, its inbox, its connections and its tokens. What it filed stays in the ledger.\n" +
				"Open cases that somebody has to take over: 1.\nCASE         IT\nKF7M-F79X-H  leads it, was offered a referral\n",
			"Open cases that wait for ngo-own: 1.\nThis is for ever, and cuts off ngo-own. Type its id to go on: ",
		}, "show ngo-own, offboard ngo-own"},
		"agency offboard shelter-harbour --yes": {nil, "", said{
			0, "shelter-harbour is gone: its account, its inbox, its connections and its tokens. What it filed stays in the ledger.\n" +
				"Its desk's folder is still on the hub's machine, with its keys: hand it over, or erase it.\nNo open case waits for it.\n", "",
		}, "offboard shelter-harbour"},
		"agency offboard ngo-own --json": {nil, "", said{
			exitUsage, "", "Open cases that wait for ngo-own: 0.\nThis is for ever, and cuts off ngo-own. Type its id to go on: \n" +
				`{"error":{"kind":"usage","sentence":"nothing was done","hint":"type the agency's id, or add --yes"}}` + "\n",
		}, "show ngo-own"},
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			h := &cliHub{holds: row.holds}
			expect(t, h.play(t, row.stdin, strings.Fields(typed)...), row.want)
			if got := strings.Join(h.given, ", "); got != row.given {
				t.Errorf("the hub was told %q", got)
			}
		})
	}
}

func TestOperatorsListOfAgencies(t *testing.T) {
	t.Parallel()
	h := &cliHub{}
	server := httptest.NewServer(httpapi.New(httpapi.Config{Operator: h, Log: zerolog.Nop(), Now: time.Now,
		Tokens: httpapi.TokenTable{services.HashToken("token"): {Agency: schemas.HubAgency, Scopes: []services.TokenScope{services.MayOperate}}}}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "operator.json")
	if err := (deskclient.DeskFile{URL: server.URL, Agency: schemas.HubAgency, Token: "token"}).Save(path); err != nil {
		t.Fatal(err)
	}
	expect(t, runAsOperator(t.Context(), "", "", "agency", "ls", "--hub", path), said{0,
		"AGENCY           NAME                       KIND     STATUS     DESK\n" +
			"ngo-own          Example \\u001b[31mShelter  shelter  suspended  its own\n" +
			"shelter-harbour  Example \\u001b[31mShelter  shelter  active     beside the hub\n", ""})
}

// What is refused is said as it is for whoever operates a hub.
func TestOperatorsRefusals(t *testing.T) {
	t.Parallel()
	h := &cliHub{err: services.RefuseIn("closed", "agency_closed")}
	expect(t, h.play(t, "", "agency", "resume", "ngo-own"), said{6, "",
		"saphan: error: The agency has left for good: admit it under another id if it comes back (agency_closed); now: closed\n" +
			"saphan: hint: saphan agency ls --hub FILE lists them all\n"})
	h.err = services.Refuse(services.Unknown, services.CodeNotVisible)
	expect(t, h.play(t, "", "agency", "suspend", "ngo-own"), said{4, "",
		"saphan: error: there is no such agency or letter\n" +
			"saphan: hint: saphan agency ls --hub FILE and saphan deadletter ls --all list them\n"})
	desk := filepath.Join(t.TempDir(), "desk.json")
	if err := (deskclient.DeskFile{URL: "http://127.0.0.1:1", Agency: sampleHarbour, Token: "token"}).Save(desk); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"": "no hub given", filepath.Join(t.TempDir(), "none"): "there is no such operator's file", desk: "that is the file of a desk",
	} {
		if got := runAsOperator(t.Context(), "", file, "agency", "suspend", "ngo-own"); got.exit != exitUsage || !strings.Contains(got.err, "error: "+want) {
			t.Errorf("%q: %+v", file, got)
		}
	}
}

// The file of an agency is held against the schema before anything is sent, and may
// say nothing of keys.
func TestAgencyFileIsChecked(t *testing.T) {
	t.Parallel()
	h := &cliHub{}
	example := h.play(t, "", "agency", "add", "--example")
	var want schemas.AgencyRegistered
	if err := json.Unmarshal([]byte(example.out), &want); err != nil || want.Kind != "shelter" || strings.Contains(example.out, "keys") {
		t.Fatalf("the example: %v\n%s", err, example.out)
	}
	want.Keys = []schemas.Key{}
	expect(t, h.play(t, example.out, "agency", "add", sampleHarbour, "--file", "-"), said{0,
		"shelter-harbour is admitted. Its desk runs beside the hub; on the hub's machine its file is\n  data/desk.json\n", ""})
	if diff := cmp.Diff(operator.AddInput{Registered: want}, h.added); diff != "" {
		t.Errorf("the hub was told (-want +got):\n%s", diff)
	}
	h.given = nil
	for typed, row := range map[string]struct{ stdin, want string }{
		"agency add shelter-new --file -": {`{"kind":"shelter"}`, "/name "},
		"agency add ngo-x --file -":       {`{"kind":"palace","name":{"en":"x"},"office":{"kind":"at_sea"}}`, "/kind "},
		"agency add ngo-y --file -":       {`{"kind":"shelter","name":{"en":"x"},"office":{"kind":"at_sea"},"keys":[{"use":"account","key":"A` + strings.Repeat("A", 55) + `"}]}`, "/keys "},
		"agency add ngo-z --file -":       {`[]`, "malformed"},
		"agency add Shelter.* --file -":   {example.out, "that is no id of an agency"},
		"agency add hub --file -":         {example.out, "that is no id of an agency"},
		"agency add ngo-z":                {"", "which agency, and what is it?"},
	} {
		got := h.play(t, row.stdin, strings.Fields(typed)...)
		if got.exit != exitUsage && got.exit != 3 || !strings.Contains(got.err, row.want) || h.given != nil {
			t.Errorf("%s: %+v, the hub was told %q", typed, got, h.given)
		}
	}
}

// A bundle of one agency is never taken for another's.
func TestABundleIsOneAgencys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, bundleFile), []byte(`{"agency":"ngo-own"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &cliHub{}
	got := h.play(t, "", "agency", "rotate", "ngo-other", "--bundle", dir, "--yes")
	if got.exit != exitUsage || !strings.Contains(got.err, "that folder is the bundle of another agency") || h.given != nil {
		t.Errorf("%+v, the hub was told %q", got, h.given)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("keys were made: %v, %v", left, err)
	}
}

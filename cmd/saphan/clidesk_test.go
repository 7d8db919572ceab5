package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

const (
	cliReferral = "5bf92f3577b34da6a3ce929d0e0e4736"
	cliEvent    = "0190163d-8694-739b-aea5-966c26f8ad91"
	cliOther    = "0190163d-8694-739b-aea5-966c26f8ad92"
)

// cliDesk stands behind a real API and answers with what it is given.
type cliDesk struct {
	httpapi.Desk // what no test asks

	results []desk.Result
	inBatch []desk.CaseResult
	items   []desk.Item
	cases   []desk.Case
	err     error

	verb, referral string
	in             desk.ActInput
	opened         desk.OpenInput
	discarded      string

	route  desk.Route
	routed desk.RouteInput

	wanted desk.TokenInput

	told  []desk.Told // the feed
	hooks cliHooks
}

func (d *cliDesk) Feed(_ context.Context, after uint64, _ int) ([]desk.Told, uint64, error) {
	for i, one := range d.told {
		if one.Place > after {
			return d.told[i:], d.told[len(d.told)-1].Place, nil
		}
	}
	return nil, after, nil
}

func (d *cliDesk) Last(context.Context) (uint64, error) {
	if len(d.told) == 0 {
		return 0, nil
	}
	return d.told[len(d.told)-1].Place, nil
}

func (d *cliDesk) News() <-chan struct{} { return nil }

func (d *cliDesk) File(context.Context, []byte) (desk.Answer, error) {
	return d.results[0].Answer, d.results[0].Err
}
func (d *cliDesk) FileBatch(context.Context, []byte) ([]desk.Result, error) { return d.results, d.err }
func (d *cliDesk) Inbox(context.Context) ([]desk.Item, error)               { return d.items, d.err }
func (d *cliDesk) Cases(context.Context) ([]desk.Case, error)               { return d.cases, d.err }
func (d *cliDesk) Trace(context.Context, string) (desk.Trace, error) {
	return desk.Trace{Case: storyCase, Reference: schemas.Reference(storyCase), Steps: storySteps()}, d.err
}
func (d *cliDesk) Agencies() []desk.Agency {
	return []desk.Agency{{
		ID: sampleHarbour, Kind: "shelter", Name: names("Example \x1b[31mShelter", "ตัวอย่าง"), Status: "active",
		Office: schemas.Area{Kind: "province", Code: "TH-10"}, Services: sampleBeds(),
	}}
}

func (d *cliDesk) Route(_ context.Context, in desk.RouteInput) (desk.Route, error) {
	d.routed = in
	return d.route, d.err
}

func (d *cliDesk) Case(_ context.Context, name string) (desk.Case, error) {
	var found []desk.Case
	for _, c := range d.cases {
		if c.ID == name || c.Reference == name {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return desk.Case{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	case 1:
		return found[0], nil
	}
	return desk.Case{}, services.Refuse(services.Conflict, "ambiguous")
}

func (d *cliDesk) Act(_ context.Context, verb, referral string, in desk.ActInput) (desk.Answer, error) {
	d.verb, d.referral, d.in = verb, referral, in
	return filedAs(cliEvent, true), d.err
}

func (d *cliDesk) ActOnCase(_ context.Context, verb, id string, in desk.ActInput) (desk.Answer, error) {
	d.verb, d.referral, d.in = verb, id, in
	return filedAs(cliEvent, true), d.err
}

func (d *cliDesk) ActOnBatch(_ context.Context, verb, batch string, in desk.ActInput) (desk.BatchAnswer, error) {
	d.verb, d.referral, d.in = verb, batch, in
	return desk.BatchAnswer{Batch: batch, Event: cliOther, Results: d.inBatch}, d.err
}

func (d *cliDesk) OpenSection(_ context.Context, in desk.OpenInput) ([]byte, error) {
	d.opened = in
	return []byte(`{"nights":3,"wants":"a bed \u001b[31m"}`), d.err
}

func (d *cliDesk) Retry(context.Context, string) (desk.Answer, error) {
	return filedAs(cliEvent, false), d.err
}
func (d *cliDesk) Discard(_ context.Context, event string) error { d.discarded = event; return d.err }

func (d *cliDesk) Tokens(context.Context) ([]desk.Token, error) {
	return []desk.Token{cliToken(), {ID: "000000000000", Scopes: services.DeskScopes(), Created: cliToken().Created}}, d.err
}

func (d *cliDesk) AddToken(_ context.Context, _ services.Grant, in desk.TokenInput) (desk.NewToken, error) {
	d.wanted = in
	return desk.NewToken{Token: cliToken(), Secret: "5ec2e7"}, d.err
}

func (d *cliDesk) RevokeToken(context.Context, string) (desk.Token, error) {
	t := cliToken()
	t.Revoked = t.Created.Add(time.Hour)
	return t, d.err
}

func cliToken() desk.Token {
	made := time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)
	return desk.Token{
		ID: "3f9a01c2d4e5", Scopes: []services.TokenScope{services.MayRead, services.MayFile}, Note: "case \x1b[31msystem",
		Created: made, Expires: made.Add(24 * time.Hour),
	}
}

// filedAs is the answer to an event, with a receipt or without.
func filedAs(event string, sent bool) desk.Answer {
	a := desk.Answer{Event: event, Scope: storyCase, Reference: schemas.Reference(storyCase)}
	if sent {
		a.Receipt = &services.Receipt{SHA256: strings.Repeat("9f2c", 16)}
	}
	return a
}

// storyRow is the story's case as a desk lists it.
func storyRow() desk.Case {
	return desk.Case{
		ID: storyCase, Reference: schemas.Reference(storyCase), Kind: "person", Lead: sampleLabour,
		PartOf: []string{storySituation}, Changed: time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC),
		Referrals: []desk.Referral{{ID: cliReferral, State: "claimed", Service: "shelter", AgeClass: "unsure"}},
	}
}

// said is what a run of the program left behind.
type said struct {
	exit     int
	out, err string
}

// serve puts the desk behind an API, as long as the test lasts.
func (d *cliDesk) serve(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(httpapi.New(httpapi.Config{
		Desks:  httpapi.DeskTable{sampleHarbour: d},
		Tokens: httpapi.TokenTable{services.HashToken("token"): {Agency: sampleHarbour, Scopes: services.DeskScopes()}},
		Log:    zerolog.Nop(), Now: func() time.Time { return time.Unix(0, 0) },
	}))
	t.Cleanup(server.Close)
	return server
}

// play runs the program against the desk.
func (d *cliDesk) play(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	server := d.serve(t)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "desk.json")
	if err := (deskclient.DeskFile{URL: server.URL, Agency: sampleHarbour, Token: "token"}).Save(path); err != nil {
		t.Fatal(err)
	}
	return runWith(t.Context(), stdin, path, args...)
}

func runWith(ctx context.Context, stdin, deskFile string, args ...string) said {
	var out, err bytes.Buffer
	c := &command{stdin: strings.NewReader(stdin), stdout: &out, stderr: &err, getenv: func(name string) string {
		if name == "SAPHAN_DESK" {
			return deskFile
		}
		return ""
	}}
	exit := c.run(ctx, args)
	return said{exit, out.String(), err.String()}
}

// expect compares what was said with what should be.
func expect(t *testing.T, got, want said) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{})); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

// batchOfTwo has the ids that the answers have.
const batchOfTwo = `[{"id":"` + cliEvent + `","type":"org.saphan.case.opened.v1"},{"id":"` + cliOther + `","type":"org.saphan.screening.completed.v1"}]`

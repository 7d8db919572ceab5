package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/httpapi"
	hooks "github.com/saphan-project/saphan/adapters/webhook"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

const (
	cliHook   = "3f9a01c2d4e5"
	cliSecret = "whsec_c2VjcmV0"
)

// cliHooks are webhooks that answer with what they are given, and keep what they were
// told.
type cliHooks struct {
	state   webhook.EndpointState // of the one webhook; active when empty
	outcome webhook.Outcome
	log     webhook.DeliveryLog
	err     error
	told    []any
	none    bool // to be moved
}

func (d *cliDesk) Webhooks() httpapi.Webhooks { return &d.hooks }

func (h *cliHooks) hear(in ...any) (webhook.Endpoint, error) {
	h.told = append(h.told, in...)
	e := webhook.Endpoint{
		ID: cliHook, URL: "https://cases.example.org/\x1b[31m", Types: []string{"referral.*"}, State: webhook.Active, Rate: 600,
		Keys: []webhook.SigningKey{{Public: "whpk_bmV3"}, {Public: "whpk_b2xk", Ends: time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)}},
	}
	switch h.state {
	case webhook.Paused:
		e.State, e.Reason, e.FailingSince = h.state, webhook.Failing, time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)
	case webhook.Unverified, webhook.Disabled:
		e.State, e.Keys = h.state, e.Keys[:1]
	}
	return e, h.err
}

func (h *cliHooks) result() webhook.Outcome {
	if h.outcome.Code == "" {
		return webhook.OutcomeOf(204)
	}
	return h.outcome
}

func (h *cliHooks) made(in any) (webhook.EndpointSecret, error) {
	e, err := h.hear(in)
	return webhook.EndpointSecret{Endpoint: e, Secret: cliSecret}, err
}

func (h *cliHooks) Add(_ context.Context, in webhook.EndpointInput) (webhook.EndpointSecret, error) {
	m, err := h.made(in)
	o := h.result()
	m.Asked = &o
	return m, err
}

func (h *cliHooks) Rotate(_ context.Context, id string, in webhook.KeyInput) (webhook.EndpointSecret, error) {
	return h.made(in)
}

func (h *cliHooks) List(context.Context) ([]webhook.EndpointStatus, error) {
	e, err := h.hear()
	return []webhook.EndpointStatus{{Endpoint: e, Deliveries: webhook.Counts{webhook.Waiting: 3, webhook.Failed: 1}}}, err
}

func (h *cliHooks) Show(ctx context.Context, _ string) (webhook.EndpointStatus, error) {
	list, err := h.List(ctx)
	return list[0], err
}

func (h *cliHooks) checked(in ...any) (webhook.Checked, error) {
	e, err := h.hear(in...)
	return webhook.Checked{Endpoint: e, Outcome: h.result()}, err
}

func (h *cliHooks) Verify(context.Context, string) (webhook.Checked, error) {
	return h.checked("verify")
}
func (h *cliHooks) Pause(context.Context, string) (webhook.Endpoint, error) { return h.hear("pause") }
func (h *cliHooks) Resume(context.Context, string) (webhook.Endpoint, error) {
	return h.hear("resume")
}
func (h *cliHooks) Remove(context.Context, string) (webhook.Endpoint, error) { return h.hear("rm") }
func (h *cliHooks) Test(_ context.Context, _ string, in webhook.ExampleInput) (webhook.Checked, error) {
	return h.checked(in)
}

func (h *cliHooks) Deliveries(_ context.Context, _ string, in webhook.LogInput) (webhook.DeliveryLog, error) {
	_, err := h.hear(in)
	return h.log, err
}

func (h *cliHooks) moved(in any) (webhook.Moved, error) {
	_, err := h.hear(in)
	if h.none {
		return webhook.Moved{}, err
	}
	return webhook.Moved{Count: 3}, err
}

func (h *cliHooks) Retry(_ context.Context, _ string, in webhook.RetryInput) (webhook.Moved, error) {
	return h.moved(in)
}

func (h *cliHooks) SkipDelivery(_ context.Context, _ string, in webhook.SkipInput) (webhook.Moved, error) {
	return h.moved(in)
}

func (h *cliHooks) Replay(_ context.Context, _ string, in webhook.ReplayInput) (webhook.Moved, error) {
	return h.moved(in)
}

const cliWebhooks = `WEBHOOK       STATE   GETS        WAITING  FAILED  URL
3f9a01c2d4e5  active  referral.*  3        1       https://cases.example.org/\u001b[31m
`

func TestAWebhookIsAddedAndItsSecretShownOnce(t *testing.T) {
	t.Parallel()
	d := &cliDesk{hooks: cliHooks{state: webhook.Unverified, outcome: webhook.Outcome{Code: webhook.Unreached}}}
	got := d.play(t, "", "webhook", "add", "https://cases.example.org/", "--types", "referral.*,case.closed", "--full")
	expect(t, got, said{0, `secret              whsec_c2VjcmV0
public key          whpk_bmV3
its receiver takes  600 requests a minute
its receiver        no connection
WEBHOOK       STATE               GETS        WAITING  FAILED  URL
3f9a01c2d4e5  has not agreed yet  referral.*  0        0       https://cases.example.org/\u001b[31m
`, "next: saphan webhook verify 3f9a01c2d4e5\n"})
	want := []any{webhook.EndpointInput{URL: "https://cases.example.org/", Types: []string{"referral.*", "case.closed"}, Full: true}}
	if diff := cmp.Diff(want, d.hooks.told); diff != "" {
		t.Errorf("the desk was told (-want +got):\n%s", diff)
	}
	d = &cliDesk{}
	if got := d.play(t, "", "webhook", "add", "https://cases.example.org/"); got.err != "next: saphan trigger referral.offered --to 3f9a01c2d4e5\n" {
		t.Errorf("got %+v", got)
	}
	var made webhook.EndpointSecret
	got = d.play(t, "", "webhook", "add", "https://cases.example.org/", "--json")
	if err := json.Unmarshal([]byte(got.out), &made); err != nil || made.Secret != cliSecret || got.err != "" {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestWebhooksAreListedAndShown(t *testing.T) {
	t.Parallel()
	expect(t, (&cliDesk{}).play(t, "", "webhook", "ls"), said{0, cliWebhooks, ""})
	expect(t, (&cliDesk{hooks: cliHooks{state: webhook.Paused}}).play(t, "", "webhook", "show", cliHook), said{0,
		`WEBHOOK       STATE                                     GETS        WAITING  FAILED  URL
3f9a01c2d4e5  paused: nothing went well for three days  referral.*  3        1       https://cases.example.org/\u001b[31m
public key                       whpk_bmV3
old key, until 2026-11-24 17:30  whpk_b2xk
its receiver takes               600 requests a minute
fails since                      2026-11-21 17:30
`, ""})
	got := (&cliDesk{}).play(t, "", "webhook", "ls", "--json")
	var list struct{ Webhooks []webhook.EndpointStatus }
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || list.Webhooks[0].Deliveries[webhook.Waiting] != 3 {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestEveryWordToAWebhook(t *testing.T) {
	t.Parallel()
	for word, next := range map[string]string{
		"verify": "trigger referral.offered --to " + cliHook, "pause": "webhook resume " + cliHook,
		"resume": "webhook log " + cliHook, "rm": "",
	} {
		d := &cliDesk{}
		if next != "" {
			next = "next: saphan " + next + "\n"
		}
		expect(t, d.play(t, "", "webhook", word, cliHook), said{0, cliWebhooks, next})
		if d.hooks.told[0] != word {
			t.Errorf("%s: the desk was told %v", word, d.hooks.told)
		}
	}
	d := &cliDesk{}
	got := d.play(t, "", "webhook", "rotate", cliHook, "--overlap", "90m")
	if got.exit != 0 || !strings.HasPrefix(got.out, "secret ") || *d.hooks.told[0].(webhook.KeyInput).Overlap != 5400 {
		t.Errorf("%+v, told %v", got, d.hooks.told)
	}
}

func TestAReceiverThatDoesNotAgreeIsAnError(t *testing.T) {
	t.Parallel()
	d := &cliDesk{hooks: cliHooks{outcome: webhook.Outcome{Code: webhook.Unasked, Status: 405}}}
	expect(t, d.play(t, "", "webhook", "verify", cliHook), said{6, "",
		"saphan: error: not taken\n  3f9a01c2d4e5  did not agree (405)\nsaphan: hint: saphan webhook add --help says what a receiver answers\n"})
	d = &cliDesk{hooks: cliHooks{err: services.RefuseIn("paused", webhook.CodeState)}}
	got := d.play(t, "", "webhook", "pause", cliHook, "--json")
	if got.exit != 6 || !strings.Contains(got.err, `"code":"webhook_state","state":"paused"`) || !strings.Contains(got.err, "saphan webhook ls shows") {
		t.Errorf("got %+v", got)
	}
}

func TestTheLogOfAWebhook(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC)
	d := &cliDesk{hooks: cliHooks{log: webhook.DeliveryLog{Next: 7, Deliveries: []webhook.Delivery{
		{Place: 9, Event: cliOther, Type: "referral.accepted", State: webhook.Waiting, Next: at},
		{Place: 8, Event: cliEvent, Type: "referral.offered", State: webhook.Failed, Attempts: 13, At: at, Last: webhook.OutcomeOf(500)},
		{Place: 7, Event: cliEvent, Type: "referral.offered", State: webhook.Delivered, Attempts: 1, At: at, Last: webhook.OutcomeOf(204)},
	}}}}
	expect(t, d.play(t, "", "webhook", "log", cliHook, "--state", "failed", "--type", "referral.offered", "--before", "10", "--limit", "3"), said{0,
		`PLACE  EVENT                                 TYPE               STATE      TRIED  LAST             OUTCOME                     NEXT
9      0190163d-8694-739b-aea5-966c26f8ad92  referral.accepted  waiting    0                                                   Mon 23/11 09:41
8      0190163d-8694-739b-aea5-966c26f8ad91  referral.offered   failed     13     Mon 23/11 09:41  the receiver refused (500)
7      0190163d-8694-739b-aea5-966c26f8ad91  referral.offered   delivered  1      Mon 23/11 09:41  taken (204)
`, "next: saphan webhook retry 3f9a01c2d4e5 --state failed\nnext: saphan webhook skip 3f9a01c2d4e5 EVENT\n" +
			"next: saphan webhook log 3f9a01c2d4e5 --before 7\n"})
	want := []any{webhook.LogInput{State: webhook.Failed, Type: "referral.offered", Page: webhook.Page{Before: 10, Limit: 3}}}
	if diff := cmp.Diff(want, d.hooks.told); diff != "" {
		t.Errorf("the desk was told (-want +got):\n%s", diff)
	}
}

func TestDeliveriesAreMoved(t *testing.T) {
	t.Parallel()
	d := &cliDesk{}
	for _, row := range []struct{ args, out string }{
		{"retry " + cliHook + " " + cliEvent, "3 events: sent again\n"},
		{"retry " + cliHook + " --state failed --type referral.offered --since 2026-11-23T09:41:00+07:00", "3 events: sent again\n"},
		{"skip " + cliHook + " " + cliEvent, "3 events: given up\n"},
		{"replay " + cliHook + " --place 17", "3 events: sent again, and what the log had forgotten\n"},
		{"replay " + cliHook + " --since 2026-11-23T02:41:00Z", "3 events: sent again, and what the log had forgotten\n"},
	} {
		expect(t, d.play(t, "", append([]string{"webhook"}, strings.Fields(row.args)...)...), said{0, row.out, ""})
	}
	at := time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC)
	want := []any{
		webhook.RetryInput{Event: cliEvent},
		webhook.RetryInput{State: webhook.Failed, Type: "referral.offered", Since: at},
		webhook.SkipInput{Event: cliEvent},
		webhook.ReplayInput{Place: 17},
		webhook.ReplayInput{Since: at},
	}
	if diff := cmp.Diff(want, d.hooks.told); diff != "" {
		t.Errorf("the desk was told (-want +got):\n%s", diff)
	}
}

func TestRetrySaysWhatWaitsWhereNothingFailed(t *testing.T) {
	t.Parallel()
	d := &cliDesk{hooks: cliHooks{none: true}}
	expect(t, d.play(t, "", "webhook", "retry", cliHook, "--state", "failed"), said{0,
		"0 events: sent again\n3 events: waiting\n", "next: saphan webhook retry " + cliHook + " --state waiting\n"})
	expect(t, d.play(t, "", "webhook", "retry", cliHook, "--state", "waiting"), said{0, "0 events: sent again\n", ""})
}

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Duration{"2h": 2 * time.Hour, "30m": 30 * time.Minute, "3d": 72 * time.Hour, "1.5d": 36 * time.Hour} {
		if got, err := ago("since", s, now); err != nil || now.Sub(got) != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"yesterday", "-2h", "-1d", "d", "2"} {
		if _, err := ago("since", s, now); err == nil {
			t.Errorf("%s was taken", s)
		}
	}
}

func TestTriggerSendsAnExample(t *testing.T) {
	t.Parallel()
	const sent = "WEBHOOK       OUTCOME      URL\n3f9a01c2d4e5  taken (204)  https://cases.example.org/\\u001b[31m\n"
	for _, row := range []struct {
		args []string
		want any // what the desk is told in the end
		said said
	}{
		{[]string{"referral.offered"}, webhook.ExampleInput{Type: "referral.offered"}, said{0, sent, ""}},
		{[]string{"org.saphan.referral.offered.v1"}, webhook.ExampleInput{Type: "referral.offered"}, said{0, sent, ""}},
		{[]string{"tip.received", "--to", cliHook}, webhook.ExampleInput{Type: "tip.received"}, said{0, sent, ""}},
		{[]string{"tip.received"}, nil, said{4, "",
			"saphan: error: none of your webhooks gets such events\nsaphan: hint: saphan webhook ls lists them; --to ID sends it to one all the same\n"}},
		{[]string{"referral.offerd"}, nil, said{2, "",
			"saphan: error: there is no such type of event\nsaphan: hint: did you mean saphan trigger referral.offered?\n"}},
		{[]string{"section.offer"}, nil, said{2, "",
			"saphan: error: there is no such type of event\nsaphan: hint: saphan schema ls lists them\n"}},
	} {
		d := &cliDesk{}
		expect(t, d.play(t, "", append([]string{"trigger"}, row.args...)...), row.said)
		if row.want != nil && (len(d.hooks.told) != 1 || d.hooks.told[0] != row.want) || row.want == nil && len(d.hooks.told) > 0 {
			t.Errorf("%v: the desk was told %v", row.args, d.hooks.told)
		}
	}
	d := &cliDesk{hooks: cliHooks{outcome: webhook.OutcomeOf(500)}}
	if got := d.play(t, "", "trigger", "referral.offered"); got.exit != 6 || !strings.Contains(got.err, "3f9a01c2d4e5  the receiver refused (500)") {
		t.Errorf("got %+v", got)
	}
}

// receiver is a system of an agency's own on this machine, which checks what it gets.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	keys   []string
	bodies []string
	ids    []string
	wrong  []error
	came   chan struct{}
}

func startPartner(t *testing.T) *receiver {
	t.Helper()
	p := &receiver{came: make(chan struct{}, 1000)}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.Header().Set("WebHook-Allowed-Origin", r.Header.Get("WebHook-Request-Origin"))
		w.Header().Set("WebHook-Allowed-Rate", "*") // the node's clock stands still
		return
	}
	body, _ := io.ReadAll(r.Body)
	sent, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64) // the node's clock stands still
	p.mu.Lock()
	id, err := hooks.Verify(p.keys, r.Header, body, time.Unix(sent, 0))
	if err != nil {
		p.wrong = append(p.wrong, err)
	}
	p.ids, p.bodies = append(p.ids, id), append(p.bodies, string(body))
	p.mu.Unlock()
	p.came <- struct{}{}
	w.WriteHeader(http.StatusNoContent)
}

// waitFor returns when so many have come.
func (p *receiver) waitFor(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-p.came:
		case <-within(t).Done():
			t.Fatal("not all came")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wrong) > 0 {
		t.Fatal(p.wrong)
	}
}

// logs waits until the log of a webhook says something n times: what became of an event
// is stored after it came.
func (w *whole) logs(t *testing.T, id, text string, n int) {
	t.Helper()
	for ctx := within(t); strings.Count(w.typed(t, 0, sampleHarbour, "", "webhook", "log", id), text) != n; {
		if err := wait(ctx, time.Millisecond); err != nil {
			t.Fatalf("the log does not say %q %d times", text, n)
		}
	}
}

// An agency's own system gets what the desk was shown, thin or whole, and asks for the
// same again after it was away; a restart of the node changes nothing.
func TestWebhooksOfANode(t *testing.T) {
	t.Parallel()
	w := startWhole(t, func(w *world) { w.origin, w.loopback = "saphan.example.org", true })
	thin, full := startPartner(t), startPartner(t)
	add := func(p *receiver, more ...string) string {
		var made webhook.EndpointSecret
		args := append([]string{"webhook", "add", p.URL, "--json"}, more...)
		if err := json.Unmarshal([]byte(w.typed(t, 0, sampleHarbour, "", args...)), &made); err != nil || made.State != webhook.Active {
			t.Fatalf("%+v, %v", made, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.keys = append(p.keys, made.Secret)
		return made.ID
	}
	add(thin, "--types", "referral.*")
	id := add(full, "--full")
	r := w.filed(t, "", thinOffer)
	w.typed(t, 0, sampleHarbour, "", "referral", "accept", r.reference())

	told, _, err := w.site.node.desks.of(sampleHarbour).Feed(t.Context(), 0, 0)
	if err != nil || len(told) < 4 {
		t.Fatal(len(told), err)
	}
	var everything, referrals []string
	for _, f := range told {
		everything = append(everything, string(f.Fact.Bytes))
		if strings.HasPrefix(f.Fact.Name(), "referral.") {
			referrals = append(referrals, f.Fact.ID())
		}
	}
	full.waitFor(t, len(everything))
	thin.waitFor(t, len(referrals))
	if diff := cmp.Diff(everything, full.bodies); diff != "" {
		t.Errorf("whole events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(referrals, thin.ids); diff != "" {
		t.Errorf("thin events (-want +got):\n%s", diff)
	}
	if body := strings.Join(thin.bodies, ""); strings.Contains(body, `"data"`) || strings.Contains(body, "dssematerial") {
		t.Errorf("too much is told: %s", body)
	}

	w.logs(t, id, "delivered  1", len(everything)) // what is broken off comes again
	w.stop(t)
	w.start(t)
	w.typed(t, 0, sampleHarbour, "", "trigger", "referral.offered", "--to", id)
	full.waitFor(t, 1)
	// Who gets events can file none of them: not as they are, not thin, and no example.
	for _, body := range []string{full.bodies[0], thin.bodies[0], full.bodies[len(everything)]} {
		w.typed(t, 5, sampleHarbour, body, "file", "-")
	}
	w.typed(t, 0, sampleHarbour, "", "webhook", "replay", id, "--place", "1")
	full.waitFor(t, len(everything))
	if diff := cmp.Diff(everything, full.bodies[len(everything)+1:]); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	document := newOpenAPI(t)
	for _, body := range slices.Concat(thin.bodies, full.bodies) {
		if err := document.sends([]byte(body)); err != nil {
			t.Errorf("the document does not know what was sent: %v\n%s", err, body)
		}
	}
	w.logs(t, id, "delivered  2", len(everything))
	w.typed(t, 0, sampleHarbour, "", "webhook", "rm", id)
	w.typed(t, 6, sampleHarbour, "", "webhook", "replay", id, "--place", "1")
}

// The own machine is nowhere that events are sent to, unless the operator says so.
func TestUpLetsWebhooksToTheOwnMachineOnlyWhereThatIsMeant(t *testing.T) {
	t.Parallel()
	p := startPartner(t)
	for _, row := range []struct {
		flags []string
		exit  int
	}{{nil, 3}, {[]string{"--webhooks-to-loopback"}, 0}} {
		dir := t.TempDir()
		s := startUp(t, dir, row.flags...)
		desk := filepath.Join(deskDir(dir, sampleHarbour), "desk.json")
		if got := runWith(within(t), "", desk, "webhook", "add", p.URL); got.exit != row.exit || strings.Contains(got.err, p.URL) {
			t.Errorf("%v: %+v", row.flags, got)
		}
		s.down(t)
		if strings.Contains(s.stderr.String(), p.URL) {
			t.Errorf("the log tells the address: %s", s.stderr.String())
		}
	}
}

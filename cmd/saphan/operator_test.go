package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/operator"
)

// cutWithin is how soon an agency that is shut out notices it everywhere.
const cutWithin = 5 * time.Second

func (w *whole) operator(t testing.TB) *deskclient.Operator {
	t.Helper()
	f, err := deskclient.Load(operatorFile(w.dir))
	if err != nil {
		t.Fatal(err)
	}
	return deskclient.NewOperator(f)
}

// client opens an agency's desk with the file that it has now.
func (w *whole) client(t testing.TB, agency string) *deskclient.Client {
	t.Helper()
	f, err := deskclient.Load(filepath.Join(deskDir(w.dir, agency), "desk.json"))
	if err != nil {
		t.Fatal(err)
	}
	return deskclient.New(f)
}

// refused fails unless err is the refusal.
func refused(t testing.TB, what string, err error, k services.Kind, code string) {
	t.Helper()
	if e := services.AsError(err); err == nil || e.Kind != k || e.Code != code {
		t.Errorf("%s: %v, want %s: %s", what, err, k, code)
	}
}

// follow opens the stream of a desk, and returns what is closed when it ends.
func (w *whole) follow(t testing.TB, agency string) <-chan struct{} {
	t.Helper()
	f, err := deskclient.Load(filepath.Join(deskDir(w.dir, agency), "desk.json"))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(within(t), http.MethodGet, f.URL+"/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the stream of %s: %v", agency, err)
	}
	lines, over := bufio.NewReader(resp.Body), make(chan struct{})
	if _, err := lines.ReadString('\n'); err != nil { // it has begun
		t.Fatal(err)
	}
	go func() {
		defer close(over)
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, lines)
	}()
	return over
}

// soon fails unless something ends within the time that a cut may take.
func soon(t testing.TB, what string, over <-chan struct{}) {
	t.Helper()
	select {
	case <-over:
	case <-time.After(cutWithin):
		t.Errorf("%s goes on", what)
	}
}

// cut returns what is closed when the broker has ended a connection.
func cut(nc *natsbus.Conn) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		for nc.IsConnected() {
			time.Sleep(time.Millisecond)
		}
	}()
	return over
}

// TestSuspendAndResume: who is suspended is out at once, everywhere, over restarts,
// and finds what happened meanwhile when it is resumed.
func TestSuspendAndResume(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	r := w.request(t)
	w.rest(t)
	if err := w.act(t, sampleRiverside, "accept", r); err != nil {
		t.Fatal(err)
	}
	op, token := w.operator(t), w.client(t, sampleRiverside)
	stream, line, other := w.follow(t, sampleRiverside), w.enter(t, sampleRiverside), w.follow(t, sampleHarbour)
	m, err := op.Suspend(within(t), sampleRiverside)
	if err != nil || m.Status != "suspended" {
		t.Fatalf("%+v, %v", m, err)
	}
	_, err = token.Inbox(within(t))
	refused(t, "the inbox", err, services.Forbidden, services.CodeSuspended)
	_, err = token.Act(within(t), "meet", r.id, desk.ActInput{})
	refused(t, "a word", err, services.Forbidden, services.CodeSuspended)
	soon(t, "the stream", stream)
	soon(t, "the connection", cut(line))
	if u, err := w.site.hub.bus.Accounts.User(sampleRiverside); err != nil {
		t.Fatal(err)
	} else if nc, err := w.site.node.server.Connect(u, "back"); err == nil && nc.IsConnected() {
		t.Error("a new user of it comes in")
	}
	select {
	case <-other:
		t.Error("another agency's stream ended")
	default:
	}
	if _, err := w.desks[sampleHarbour].Inbox(within(t)); err != nil {
		t.Errorf("another agency: %v", err)
	}
	_, said := w.event("referral.cancellation_requested", r.caseID, schemas.ReferralCancellationRequested{
		InReferral: schemas.InReferral{Referral: r.id}, Reason: "other",
	})
	w.file(t, sampleLabour, said)
	w.stop(t)
	w.start(t)
	_, err = w.client(t, sampleRiverside).Inbox(within(t))
	refused(t, "after a restart", err, services.Forbidden, services.CodeSuspended)
	if m, err = w.operator(t).Resume(within(t), sampleRiverside); err != nil || m.Status != "active" {
		t.Fatalf("%+v, %v", m, err)
	}
	back := w.client(t, sampleRiverside)
	for ctx := within(t); ; {
		steps, err := back.Trace(ctx, r.caseID)
		if err == nil && steps[len(steps)-1].Type == "referral.cancellation_requested" {
			break
		}
		if wait(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("it sees %+v, %v", steps, err)
		}
	}
	if a, err := back.Act(within(t), "meet", r.id, desk.ActInput{}); err != nil || a.Waits() {
		t.Errorf("it cannot go on: %+v, %v", a, err)
	}
}

// TestRotate: what opened a desk before does not any more, and the desk goes on.
func TestRotate(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	before := w.client(t, sampleHarbour)
	made, err := before.AddToken(within(t), desk.TokenInput{Scopes: []services.TokenScope{services.MayRead}})
	if err != nil {
		t.Fatal(err)
	}
	line := w.enter(t, sampleHarbour)
	access, err := w.operator(t).Rotate(within(t), sampleHarbour, operator.RotateInput{})
	if err != nil || access.File != filepath.Join(deskDir(w.dir, sampleHarbour), "desk.json") {
		t.Fatalf("%+v, %v", access, err)
	}
	_, err = before.Inbox(within(t))
	refused(t, "the old token", err, services.Unauthorized, "token")
	f, err := deskclient.Load(access.File)
	if err != nil {
		t.Fatal(err)
	}
	f.Token = made.Secret
	_, err = deskclient.New(f).Inbox(within(t))
	refused(t, "a token that it had made", err, services.Unauthorized, "token")
	soon(t, "the old connection", cut(line))
	_, said := w.event("agency.capacity_changed", sampleHarbour, schemas.AgencyCapacityChanged{Service: "shelter", Capacity: "none"})
	if a, err := w.client(t, sampleHarbour).File(within(t), said); err != nil || a.Waits() {
		t.Errorf("the new one: %+v, %v", a, err)
	}
}

// TestHostedAgencyIsAdmittedLive: its desk is there at once, is offered what fits,
// and is there after a restart.
func TestHostedAgencyIsAdmittedLive(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	file := filepath.Join(t.TempDir(), "agency.json")
	example := runAsOperator(within(t), "", operatorFile(w.dir), "agency", "add", "--example")
	if err := os.WriteFile(file, []byte(example.out), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same again does no harm
		got := runAsOperator(within(t), "", operatorFile(w.dir), "agency", "add", "shelter-new", "--file", file)
		if got.exit != 0 || !strings.Contains(got.out, filepath.Join(deskDir(w.dir, "shelter-new"), "desk.json")) {
			t.Fatalf("%+v", got)
		}
	}
	for _, agency := range []string{sampleRiverside, sampleHarbour} {
		if _, err := w.operator(t).Suspend(within(t), agency); err != nil {
			t.Fatal(err)
		}
	}
	r := w.request(t)
	w.rest(t)
	sees := func(when string) {
		t.Helper()
		items, err := w.client(t, "shelter-new").Inbox(within(t))
		if err != nil || len(items) != 1 || items[0].Case != r.caseID || items[0].Need != desk.NeedDecide {
			t.Errorf("%s: %+v, %v", when, items, err)
		}
	}
	sees("at once")
	w.stop(t)
	w.start(t)
	sees("after a restart")
}

// TestBundleIsCompleteAndItsKeysStay: what the hub gets holds no private key, and
// whoever has the folder files and reads through the bus.
func TestBundleIsCompleteAndItsKeysStay(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	at, sent := w.overheard(t)
	dir := filepath.Join(t.TempDir(), "bundle")
	example := runAsOperator(within(t), "", at, "agency", "add", "--example")
	for _, args := range [][]string{
		{"agency", "add", "labour-partner", "--file", "-", "--bundle", dir}, {"agency", "add", "labour-partner", "--file", "-", "--bundle", dir},
	} {
		of := strings.Replace(example.out, `"kind": "shelter"`, `"kind": "labour_office"`, 1)
		if got := runAsOperator(within(t), withoutServices(t, of), at, args...); got.exit != 0 || !strings.Contains(got.out, dir) {
			t.Fatalf("%+v", got)
		}
	}
	first := w.partner(t, dir)
	if _, err := first.submit(t, w); err != nil {
		t.Errorf("filed: %v", err)
	}
	old := secretsIn(t, dir)
	if got := runAsOperator(within(t), "", at, "agency", "rotate", "labour-partner", "--bundle", dir, "--yes"); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	soon(t, "the old user", cut(first.nc))
	if _, err := w.partner(t, dir).submit(t, w); err != nil {
		t.Errorf("filed after rotation: %v", err)
	}
	travelled := sent()
	for name, secret := range append(old, secretsIn(t, dir)...) {
		if bytes.Contains(travelled, secret) {
			t.Errorf("secret %d travelled", name)
		}
	}
	if !bytes.Contains(travelled, []byte("age1pq1")) {
		t.Error("nothing was overheard")
	}
	files, err := os.ReadDir(dir)
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != privateMode {
			t.Errorf("%s can be read by others: %v", f.Name(), err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if again := strings.Count(string(travelled), `"user":"U`); again != 3 {
		t.Errorf("%d users were sent", again)
	}
}

func withoutServices(t *testing.T, file string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(file), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "services")
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// overheard is the operator's file of a line that somebody listens on, and what was
// sent on it.
func (w *whole) overheard(t *testing.T) (string, func() []byte) {
	t.Helper()
	f, err := deskclient.Load(operatorFile(w.dir))
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var sent bytes.Buffer
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		sent.Write(raw)
		mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(raw))
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	f.URL = server.URL
	path := filepath.Join(t.TempDir(), "operator.json")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	return path, func() []byte {
		mu.Lock()
		defer mu.Unlock()
		return bytes.Clone(sent.Bytes())
	}
}

// secretsIn are the private halves of a bundle's keys, as they are written.
func secretsIn(t *testing.T, dir string) [][]byte {
	t.Helper()
	var secrets [][]byte
	for _, name := range []string{signingFile, "sealing.age", "recovery.age", "outbox.key", userFile} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") && !strings.HasPrefix(line, "#") && line != "" {
				secrets = append(secrets, []byte(line))
			}
		}
	}
	return secrets
}

// partner is who has a bundle, and nothing else.
type partner struct {
	nc   *natsbus.Conn
	bus  *natsbus.Desk
	keys deskKeys
	id   string
}

func (w *whole) partner(t *testing.T, dir string) partner {
	t.Helper()
	b, err := openBundle(dir, "labour-partner")
	if err != nil {
		t.Fatal(err)
	}
	door, err := b.door()
	if err != nil || door.Root != signing.FormatPublicKey(w.site.desks.root) || door.Consumer != door.Account {
		t.Fatalf("%+v, %v", door, err)
	}
	text, err := readPrivate(filepath.Join(dir, credentialsFile))
	if err != nil {
		t.Fatal(err)
	}
	u, err := natsbus.ParseCredentials(text)
	if err != nil {
		t.Fatal(err)
	}
	p := partner{nc: w.connect(t, u), keys: b.keys, id: door.Agency}
	if p.bus, err = natsbus.NewDesk(p.nc, door.Account); err != nil {
		t.Fatal(err)
	}
	return p
}

// submit files a case of its own.
func (p partner) submit(t *testing.T, w *whole) (services.Receipt, error) {
	t.Helper()
	opened := personCase()
	opened.Lead = p.id
	raw, err := signing.NewAuthor(p.keys.signing).Write(schemas.Draft{
		ID: w.world.ids.EventID(), Author: schemas.Party{Agency: p.id}, Type: "case.opened", Subject: w.world.ids.ID(),
		Time: w.clock.Now(), Data: opened,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.bus.Submit(within(t), raw)
}

// TestAFolderWithoutARegistrationIsLeftAlone: an admission that was broken off keeps
// no hub from starting, and is completed by the same order.
func TestAFolderWithoutARegistrationIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	w.stop(t)
	dir := deskDir(w.dir, "shelter-new")
	if err := makeFolder(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := openDeskKeys(dir); err != nil {
		t.Fatal(err)
	}
	agencies, err := upFlags{data: w.dir}.agencies()
	if err != nil || !slices.ContainsFunc(agencies, func(a sampleAgency) bool { return a.ID == "shelter-new" }) {
		t.Fatalf("%v, %v", agencies, err)
	}
	n, err := startNode(context.WithoutCancel(t.Context()), nodeConfig{dir: w.dir, agencies: agencies}, w.world)
	if err != nil {
		t.Fatal(err)
	}
	if n.desks.running("shelter-new") != nil || n.desks.running(sampleHarbour) == nil {
		t.Error("the wrong desks run")
	}
	if _, err := n.operator.Add(within(t), "shelter-new", operator.AddInput{Registered: sampleAgencies()[2].Register}); err != nil {
		t.Error(err)
	}
	if n.desks.running("shelter-new") == nil {
		t.Error("it was not completed")
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

// TestHubInit: a folder with every key, each private, made once; and the key that
// belongs into a safe is not needed any more.
func TestHubInit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	var first, again struct{ Files []hubFile }
	for _, into := range []any{&first, &again} {
		got := runWith(within(t), "", "", "hub", "init", "--data", dir, "--json")
		if err := json.Unmarshal([]byte(got.out), into); err != nil || got.exit != 0 {
			t.Fatalf("%v: %+v", err, got)
		}
	}
	if len(first.Files) != 2 || !slices.Equal(first.Files, again.Files) || first.Files[0].Keep != "elsewhere" || first.Files[1].Keep != "copy" {
		t.Fatalf("%+v", first.Files)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if info, ierr := e.Info(); err != nil || ierr != nil || info.Mode().Perm()&othersMode != 0 {
			t.Errorf("%s: others can read it, %v", path, errors.Join(err, ierr))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(first.Files[0].Path); err != nil {
		t.Fatal(err)
	}
	startUp(t, dir).down(t)
	if err := os.Remove(first.Files[1].Path); err != nil {
		t.Fatal(err)
	}
	got := runsInto(t, "up", "--data", dir, "--listen", "127.0.0.1:0")
	if got.exit != services.Conflict.Outcome().Exit || !strings.Contains(got.err, "the hub's root key is missing") {
		t.Errorf("without the root: %+v", got)
	}
}

// TestTheOperatorsCommands: as people type them, against a hub that runs in a process
// of its own and listens to partners over TLS.
func TestTheOperatorsCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	up := startUp(t, dir, "--bus", "127.0.0.1:0")
	defer up.down(t)
	hub := operatorFile(dir)
	file, folder := filepath.Join(dir, "agency.json"), filepath.Join(dir, "bundle")
	if err := os.WriteFile(file, []byte(runs(t, "agency", "add", "--example")), 0o600); err != nil {
		t.Fatal(err)
	}
	said := runs(t, "agency", "add", "shelter-own", "--file", file, "--bundle", folder, "--hub", hub, "--json")
	var own entrance
	if err := json.Unmarshal([]byte(said), &own); err != nil || own.ID != "shelter-own" || own.Bundle != folder || own.Hosted || own.File != "" {
		t.Fatalf("%v: %s", err, said)
	}
	enter := func() (*natsbus.Conn, error) {
		b := &bundle{dir: folder}
		door, err := b.door()
		if err != nil || len(door.URLs) != 1 || door.Account != own.Account {
			t.Fatalf("%+v, %v", door, err)
		}
		return b.connect(door, zerolog.Nop())
	}
	first, err := enter()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	runs(t, "agency", "suspend", "shelter-own", "--hub", hub)
	soon(t, "the connection of who is suspended", cut(first))
	if nc, err := enter(); err == nil {
		nc.Close()
		t.Error("who is suspended comes in")
	}
	runs(t, "agency", "rotate", "shelter-own", "--bundle", folder, "--yes", "--hub", hub)
	if nc, err := enter(); err == nil {
		nc.Close()
		t.Error("who is suspended comes in as another user")
	}
	runs(t, "agency", "resume", "shelter-own", "--hub", hub)
	second, err := enter()
	if err != nil {
		t.Fatalf("resumed, as another user: %v", err)
	}
	defer second.Close()
	if list := runs(t, "agency", "ls", "--hub", hub); !regexp.MustCompile(`(?m)^shelter-own .*active +its own$`).MatchString(list) {
		t.Errorf("listed\n%s", list)
	}
	if gone := runs(t, "agency", "offboard", "shelter-own", "--yes", "--hub", hub); !strings.Contains(gone, "No open case waits for it.") {
		t.Errorf("offboarded: %s", gone)
	}
	soon(t, "the connection of who is gone", cut(second))
	if got := runsInto(t, "agency", "resume", "shelter-own", "--hub", hub); got.exit != services.Conflict.Outcome().Exit || !strings.Contains(got.err, "agency_closed") {
		t.Errorf("resumed: %+v", got)
	}
	if got := runsInto(t, "agency", "add", "shelter-own", "--file", file, "--bundle", folder, "--hub", hub); got.exit != services.Conflict.Outcome().Exit {
		t.Errorf("admitted again: %+v", got)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// feedOf makes a feed of events of one case, two places apart.
func feedOf(t *testing.T, types ...string) []desk.Told {
	t.Helper()
	data := map[string]any{
		"case.linked":   schemas.CaseLinked{Link: schemas.Link{Relation: "family", Case: storySituation}},
		"referral.held": schemas.ReferralHeld{InReferral: schemas.InReferral{Referral: cliReferral}, Reason: "other"},
	}
	var told []desk.Told
	for i, name := range types {
		at := time.Date(2026, 11, 23, 2, 41+i, 0, 0, time.UTC)
		e, err := schemas.Draft{
			ID: schemas.DeriveEventID(at, "test", name, fmt.Sprint(i), 0), Author: schemas.Party{Agency: sampleLabour},
			Type: name, Subject: storyCase, Time: at, Data: data[name],
		}.Event()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := schemas.Encode(e, "c2lnbmVk")
		if err != nil {
			t.Fatal(err)
		}
		f, err := services.NewFact(raw, uint64(i), at, "")
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, desk.Told{Place: uint64(2*i + 2), Fact: f})
	}
	return told
}

// listenTo runs `saphan listen` until it has said so many lines.
func (d *cliDesk) listenTo(t *testing.T, dir string, lines int, args ...string) said {
	t.Helper()
	server := d.serve(t)
	defer server.Close() // waits for the stream to end
	path := filepath.Join(dir, "desk.json")
	if err := (deskclient.DeskFile{URL: server.URL, Agency: sampleHarbour, Token: "token"}).Save(path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	out, err := &counted{left: lines, enough: cancel}, &bytes.Buffer{}
	c := &command{stdout: out, stderr: err, getenv: func(string) string { return "" }}
	exit := c.run(ctx, append([]string{"listen", "--desk", path}, args...))
	return said{exit, out.String(), err.String()}
}

// counted calls for an end after so many lines; with none to come, at once.
type counted struct {
	bytes.Buffer
	left   int
	enough func()
}

func (c *counted) Write(p []byte) (int, error) {
	if c.left -= bytes.Count(p, []byte("\n")); c.left <= 0 {
		c.enough()
	}
	return c.Buffer.Write(p)
}

// place is what a listener's file keeps.
func place(t *testing.T, path string) string {
	t.Helper()
	text, err := readPrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestListenTellsALineForEachEvent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := &cliDesk{told: feedOf(t, "case.linked", "referral.held", "case.linked")}
	expect(t, d.listenTo(t, dir, 2, "--from", "start"), said{0,
		"  Mon 23/11 09:41  KF7M-F79X-H   case linked           case.linked\n" +
			"  Mon 23/11 09:42  KF7M-F79X-H   on hold               referral.held\n",
		"saphan: listening at the desk of shelter-harbour, behind place 0; Ctrl-C ends it\n"})
	cursor := filepath.Join(dir, "listen.cursor")
	if got := place(t, cursor); got != "4" {
		t.Errorf("the cursor is at %s", got)
	}
	// It goes on where it left off, and in another language.
	got := d.listenTo(t, dir, 1, "--lang", "th")
	if !strings.Contains(got.out, "case.linked") || strings.Count(got.out, "\n") != 1 || place(t, cursor) != "6" {
		t.Errorf("%+v, at %s", got, place(t, cursor))
	}
	// The events themselves, one on each line, of the types that are wanted.
	d.told[1].Fact.Bytes = append(d.told[1].Fact.Bytes[:1:1], append([]byte("\n  "), d.told[1].Fact.Bytes[1:]...)...)
	own := filepath.Join(t.TempDir(), "own")
	got = d.listenTo(t, dir, 1, "--from", "start", "--json", "--types", "referral.*", "--cursor", own)
	want := strings.Replace(string(d.told[1].Fact.Bytes), "\n  ", "", 1) + "\n"
	expect(t, got, said{0, want, `{"notice":"listening at the desk of shelter-harbour, behind place 0; Ctrl-C ends it"}` + "\n"})
	if place(t, own) != "4" || place(t, cursor) != "6" {
		t.Errorf("cursors at %s and %s", place(t, own), place(t, cursor))
	}
	if got = d.listenTo(t, dir, 1, "--from", "2", "--types", "case.linked"); place(t, cursor) != "6" || strings.Count(got.out, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}

// What the desk refuses for good ends it, with what is wrong.
func TestListenEndsWithARefusal(t *testing.T) {
	t.Parallel()
	d := &cliDesk{told: feedOf(t, "case.linked")}
	got := d.listenTo(t, t.TempDir(), 1, "--from", "3")
	if got.exit != services.Invalid.Outcome().Exit || !strings.Contains(got.err, "(place)") {
		t.Errorf("%+v", got)
	}
	got = d.listenTo(t, t.TempDir(), 1, "--types", "diary")
	if got.exit != services.Invalid.Outcome().Exit || !strings.Contains(got.err, "(types)") {
		t.Errorf("%+v", got)
	}
}

// taker is a program that events are handed to: it fails half of the time, sometimes after it
// has taken one.
type taker struct {
	mu     sync.Mutex
	taken  []string // ids, as they came, each once
	wrong  []string
	after  int // so many, it calls for an end
	enough func()
}

func (p *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	raw, err := io.ReadAll(r.Body)
	e, decodeErr := schemas.Decode(raw)
	if err = errors.Join(err, decodeErr); err != nil || r.Header.Get("Content-Type") != "application/cloudevents+json" {
		p.wrong = append(p.wrong, fmt.Sprint(err, r.Header))
		return
	}
	luck := rand.IntN(4)
	if luck > 0 && !slices.Contains(p.taken, e.ID()) {
		p.taken = append(p.taken, e.ID())
	}
	if luck < 2 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if p.enough != nil && rand.IntN(8) == 0 || len(p.taken) == p.after {
		p.enough()
	}
}

// all lists what it has taken.
func (p *taker) all(t *testing.T) []string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wrong) > 0 {
		t.Fatal(p.wrong)
	}
	return slices.Clone(p.taken)
}

// A listener that breaks off at random, a program that fails half of the time and a
// desk that is started anew in between: the program gets every event of a real desk,
// and in order.
func TestListenHandsEverythingOver(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	p := &taker{}
	server := httptest.NewServer(p)
	defer server.Close()
	dir := t.TempDir()
	for i, more := range []func(){func() { w.until(t, "09:58") }, func() { w.request(t); w.rest(t) }} {
		more()
		want := w.feed(t, sampleLabour)
		for len(p.all(t)) < len(want) {
			w.listen(t, dir, p, len(want), server.URL)
		}
		if diff := cmp.Diff(want, p.all(t)); diff != "" {
			t.Fatalf("round %d (-want +got):\n%s", i, diff)
		}
		w.stop(t)
		w.start(t)
	}
}

// listen hands over until the program calls for an end.
func (w *whole) listen(t *testing.T, dir string, p *taker, after int, to string) {
	t.Helper()
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	p.mu.Lock()
	p.after, p.enough = after, cancel
	p.mu.Unlock()
	c := &command{stdout: io.Discard, stderr: io.Discard, lang: "en", json: true}
	l := &listener{command: c, cursor: cursor{path: filepath.Join(dir, "cursor")}}
	var err error
	if l.forward, err = newForwarder(to, false, l.say); err != nil {
		t.Fatal(err)
	}
	l.forward.pause = time.Millisecond
	begin, err := l.begin("")
	if err != nil {
		t.Fatal(err)
	}
	if begin == nil {
		begin = new(uint64)
	}
	if err := l.follow(ctx, w.desks[sampleLabour], deskclient.StreamInput{After: begin, Notice: l.notice}); err != nil {
		t.Fatal(err)
	}
}

// feed lists the ids of what a desk's feed tells.
func (w *whole) feed(t *testing.T, agency string) []string {
	t.Helper()
	told, last, err := w.site.desks.running(agency).Feed(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if newest, err := w.site.desks.running(agency).Last(t.Context()); err != nil || newest != last || len(told) == 0 {
		t.Fatalf("%d entries, as far as %d of %d, %v", len(told), last, newest, err)
	}
	var ids []string
	for _, one := range told {
		ids = append(ids, one.Fact.ID())
	}
	return ids
}

// Events are handed to this machine only, whatever the name of the host says.
func TestForwardToStaysHere(t *testing.T) {
	t.Parallel()
	for to, ok := range map[string]bool{
		"http://127.0.0.1:1/x": true, "http://127.1.2.3": true, "http://[::1]:1": true, "http://localhost:1": true, "http://[::ffff:127.0.0.1]": true,
		"http://192.0.2.1": false, "http://example.com": false, "http://localhost.example.com": false, "http://2130706433": false,
		"http://0x7f.1": false, "http://[::ffff:192.0.2.1]": false, "http://0.0.0.0:1": false, "http://169.254.169.254": false,
		"http://user:pw@127.0.0.1": false, "ftp://127.0.0.1": false, "127.0.0.1:3000": false, "http://": false, "": false,
	} {
		if _, err := newForwarder(to, false, nil); (err == nil) != ok {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, err := newForwarder("http://192.0.2.1", true, nil); err != nil {
		t.Errorf("anywhere: %v", err)
	}
}

// A name that stands for another machine is found out when the connection is made.
func TestForwardLooksAgainWithEveryConnection(t *testing.T) {
	t.Parallel()
	f, err := newForwarder("http://localhost:1", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.url = "http://192.0.2.1:1" // as a name could come to stand for it
	if got := f.try(t.Context(), nil); got != "the address is one of another machine" {
		t.Errorf("got %q", got)
	}
}

// A program that sends elsewhere has taken nothing.
func TestForwardFollowsNobody(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	f, err := newForwarder(server.URL, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.try(t.Context(), []byte("{}")); got != "the program answered with status 307" || asked != 1 {
		t.Errorf("%q after %d", got, asked)
	}
}

// The file of a listener is its owner's alone, and one that is none is refused.
func TestACursorIsReadStrictly(t *testing.T) {
	t.Parallel()
	c := cursor{path: filepath.Join(t.TempDir(), "cursor")}
	if at, err := c.read(); at != nil || err != nil {
		t.Errorf("no file: %v, %v", at, err)
	}
	for text, ok := range map[string]bool{"0": true, "41\n": true, "-1": false, "x": false, "1 2": false, "99999999999999999999": false} {
		if err := replacePrivate(c.path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.read(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, at := range []uint64{7, 7, 8} {
		if err := c.write(at); err != nil {
			t.Fatal(err)
		}
	}
	if at, err := c.read(); err != nil || *at != 8 {
		t.Errorf("%v, %v", at, err)
	}
	var asJSON map[string]string
	var b bytes.Buffer
	(&listener{command: &command{json: true, stderr: &b}}).say("a \"word\"")
	if err := json.Unmarshal(b.Bytes(), &asJSON); err != nil || asJSON["notice"] != "a \"word\"" {
		t.Errorf("%v: %s", err, b.String())
	}
}

// A token that is revoked ends the streams that it opened, and the end of the node
// does not wait for those that are left.
func TestStreamsOfARealDesk(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	owner := w.desks[sampleHarbour]
	made, err := owner.AddToken(within(t), desk.TokenInput{Scopes: []services.TokenScope{services.MayRead}})
	if err != nil {
		t.Fatal(err)
	}
	reader := deskclient.New(deskclient.DeskFile{URL: w.site.URL, Agency: sampleHarbour, Token: made.Secret})
	if _, err := reader.Tokens(within(t)); services.KindOf(err) != services.Forbidden {
		t.Errorf("a token that may only read lists tokens: %v", err)
	}
	ended := make(chan error, 2)
	follow := func(c *deskclient.Client) {
		there := make(chan struct{})
		var once sync.Once
		go func() {
			ended <- c.Stream(within(t), deskclient.StreamInput{Notice: func(n deskclient.Notice) {
				if n.Err != nil {
					ended <- n.Err
				}
				once.Do(func() { close(there) })
			}}, func(deskclient.Event) error { return nil })
		}()
		<-there
	}
	follow(reader)
	if _, err := owner.RevokeToken(within(t), made.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; services.AsError(err).Code != deskclient.CodeDeskAway { // the stream broke off, and then:
		t.Errorf("the stream: %v", err)
	}
	if err := <-ended; services.KindOf(err) != services.Unauthorized {
		t.Errorf("who came back: %v", err)
	}
	follow(owner)
	begun := time.Now()
	w.stop(t)
	if took := time.Since(begun); took >= drain {
		t.Errorf("it took %v to stop", took)
	}
	if err := <-ended; services.KindOf(err) != services.Later {
		t.Errorf("the last stream: %v", err)
	}
}

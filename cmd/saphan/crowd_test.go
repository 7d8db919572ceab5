package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
)

// BenchmarkManyEvents starts a node and reads a case and an inbox among so many
// events of others, and logs what each took. The others' events are put beside the
// gate; the services are told that they have handled them.
//
//	go test ./cmd/saphan -run '^$' -bench ManyEvents/1000000 -benchtime 1x -timeout 2h
func BenchmarkManyEvents(b *testing.B) {
	for _, events := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(events), func(b *testing.B) {
			for b.Loop() {
				w := startWhole(b, unlimited)
				r := w.request(b)
				w.rest(b)
				w.stop(b)
				w.crowd(b, events)
				w.measure(b, r.caseID)
			}
		})
	}
}

// crowd puts events of other cases into the ledger, five a case, and as many
// copies into inboxes of other agencies, 10,000 an agency.
func (w *whole) crowd(b *testing.B, events int) {
	b.Helper()
	authority, err := natsbus.OpenAuthority(keyFolder(filepath.Join(w.dir, "hub", "bus")))
	if err != nil {
		b.Fatal(err)
	}
	server, err := natsbus.Start(within(b), natsbus.ServerConfig{Dir: filepath.Join(w.dir, "bus"), Authority: authority})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	u, err := authority.Keeper()
	if err != nil {
		b.Fatal(err)
	}
	nc, err := server.Connect(u, "crowd")
	if err != nil {
		b.Fatal(err)
	}
	body, scope := make([]byte, 1500), ""
	for i := range events {
		if i%5 == 0 {
			scope = w.world.ids.ID()
		}
		id := w.world.ids.EventID()
		for _, to := range []string{"ledger.case." + scope + ".0." + id, fmt.Sprintf("inbox.crowd-%d.%s.%s", i/10_000, scope, id)} {
			if i%500 < 499 { // a stream stores in order: the answer to the last speaks for all
				err = nc.Publish(to, body)
			} else {
				_, err = nc.Request(to, body, time.Minute)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, service := range []string{"routing", "delivery"} {
		m, err := nc.Request("$JS.API.CONSUMER.RESET.LEDGER."+service, fmt.Appendf(nil, `{"seq":%d}`, events+1000), time.Minute)
		if err != nil || !strings.Contains(string(m.Data), `"num_pending":0`) {
			b.Fatalf("%s would handle what is not its own: %v", service, err)
		}
	}
}

// measure starts the node again, and logs what everything takes then.
func (w *whole) measure(b *testing.B, caseID string) {
	b.Helper()
	took := watch(b)
	w.start(b)
	took("started")
	for _, from := range []string{"the disk", "memory"} {
		if n := len(w.history(b, caseID)); n == 0 {
			b.Fatal("the case is gone")
		}
		took("case read from " + from)
	}
	if _, err := w.desks[sampleLabour].Trace(within(b), caseID); err != nil {
		b.Fatal(err)
	}
	took("case traced at its desk")
	w.file(b, sampleLabour, w.visitRaw())
	took("event filed")
	w.readCrowd(b)
	took("10,000 events of an inbox read by a plain client")
	if _, err := w.desks[sampleLabour].Inbox(within(b)); err != nil {
		b.Fatal(err)
	}
	took("inbox listed at a desk")
	runtime.GC()
	b.Logf("memory of the process: %s", resident(b))
}

func (w *whole) visitRaw() []byte {
	_, raw := w.event("visit.recorded", w.world.ids.ID(), schemas.VisitRecorded{Kind: "routine", Area: samutSakhon, Sector: "C", Month: "2026-11"})
	return raw
}

// readCrowd reads the inbox of an agency of the crowd, through a consumer that is
// made first.
func (w *whole) readCrowd(b *testing.B) {
	b.Helper()
	nc := w.keep(b)
	create := `{"stream_name":"INBOX","config":{"name":"crowd","filter_subject":"inbox.crowd-0.>","ack_policy":"none","deliver_policy":"all"}}`
	if _, err := nc.Request("$JS.API.CONSUMER.CREATE.INBOX.crowd.inbox.crowd-0.>", []byte(create), time.Minute); err != nil {
		b.Fatal(err)
	}
	come, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		b.Fatal(err)
	}
	for read := range 10_000 {
		if read%500 == 0 {
			if err := nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.INBOX.crowd", come.Subject, []byte(`{"batch":500,"expires":60000000000}`)); err != nil {
				b.Fatal(err)
			}
		}
		if m, err := come.NextMsg(time.Minute); err != nil || len(m.Data) == 0 {
			b.Fatalf("read %d: %v", read, err)
		}
	}
}

// resident is how much memory the process has, as Linux says.
func resident(b *testing.B) string {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not known here"
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

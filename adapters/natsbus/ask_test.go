package natsbus_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/directory"
)

// admitted is the registration of a shelter with keys as long as real ones, in at
// least so many bytes.
func admitted(t *testing.T, sequence, size int) services.Fact {
	t.Helper()
	sealing := schemas.Key{Use: "sealing", Key: "age1pq1" + strings.Repeat("q", 1950)}
	province := schemas.Area{Kind: "province", Code: "TH-74"}
	e, err := schemas.Draft{
		ID: ids().EventID(), Author: services.Party{Service: schemas.Operator}, Type: "agency.registered",
		Subject: fmt.Sprintf("shelter-%03d", sequence), Time: recorded,
		Data: schemas.AgencyRegistered{
			Kind: "shelter", Name: map[string]string{"en": "Example"}, Office: province, Areas: []schemas.Area{province},
			Services: []schemas.ServiceLine{{Service: "shelter", Capacity: "capacity"}}, Keys: []schemas.Key{sealing, sealing},
		},
	}.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, "e30=")
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, bytes.Repeat([]byte(" "), max(0, size-len(raw)))...)
	f, err := services.NewFact(raw, uint64(sequence), recorded, "ledger.agency."+e.Subject()+"."+e.ID())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// asked turns all pages of an answer.
func asked(t *testing.T, d *natsbus.Desk, r services.AskRequest) (sequences []uint64, last services.AskReply) {
	t.Helper()
	for more := true; more; more = last.More {
		var err error
		if last, err = d.Ask(within(t), r); err != nil {
			t.Fatalf("after %d: %v", r.After, err)
		}
		for _, e := range last.Events {
			sequences = append(sequences, e.Sequence)
			r.After = e.Sequence
		}
	}
	return sequences, last
}

// A directory of any size comes over the bus, and so do the candidates where
// everybody is one.
func TestADirectoryOfAnySize(t *testing.T) {
	t.Parallel()
	n, all := start(t, t.TempDir()), directory.New()
	var want []uint64
	for i := 1; i <= 500; i++ {
		size := 0
		if i%100 == 0 {
			size = schemas.MaxEvent
		}
		if err := all.Apply(within(t), admitted(t, i, size)); err != nil {
			t.Fatal(err)
		}
		want = append(want, uint64(i))
	}
	serve(t, n, services.VerbAsk, func(ctx context.Context, from services.Party, r services.Request) (services.Reply, error) {
		reply, _, err := all.Answer(ctx, from, r)
		return reply, err
	})
	d := desk(t, n, harbour)
	if got, _ := asked(t, d, services.AskRequest{}); !slices.Equal(got, want) {
		t.Errorf("%d events of %d", len(got), len(want))
	}
	if got, _ := asked(t, d, services.AskRequest{After: 498}); !slices.Equal(got, want[498:]) {
		t.Errorf("after the 498th: %v", got)
	}
	route := schemas.ReferralRequested{Service: "shelter", Area: schemas.Area{Kind: "province", Code: "TH-74"}, AgeClass: "adult"}
	got, last := asked(t, d, services.AskRequest{Route: &route})
	if len(last.Candidates) != 256 || len(got) != 256 {
		t.Errorf("%d candidates with %d events", len(last.Candidates), len(got))
	}
}

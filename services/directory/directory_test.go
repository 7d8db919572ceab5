package directory_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/directory"
)

// Invented agencies.
const (
	labour  = "labour-example"
	shelter = "shelter-example"
	harbour = "shelter-harbour"
)

var (
	province = schemas.Area{Kind: "province", Code: "TH-74"}
	other    = schemas.Area{Kind: "province", Code: "TH-75"}
	epoch    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

func fact(t interface{ Fatal(...any) }, sequence int, typ, agency string, data any) services.Fact {
	e, err := schemas.Draft{
		ID:     schemas.DeriveEventID(epoch, "test", "", typ, sequence),
		Author: services.Party{Service: schemas.Operator}, Type: typ, Subject: agency, Time: epoch, Data: data,
	}.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	f, err := services.NewFact(raw, uint64(sequence), epoch, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func registered(kind string, lines ...schemas.ServiceLine) schemas.AgencyRegistered {
	return schemas.AgencyRegistered{
		Kind: kind, Name: map[string]string{"en": "Example"}, Office: province,
		Areas: []schemas.Area{province}, Services: lines, Keys: []schemas.Key{{Use: "signing", Key: "one"}},
	}
}

var beds = schemas.ServiceLine{Service: "shelter", Capacity: "capacity"}

func TestFold(t *testing.T) {
	t.Parallel()
	start := casefile.Agency{
		ID: shelter, Kind: "shelter", Name: map[string]string{"en": "Example"}, Office: province,
		Areas: []schemas.Area{province}, Services: []schemas.ServiceLine{beds},
		Keys: []schemas.Key{{Use: "signing", Key: "one"}}, Status: "active",
	}
	for _, test := range []struct {
		name    string
		changed schemas.AgencyChanged
		want    func(*casefile.Agency)
	}{
		{"nothing", schemas.AgencyChanged{}, func(*casefile.Agency) {}},
		{"name", schemas.AgencyChanged{Name: map[string]string{"en": "Other"}}, func(a *casefile.Agency) { a.Name = map[string]string{"en": "Other"} }},
		{"office", schemas.AgencyChanged{Office: &other}, func(a *casefile.Agency) { a.Office = other }},
		{"areas", schemas.AgencyChanged{Areas: []schemas.Area{other}}, func(a *casefile.Agency) { a.Areas = []schemas.Area{other} }},
		{"services", schemas.AgencyChanged{Services: []schemas.ServiceLine{{Service: "legal_aid", Capacity: "ask"}}},
			func(a *casefile.Agency) {
				a.Services = []schemas.ServiceLine{{Service: "legal_aid", Capacity: "ask"}}
			}},
		{"keys", schemas.AgencyChanged{Keys: []schemas.Key{{Use: "signing", Key: "two"}}},
			func(a *casefile.Agency) { a.Keys = []schemas.Key{{Use: "signing", Key: "two"}} }},
		{"status", schemas.AgencyChanged{Status: "suspended"}, func(a *casefile.Agency) { a.Status = "suspended" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := directory.New()
			apply(t, d, fact(t, 1, "agency.registered", shelter, registered("shelter", beds)),
				fact(t, 2, "agency.changed", shelter, test.changed))
			want := start
			test.want(&want)
			got, ok := d.Agency(shelter)
			if diff := cmp.Diff(want, got); !ok || diff != "" {
				t.Errorf("agency (-want +got):\n%s", diff)
			}
		})
	}
}

func apply(t interface{ Fatal(...any) }, d *directory.Directory, facts ...services.Fact) {
	for _, f := range facts {
		if err := d.Apply(context.Background(), f); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAgencies(t *testing.T) {
	t.Parallel()
	d := directory.New()
	if _, ok := d.Agency(shelter); ok || len(d.Agencies()) != 0 {
		t.Error("an empty directory knows somebody")
	}
	apply(t, d,
		fact(t, 1, "agency.registered", schemas.HubAgency, registered("hub")),
		fact(t, 2, "agency.registered", shelter, registered("shelter")),
		fact(t, 3, "agency.registered", labour, registered("labour_office")),
		fact(t, 4, "agency.changed", harbour, schemas.AgencyChanged{Status: "active"}),
	)
	var ids []string
	for _, a := range d.Agencies() {
		ids = append(ids, a.ID)
	}
	if want := []string{labour, shelter}; !slices.Equal(ids, want) {
		t.Errorf("agencies %q, want %q", ids, want)
	}
	if hub, ok := d.Agency(schemas.HubAgency); !ok || len(hub.Keys) != 1 {
		t.Error("the hub's keys are not found")
	}
	if _, ok := d.Agency(harbour); ok {
		t.Error("an agency that was changed only is found")
	}
	d.Agencies()[0].ID = "overwritten"
	if d.Agencies()[0].ID != labour {
		t.Error("a caller can change the directory")
	}
}

func TestApplyIgnoresCases(t *testing.T) {
	t.Parallel()
	d := directory.New()
	id := strings.Repeat("ca", 16)
	e, err := schemas.Draft{
		ID: schemas.DeriveEventID(epoch, "test", "", "case.linked", 0), Author: services.Party{Agency: labour},
		Type: "case.linked", Subject: id, Time: epoch, Data: schemas.CaseLinked{Link: schemas.Link{Case: id}},
	}.Event()
	if err != nil {
		t.Fatal(err)
	}
	apply(t, d, services.Fact{Event: e})
	reply := ask(t, d, services.AskRequest{})
	if len(reply.Events) != 0 {
		t.Errorf("keeps %d events", len(reply.Events))
	}
}

// In whatever order the facts come, and however often, the directory is what
// their ledger order makes it.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var facts []services.Fact
		for i := range rapid.IntRange(1, 12).Draw(t, "facts") {
			agency := rapid.SampledFrom([]string{labour, shelter}).Draw(t, "agency")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				facts = append(facts, fact(t, i+1, "agency.registered", agency, registered("shelter")))
			case 1:
				facts = append(facts, fact(t, i+1, "agency.changed", agency, schemas.AgencyChanged{Status: "suspended"}))
			case 2:
				facts = append(facts, fact(t, i+1, "agency.changed", agency, schemas.AgencyChanged{Status: "active"}))
			default:
				facts = append(facts, fact(t, i+1, "agency.changed", agency, schemas.AgencyChanged{Areas: []schemas.Area{other}}))
			}
		}
		want, got := directory.New(), directory.New()
		apply(t, want, facts...)
		shuffled := append(slices.Clone(facts), facts[:rapid.IntRange(0, len(facts)).Draw(t, "again")]...)
		apply(t, got, rapid.Permutation(shuffled).Draw(t, "order")...)
		if diff := cmp.Diff(want.Agencies(), got.Agencies()); diff != "" {
			t.Fatalf("agencies (-in order +shuffled):\n%s", diff)
		}
	})
}

// Readers see whole agencies while facts come in.
func TestConcurrentReaders(t *testing.T) {
	t.Parallel()
	d := directory.New()
	apply(t, d, fact(t, 1, "agency.registered", shelter, registered("shelter")))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if a, ok := d.Agency(shelter); !ok || a.Kind != "shelter" {
					t.Error("the agency is gone or half there")
				}
				if n := len(d.Agencies()); n < 1 || n > 2 {
					t.Errorf("%d agencies", n)
				}
			}
		})
	}
	for i := range 50 {
		apply(t, d, fact(t, i+2, "agency.changed", shelter, schemas.AgencyChanged{Status: "active"}))
	}
	apply(t, d, fact(t, 100, "agency.registered", labour, registered("labour_office")))
	wg.Wait()
}

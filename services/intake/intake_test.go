package intake_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

func TestSubmitStores(t *testing.T) {
	t.Parallel()
	b := newBus()
	raw := say(t, by(labour), "finding.recorded", site, 0, finding())
	b.now = epoch.Add(1500 * time.Microsecond).In(time.FixedZone("", 7*3600))
	receipt := b.must(t, by(labour), raw)
	want := services.Receipt{
		Event: b.facts[0].ID(), SHA256: schemas.Digest(raw), Recorded: epoch.Add(time.Millisecond),
		Subject: b.facts[0].Subject,
	}
	if receipt != want {
		t.Errorf("receipt %+v, want %+v", receipt, want)
	}
	if string(b.facts[0].Bytes) != string(raw) {
		t.Error("the bytes that were stored are not those that arrived")
	}
	b.must(t, by(labour), say(t, by(labour), "finding.recorded", site, 1, finding()))
	e := b.entries[1]
	if e.After != 1 || e.Page != 0 || e.Scope != (schemas.Scope{Kind: schemas.ScopeInspection, ID: site}) {
		t.Errorf("second entry %+v, want it behind the first", e)
	}
	if len(b.refused) != 0 {
		t.Errorf("audit was told of %q", b.refused)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	b := newBus()
	raw := say(t, by(labour), "finding.recorded", site, 0, finding())
	reply, decided, err := services.AnswerSubmit(b).Answer(t.Context(), by(labour), services.Request{Verb: services.VerbSubmit, Body: raw})
	if receipt, ok := reply.(services.Receipt); err != nil || !ok || receipt.Event != b.facts[0].ID() || decided != nil {
		t.Errorf("Answer = %v, %v, %v; want the receipt and nothing to file", reply, decided, err)
	}
	if _, _, err := services.AnswerSubmit(b).Answer(t.Context(), by(labour), services.Request{Verb: services.VerbOpen, Body: raw}); services.KindOf(err) != services.Invalid {
		t.Errorf("foreign verb: %v, want Invalid", err)
	}
}

// Recorded never goes backwards within a scope, whatever the clock does.
func TestRecordedNeverGoesBack(t *testing.T) {
	t.Parallel()
	b := newBus()
	for i, offset := range []time.Duration{0, -time.Minute, time.Second, -4 * time.Minute} {
		b.now = epoch.Add(offset)
		b.must(t, by(labour), say(t, by(labour), "finding.recorded", site, i, finding()))
	}
	for i, want := range []time.Duration{0, 0, time.Second, time.Second} {
		if got := b.facts[i].Recorded; !got.Equal(epoch.Add(want)) {
			t.Errorf("event %d recorded at %v, want %v", i, got, epoch.Add(want))
		}
	}
}

// A page is left when it holds PageSize events of the scope.
func TestPages(t *testing.T) {
	t.Parallel()
	b := newBus()
	gate := intake.New(func() intake.Config { c := b.config(); c.HourlyLimit = -1; return c }())
	for i := range intake.PageSize + 1 {
		if _, err := gate.Submit(t.Context(), by(labour), say(t, by(labour), "finding.recorded", site, i, finding())); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]int{0: 0, intake.PageSize - 1: 0, intake.PageSize: 1} {
		if got := b.entries[i].Page; got != want {
			t.Errorf("event %d on page %d, want %d", i, got, want)
		}
	}
}

func TestCitations(t *testing.T) {
	t.Parallel()
	b := newBus()
	own := b.must(t, by(labour), say(t, by(labour), "finding.recorded", site, 0, finding())).Event
	elsewhere := strings.Repeat("52", 16)
	foreign := b.must(t, by(harbour), say(t, by(harbour), "finding.recorded", elsewhere, 1, finding())).Event
	for i, test := range []struct {
		from []schemas.Citation
		want services.Kind
	}{
		{[]schemas.Citation{{Inspection: site, Event: own}}, ""},
		{[]schemas.Citation{{Inspection: elsewhere, Event: own}}, services.Unknown},
		{[]schemas.Citation{{Inspection: elsewhere, Event: foreign}}, services.Unknown},
		{[]schemas.Citation{{Inspection: site, Event: own}, {Inspection: elsewhere, Event: foreign}}, services.Unknown},
	} {
		raw := say(t, by(labour), "case.opened", fmt.Sprintf("%032x", i+1), 0, opened(test.from...))
		if _, err := b.Submit(t.Context(), by(labour), raw); services.KindOf(err) != test.want {
			t.Errorf("citations %d: %v, want kind %q", i, err, test.want)
		}
	}
}

// A case cannot stand under the id of an inspection, nor an inspection under that of
// a case, whoever files it: the one would hide the other.
func TestOneIDOneScope(t *testing.T) {
	t.Parallel()
	b := newBus()
	b.must(t, by(labour), say(t, by(labour), "finding.recorded", site, 0, finding()))
	other := strings.Repeat("52", 16)
	b.must(t, by(labour), say(t, by(labour), "case.opened", other, 0, opened()))
	for what, raw := range map[string][]byte{
		"case":       say(t, by(labour), "case.opened", site, 1, opened()),
		"inspection": say(t, by(labour), "finding.recorded", other, 1, finding()),
	} {
		_, err := b.Submit(t.Context(), by(labour), raw)
		if e := services.AsError(err); err == nil || e.Kind != services.Conflict || e.Code != services.CodeIDReused {
			t.Errorf("%s: %v", what, err)
		}
	}
	b.must(t, by(labour), say(t, by(labour), "finding.recorded", site, 2, finding()))
}

func TestHourlyLimit(t *testing.T) {
	t.Parallel()
	b := newBus()
	b.Service = intake.New(func() intake.Config { c := b.config(); c.HourlyLimit = 3; return c }())
	file := func(agency, subject string, serial int) services.Kind {
		_, err := b.Submit(t.Context(), by(agency), say(t, by(agency), "finding.recorded", subject, serial, finding()))
		return services.KindOf(err)
	}
	for i := range 3 {
		b.now = epoch.Add(time.Duration(i) * time.Minute)
		if kind := file(labour, site, i); kind != "" {
			t.Fatalf("event %d: %s", i, kind)
		}
	}
	for _, test := range []struct {
		name   string
		at     time.Duration
		agency string
		scope  string
		serial int
		want   services.Kind
	}{
		{"one too many", 3 * time.Minute, labour, site, 3, services.Later},
		{"the same again", 3 * time.Minute, labour, site, 2, ""},
		{"another scope", 3 * time.Minute, labour, strings.Repeat("52", 16), 3, ""},
		{"an hour after the first, to the moment", time.Hour, labour, site, 3, ""},
		{"and no more", time.Hour, labour, site, 4, services.Later},
	} {
		b.now = epoch.Add(test.at)
		if kind := file(test.agency, test.scope, test.serial); kind != test.want {
			t.Errorf("%s: %q, want %q", test.name, kind, test.want)
		}
	}
}

// Over all of its cases an agency has a limit, too; and nobody else is held up.
func TestHourlyLimitOfAnAgency(t *testing.T) {
	t.Parallel()
	b := newBus()
	b.Service = intake.New(func() intake.Config { c := b.config(); c.HourlyLimit = 1; return c }())
	file := func(agency string, serial int) services.Kind {
		_, err := b.Submit(t.Context(), by(agency), say(t, by(agency), "finding.recorded", fmt.Sprintf("%032x", serial+1), serial, finding()))
		return services.KindOf(err)
	}
	for i := range intake.AgencyFactor {
		if kind := file(labour, i); kind != "" {
			t.Fatalf("case %d: %s", i, kind)
		}
	}
	if kind := file(labour, intake.AgencyFactor); kind != services.Later {
		t.Errorf("one too many: %q", kind)
	}
	if kind := file(shelter, intake.AgencyFactor+1); kind != "" {
		t.Errorf("another agency: %q", kind)
	}
	b.now = epoch.Add(time.Hour)
	if kind := file(labour, intake.AgencyFactor+2); kind != "" {
		t.Errorf("an hour later: %q", kind)
	}
}

func TestDefaultHourlyLimit(t *testing.T) {
	t.Parallel()
	b := newBus()
	for i := range intake.DefaultHourlyLimit {
		b.must(t, by(labour), say(t, by(labour), "finding.recorded", site, i, finding()))
	}
	_, err := b.Submit(t.Context(), by(labour), say(t, by(labour), "finding.recorded", site, -1, finding()))
	if e := services.AsError(err); e == nil || e.Kind != services.Later || e.Code != "hourly_limit" {
		t.Errorf("Submit = %v, want Later hourly_limit", err)
	}
}

// The same bytes get the original receipt for ever: whatever has become of the
// author, of its keys, of the limit and of the case.
func TestSameBytesSameReceipt(t *testing.T) {
	t.Parallel()
	b := newBus()
	offer := b.openCase(t)
	raw := say(t, by(shelter), "referral.accepted", theCase, 0, schemas.ReferralAccepted{InOffer: offer})
	original := b.must(t, by(shelter), raw)
	b.must(t, by(labour), say(t, by(labour), "referral.revoked", theCase, 0,
		schemas.ReferralRevoked{InReferral: referral, Reason: "other"}))
	stored := len(b.facts)
	b.now = epoch.AddDate(1, 0, 0)
	b.agencies[shelter], b.unsigned, b.missing = "suspended", true, true
	b.Service = intake.New(b.config()) // after a restart
	if again := b.must(t, by(shelter), raw); again != original {
		t.Errorf("receipt %+v, want the original %+v", again, original)
	}
	if len(b.facts) != stored {
		t.Error("stored it again")
	}
	if _, err := b.Submit(t.Context(), by(harbour), raw); services.KindOf(err) != services.Forbidden {
		t.Errorf("another party's receipt: %v, want Forbidden", err)
	}
}

func TestConcurrentSubmits(t *testing.T) {
	t.Parallel()
	b := newBus()
	raw := say(t, by(labour), "finding.recorded", site, 0, finding())
	receipts := make([]services.Receipt, 100)
	var wg sync.WaitGroup
	for i := range receipts {
		wg.Go(func() {
			r, err := b.Submit(context.Background(), by(labour), raw)
			if err != nil {
				t.Errorf("Submit: %v", err)
			}
			receipts[i] = r
		})
	}
	wg.Wait()
	if len(b.facts) != 1 {
		t.Errorf("stored %d times", len(b.facts))
	}
	for _, r := range receipts {
		if r != receipts[0] {
			t.Fatalf("receipts differ: %+v and %+v", r, receipts[0])
		}
	}
}

// The operator admits the first agency of all, and a service writes about what
// happened long ago.
func TestHubIsExempt(t *testing.T) {
	t.Parallel()
	b := newBus()
	b.openCase(t)
	screened := schemas.ScreeningCompleted{Seals: schemas.Seals{Sealed: []schemas.Sealed{{
		Section: "account", Digest: schemas.Digest(nil),
	}}}}
	account := b.must(t, by(labour), say(t, by(labour), "screening.completed", theCase, 0, screened))
	b.agencies = map[string]string{}
	operator := services.Party{Service: schemas.Operator}
	b.must(t, operator, say(t, operator, "agency.registered", harbour, 0, schemas.AgencyRegistered{
		Kind: "shelter", Name: map[string]string{"en": "Example Shelter Harbour"}, Office: province,
		Keys: []schemas.Key{{Use: "signing", Key: base64.StdEncoding.EncodeToString(make([]byte, 32))}},
	}))
	b.now = epoch.Add(2 * schemas.MaxAge)
	vault := services.Party{Service: schemas.Vault}
	b.must(t, vault, say(t, vault, "content.opened", theCase, 0,
		schemas.ContentOpened{Event: account.Event, Section: "account", By: labour, Purpose: "review"}))
}

// Whatever arrives, it is stored with a receipt or refused without a trace.
func FuzzSubmit(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add(say(f, by(labour), "finding.recorded", site, 0, finding()))
	f.Add(say(f, by(labour), "case.opened", theCase, 0, opened()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := newBus()
		r, err := b.Submit(t.Context(), by(labour), raw)
		if (err == nil) != (len(b.facts) == 1) || (err != nil) != (len(b.refused) == 1) {
			t.Fatalf("error %v, stored %d, refused %q", err, len(b.facts), b.refused)
		}
		if err == nil && r.SHA256 != schemas.Digest(raw) {
			t.Fatal("the receipt is for other bytes")
		}
	})
}

package telemetry_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// counted is a desk with so many entries and rows.
type counted struct {
	last            uint64
	waiting, parked int
	err             error
}

func (c counted) Last(context.Context) (uint64, error) { return c.last, c.err }

func (c counted) Pending(context.Context) ([]desk.Pending, error) {
	row := func(s desk.Standing) desk.Pending {
		return desk.Pending{Event: eventID, Scope: caseID, Standing: s, Refusal: services.Refuse(services.Invalid, canary)}
	}
	return append(slices.Repeat([]desk.Pending{row(desk.Waiting)}, c.waiting), slices.Repeat([]desk.Pending{row(desk.Parked)}, c.parked)...), c.err
}

// counts has metrics of two agencies, and of nobody.
func counts(t *testing.T) *telemetry.Metrics {
	t.Helper()
	m, err := telemetry.NewMetrics(func() map[string]telemetry.Desk {
		return map[string]telemetry.Desk{
			"a": counted{last: 41, waiting: 2, parked: 1}, "b": counted{last: 7}, "c": counted{err: errors.New(canary)},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	refused := services.Because(services.Conflict, canary, errors.New(canary))
	for _, r := range []telemetry.Request{
		{Route: "GET /v1/cases", Method: "GET", Status: 200, Took: 30 * time.Millisecond, Agency: "a"},
		{Route: "GET /v1/cases", Method: "GET", Status: 200, Took: 20 * time.Second, Agency: "b"},
		{Route: "POST /v1/events", Method: "POST", Status: 409, Agency: "a", Err: refused},
		{Route: "POST /v1/events", Method: "POST", Status: 401, Err: services.Refuse(services.Unauthorized, "token")},
		{Route: "POST /v1/events", Method: "POST", Status: 500, Agency: "b", Err: services.Refuse(services.Kind(canary), canary)},
	} {
		m.Request(t.Context(), r)
	}
	for _, change := range []int64{+1, +1, -1} {
		m.Stream(t.Context(), "a", change)
	}
	return m
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	all, err := counts(t).Text("")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`saphan_http_request_duration_seconds_bucket{agency="a",method="GET",route="GET /v1/cases",status="200",le="0.025"} 0`,
		`saphan_http_request_duration_seconds_bucket{agency="a",method="GET",route="GET /v1/cases",status="200",le="0.05"} 1`,
		`saphan_http_request_duration_seconds_count{agency="b",method="GET",route="GET /v1/cases",status="200"} 1`,
		`saphan_http_refusals_total{agency="a",kind="conflict"} 1`,
		`saphan_http_refusals_total{agency="",kind="unauthorized"} 1`,
		`saphan_http_refusals_total{agency="b",kind="internal"} 1`,
		`saphan_http_streams{agency="a"} 1`,
		`saphan_events_shown_total{agency="a"} 41`, `saphan_events_shown_total{agency="b"} 7`,
		`saphan_outbox_rows{agency="a",standing="waiting"} 2`, `saphan_outbox_rows{agency="a",standing="parked"} 1`,
		`saphan_outbox_rows{agency="b",standing="waiting"} 0`,
		"# TYPE saphan_events_shown_total counter", "# TYPE saphan_outbox_rows gauge", "# TYPE saphan_http_streams gauge",
	} {
		if !strings.Contains(string(all), line+"\n") {
			t.Errorf("no line %s in\n%s", line, all)
		}
	}
	for _, secret := range []string{canary, caseID, eventID, `agency="c"`} {
		if strings.Contains(string(all), secret) {
			t.Errorf("%q is in\n%s", secret, all)
		}
	}
}

var aLabel = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// Labels are of a short list, and each has its values from a table.
func TestMetricsHaveLabelsOfAList(t *testing.T) {
	t.Parallel()
	all, err := counts(t).Text("")
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields("agency route method status kind standing le")
	found := aLabel.FindAllStringSubmatch(string(all), -1)
	if len(found) < 20 {
		t.Fatalf("only %d labels", len(found))
	}
	for _, label := range found {
		if !slices.Contains(list, label[1]) {
			t.Errorf("label %s", label[0])
		}
	}
}

// An agency is shown its own numbers and those of nobody; the others' are nothing to
// it, not even that they are there.
func TestMetricsOfAnAgency(t *testing.T) {
	t.Parallel()
	m := counts(t)
	for agency, other := range map[string]string{"a": "b", "b": "a"} {
		text, err := m.Text(agency)
		if err != nil {
			t.Fatal(err)
		}
		for label, want := range map[string]bool{`agency="` + agency + `"`: true, `agency=""`: true, `agency="` + other + `"`: false} {
			if strings.Contains(string(text), label) != want {
				t.Errorf("%s sees %s: %v\n%s", agency, label, !want, text)
			}
		}
	}
	if text, err := m.Text("d"); err != nil || strings.Contains(string(text), `agency="a"`) || strings.Contains(string(text), "outbox") {
		t.Errorf("one that has nothing sees\n%s, %v", text, err)
	}
}

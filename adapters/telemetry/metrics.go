package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// The labels that a metric can have. There are no others, and each has its values
// from a table of ours: agencies of this process, routes, methods of HTTP, statuses,
// kinds of refusals, standings of the outbox.
const (
	labelAgency   = attribute.Key("agency") // empty: nobody's
	labelRoute    = attribute.Key("route")
	labelMethod   = attribute.Key("method")
	labelStatus   = attribute.Key("status")
	labelKind     = attribute.Key("kind")
	labelStanding = attribute.Key("standing")
)

// seconds are the upper ends of the histogram of how long requests take.
// Source: OpenTelemetry semantic conventions for HTTP, http.server.request.duration.
var seconds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// Metrics are the counts of one process, for Prometheus.
type Metrics struct {
	registry *prometheus.Registry
	requests metric.Float64Histogram
	refusals metric.Int64Counter
	streams  metric.Int64UpDownCounter
}

// Request is one request of the HTTP API, in words of our own.
type Request struct {
	Route  string // its pattern
	Method string
	Status int
	Took   time.Duration
	Agency string // whose token it had; empty when none was needed, or it was none
	Err    error  // why it was refused; nil when it was not
}

// NewMetrics returns metrics of which nothing is counted yet. Desks are asked for
// whenever somebody wants to read them: they come and go. It touches no global.
func NewMetrics(desks func() map[string]Desk) (*Metrics, error) {
	m := &Metrics{registry: prometheus.NewRegistry()}
	reader, err := exporter.New(exporter.WithRegisterer(m.registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("start metrics: %w", err)
	}
	meter := sdk.NewMeterProvider(sdk.WithReader(reader)).Meter(scopeName)
	var errs [4]error
	m.requests, errs[0] = meter.Float64Histogram("saphan.http.request.duration", metric.WithUnit("s"),
		metric.WithDescription("How long requests took."), metric.WithExplicitBucketBoundaries(seconds...))
	m.refusals, errs[1] = meter.Int64Counter("saphan.http.refusals",
		metric.WithDescription("Requests that were refused."))
	m.streams, errs[2] = meter.Int64UpDownCounter("saphan.http.streams",
		metric.WithDescription("Streams that are open."))
	errs[3] = watch(meter, desks)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("start metrics: %w", err)
	}
	return m, nil
}

// watch adds what desks tell: how far the feed of each is, and what is in its outbox.
// One that cannot be read is left out.
func watch(meter metric.Meter, desks func() map[string]Desk) error {
	shown, err := meter.Int64ObservableCounter("saphan.events.shown",
		metric.WithDescription("Events that the desk was shown: the place of the newest in its feed."))
	if err != nil {
		return err
	}
	rows, err := meter.Int64ObservableGauge("saphan.outbox.rows",
		metric.WithDescription("Events of the agency that are not in the ledger yet."))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		for agency, d := range desks() {
			last, lastErr := d.Last(ctx)
			pending, pendingErr := d.Pending(ctx)
			if lastErr != nil || pendingErr != nil {
				continue
			}
			whose := labelAgency.String(agency)
			o.ObserveInt64(shown, int64(last), metric.WithAttributes(whose))
			for standing, n := range standings(pending) {
				o.ObserveInt64(rows, n, metric.WithAttributes(whose, labelStanding.String(string(standing))))
			}
		}
		return nil
	}, shown, rows)
	return err
}

// standings counts the rows of an outbox.
func standings(pending []desk.Pending) map[desk.Standing]int64 {
	count := map[desk.Standing]int64{desk.Waiting: 0, desk.Parked: 0}
	for _, p := range pending {
		count[p.Standing]++
	}
	return count
}

// Request counts a request.
func (m *Metrics) Request(ctx context.Context, r Request) {
	whose := labelAgency.String(r.Agency)
	m.requests.Record(ctx, r.Took.Seconds(), metric.WithAttributes(
		whose, labelRoute.String(r.Route), labelMethod.String(r.Method), labelStatus.Int(r.Status)))
	if r.Err != nil {
		m.refusals.Add(ctx, 1, metric.WithAttributes(whose, labelKind.String(string(kindOf(r.Err)))))
	}
}

// kindOf is the kind of a refusal, as far as it is one of ours: some come from the hub.
func kindOf(err error) services.Kind {
	kind := services.KindOf(err)
	if _, ours := levels[kind]; ours {
		return kind
	}
	return services.Internal
}

// Stream counts a stream that opens, +1, or ends, -1.
func (m *Metrics) Stream(ctx context.Context, agency string, change int64) {
	m.streams.Add(ctx, change, metric.WithAttributes(labelAgency.String(agency)))
}

// Desk is what is looked at of a desk whenever somebody asks.
type Desk interface {
	// Last is the place of the newest entry of its feed.
	Last(ctx context.Context) (uint64, error)
	// Pending lists the rows of its outbox that wait or are parked.
	Pending(ctx context.Context) ([]desk.Pending, error)
}

// Text returns the metrics as Prometheus reads them (text format 0.0.4): those of an
// agency and those that are nobody's, or all with "". An agency's are its own: how
// often the others ask, and what waits in their outboxes, is nothing to it.
func (m *Metrics) Text(agency string) ([]byte, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, services.Because(services.Internal, "metrics", err)
	}
	var text bytes.Buffer
	for _, f := range families {
		if agency != "" {
			f.Metric = slices.DeleteFunc(f.Metric, func(one *dto.Metric) bool { return !isOf(one, agency) })
		}
		if len(f.Metric) == 0 {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return nil, services.Because(services.Internal, "metrics", err)
		}
	}
	return text.Bytes(), nil
}

// isOf reports whether a metric is the agency's, or nobody's.
func isOf(one *dto.Metric, agency string) bool {
	for _, label := range one.GetLabel() {
		if label.GetName() == string(labelAgency) {
			return label.GetValue() == "" || label.GetValue() == agency
		}
	}
	return false
}

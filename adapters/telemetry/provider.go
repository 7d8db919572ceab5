package telemetry

import (
	"context"
	"fmt"
	"io"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const scopeName = "github.com/saphan-project/saphan"

// Config says where spans go. The zero value records none.
type Config struct {
	// Writer gets one JSON object a span, in batches; nil: nothing is recorded.
	Writer  io.Writer
	Service string // name of the program, as in "saphan"
	Version string // its version; may be empty
}

// Provider hands out the tracer of a program.
type Provider struct {
	tracer   trace.Tracer
	shutdown func(context.Context) error
}

// Start sets up tracing and returns when it is ready. It touches no global: what
// is to be traced is given Tracer.
func Start(ctx context.Context, c Config) (*Provider, error) {
	if c.Writer == nil {
		nothing := func(context.Context) error { return nil }
		return &Provider{tracer: noop.NewTracerProvider().Tracer(scopeName), shutdown: nothing}, nil
	}
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(c.Writer))
	if err != nil {
		return nil, fmt.Errorf("start tracing: %w", err)
	}
	from, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", c.Service), attribute.String("service.version", c.Version)))
	if err != nil {
		return nil, fmt.Errorf("start tracing: %w", err)
	}
	spans := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(from), sdk.WithSampler(sdk.AlwaysSample()))
	tracer := spans.Tracer(scopeName, trace.WithInstrumentationVersion(c.Version))
	return &Provider{tracer: tracer, shutdown: spans.Shutdown}, nil
}

// Tracer returns the tracer that the decorators of this package take.
func (p *Provider) Tracer() trace.Tracer { return p.tracer }

// Shutdown writes what is still held back, until ctx ends. It may be called twice.
func (p *Provider) Shutdown(ctx context.Context) error {
	if err := p.shutdown(ctx); err != nil {
		return fmt.Errorf("stop tracing: %w", err)
	}
	return nil
}

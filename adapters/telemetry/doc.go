// Package telemetry shows how the system runs: spans around the gate, the
// ledger and the inboxes, a log, and metrics for Prometheus. It is the home of
// OpenTelemetry. Services
// hold no spans and no logs; the decorators here stand around their ports,
// Observe in the hook of their runner, and ObserveSending in that of a desk.
//
// Nothing of a case gets out this way. A span has attributes of one short list
// only (see attributes.go), a metric labels of another (metrics.go), and a log line
// the same: kinds and codes of refusals, names of types, agencies, services and places in the ledger. No
// error's text is recorded. Where a span is about an accepted event it links to
// the event in the trace of its case, whose trace id is the case id; an id in a
// refused event may be anything, so those have no link.
package telemetry

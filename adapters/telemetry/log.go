package telemetry

import (
	"context"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// NewLogger returns a logger that writes to w, one line a message: for a reader
// when w is a terminal, JSON otherwise.
func NewLogger(w io.Writer, terminal bool) zerolog.Logger {
	if terminal {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(zerolog.SyncWriter(w)).With().Timestamp().Logger()
}

// levels says how loud each kind of error is: what settles itself is quiet,
// what ends as a dead letter is not. A kind that is not listed is a bug.
var levels = map[services.Kind]zerolog.Level{
	"":                    zerolog.DebugLevel,
	services.Conflict:     zerolog.DebugLevel,
	services.Later:        zerolog.InfoLevel,
	services.Unknown:      zerolog.InfoLevel,
	services.Invalid:      zerolog.WarnLevel,
	services.Unauthorized: zerolog.WarnLevel,
	services.Forbidden:    zerolog.WarnLevel,
	services.TooLarge:     zerolog.WarnLevel,
}

// Observe returns the hook of services.Runner that logs how each fact ended:
// the service, the type of the event, its place in the ledger, and the kind and
// code of an error. It logs no id of a case or an event: the place finds both,
// for who may read the ledger.
func Observe(log zerolog.Logger) func(context.Context, string, services.Fact, error) {
	return func(_ context.Context, service string, f services.Fact, err error) {
		tell(log, err, func(line *zerolog.Event) string {
			line.Str("service", service).Str("type", f.Name()).Uint64("sequence", f.Sequence)
			return "handled"
		})
	}
}

// ObserveSending returns the hook of desk.Config that logs how each attempt to
// send an event ended: the type of the event, and the kind and code of an error.
// It logs no id either.
func ObserveSending(log zerolog.Logger) func(context.Context, string, error) {
	return func(_ context.Context, typ string, err error) {
		tell(log, err, func(line *zerolog.Event) string {
			line.Str("type", typ)
			return "sent"
		})
	}
}

// ObserveWebhooks returns the hook of webhook.Config that logs how each attempt to
// send an event to a receiver ended: the id of the endpoint, and a code and a status.
// It logs nothing of the event, nor where it went.
func ObserveWebhooks(log zerolog.Logger) func(context.Context, webhook.Attempt) {
	return func(_ context.Context, a webhook.Attempt) {
		level := zerolog.DebugLevel
		switch {
		case a.State == webhook.Paused:
			level = zerolog.WarnLevel
		case !a.OK():
			level = zerolog.InfoLevel
		}
		log.WithLevel(level).Str("webhook", a.Endpoint).Str("state", string(a.State)).
			Str("code", string(a.Code)).Int("status", a.Status).Msg("webhook")
	}
}

// tell logs one line about what was done, or was not because of err, as loud as
// its kind. About fills in what it was, and returns the word for having done it.
func tell(log zerolog.Logger, err error, about func(*zerolog.Event) string) {
	kind := services.KindOf(err)
	level, ok := levels[kind]
	if !ok {
		level = zerolog.ErrorLevel
	}
	line := log.WithLevel(level)
	done := about(line)
	if err == nil {
		line.Msg(done)
		return
	}
	line.Str("kind", string(kind)).Str("code", services.AsError(err).Code).Msg("not " + done)
}

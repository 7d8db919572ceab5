package services_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// fact is an accepted event whose id holds its sequence.
func fact(t *testing.T, sequence uint64, typ string, data any) services.Fact {
	t.Helper()
	recorded := epoch.Add(time.Duration(sequence) * time.Minute)
	e, err := schemas.Draft{
		ID:     schemas.DeriveEventID(recorded, "test", "", typ, int(sequence)),
		Author: services.Party{Agency: "labour-example"}, Type: typ,
		Subject: strings.Repeat("ab", 16), Time: recorded, Data: data,
	}.Event()
	if err != nil {
		t.Fatal(err)
	}
	return services.Fact{Event: e, Data: data, Sequence: sequence, Recorded: recorded}
}

// source hands out its deliveries once, then says that it is closed, and keeps
// a log of what became of each.
type source struct {
	deliveries []*delivery
	log        []string
}

type delivery struct {
	source *source
	fact   services.Fact
	err    error // of Fact
	failed error // of settling
	tries  int
}

func (s *source) add(d *delivery) *source {
	d.source = s
	s.deliveries = append(s.deliveries, d)
	return s
}

func (s *source) Next(context.Context) (services.Delivery, error) {
	if len(s.deliveries) == 0 {
		return nil, io.EOF
	}
	d := s.deliveries[0]
	s.deliveries = s.deliveries[1:]
	return d, nil
}

func (d *delivery) Fact() (services.Fact, error) { return d.fact, d.err }

func (d *delivery) Tries() int { return max(d.tries, 1) }

func (d *delivery) settle(how string) error {
	d.source.log = append(d.source.log, fmt.Sprintf("%d %s", d.fact.Sequence, how))
	return d.failed
}

func (d *delivery) Ack(context.Context) error { return d.settle("ack") }
func (d *delivery) Nak(_ context.Context, delay time.Duration) error {
	return d.settle("nak " + delay.String())
}
func (d *delivery) Term(_ context.Context, code string) error { return d.settle("term " + code) }

// gate records who submitted what, and answers with the errors that it is given
// in turn; nil when there are no more.
type gate struct {
	submitted []string
	answers   []error
}

func (g *gate) Submit(_ context.Context, from services.Party, raw []byte) (services.Receipt, error) {
	g.submitted = append(g.submitted, from.Source()+" "+string(raw))
	if len(g.answers) == 0 {
		return services.Receipt{}, nil
	}
	err := g.answers[0]
	g.answers = g.answers[1:]
	return services.Receipt{}, err
}

// author writes drafts as a line, so that a test can compare them.
type author struct{ err error }

func (a author) Write(d schemas.Draft) ([]byte, error) {
	return []byte(fmt.Sprintf("%s %s %s %s %s", d.ID, d.Type, d.Cause, d.Subject, schemas.FormatTime(d.Time))), a.err
}

// service is a reactor, a projector and an answerer made of one function.
type service struct {
	handle func(services.Fact) ([]services.Decision, error)
}

func (s service) Name() string      { return "routing" }
func (s service) Handles() []string { return []string{"referral.contact_made"} }
func (s service) Handle(_ context.Context, f services.Fact) ([]services.Decision, error) {
	return s.handle(f)
}
func (s service) Apply(_ context.Context, f services.Fact) error {
	_, err := s.handle(f)
	return err
}
func (s service) Answer(context.Context, services.Party, services.Request) (services.Reply, []services.Decision, error) {
	decided, err := s.handle(services.Fact{})
	return "reply", decided, err
}

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/delivery"
	"github.com/saphan-project/saphan/services/directory"
	"github.com/saphan-project/saphan/services/intake"
	"github.com/saphan-project/saphan/services/routing"
	"github.com/saphan-project/saphan/services/vault"
)

// hub is the hub's side in this process: its services around one ledger. Any
// number of hubs may share a ledger.
type hub struct {
	bus       *natsbus.Hub
	gate      services.Gate
	directory *directory.Directory
	runner    services.Runner
	tasks     *tasks
}

// startHub opens the streams, reads the directory, and starts every service. It
// returns when requests are answered.
func startHub(ctx context.Context, nc *natsbus.Conn, keys hubKeys, w world) (*hub, error) {
	bus, err := natsbus.OpenHub(ctx, nc)
	if err != nil {
		return nil, err
	}
	h := &hub{bus: bus, directory: directory.New(), tasks: newTasks(ctx, w.failed)}
	ledger := telemetry.Ledger(bus.Ledger, w.spans)
	h.gate = telemetry.Gate(intake.New(intake.Config{
		Directory: h.directory,
		Ledger:    ledger,
		Verifier:  signing.NewVerifier(signing.NewRing(keys.root(), h.directory)),
		Sections:  bus.Vault,
		Receipts:  signing.NewReceipts(keys[intakeService]),
		Audit:     bus.Audit,
		Now:       w.ids.Now, Pause: pause, HourlyLimit: w.hourlyLimit,
	}), w.spans)
	h.runner = services.Runner{Gate: h.gate, Author: hubAuthor(keys), Observe: w.observe}
	if err := h.start(keys, w); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (h *hub) start(keys hubKeys, w world) error {
	if err := h.followDirectory(); err != nil {
		return err
	}
	deliver := delivery.New(delivery.Config{
		History: h.bus.Ledger, Directory: h.directory,
		Inbox:     telemetry.Inbox(h.bus.Inbox, w.spans),
		Citations: h.bus.Citations, Author: hubAuthor(keys), Alarm: w.alarm,
	})
	if err := h.consume(deliver.Name(), func(ctx context.Context, src services.Source) error {
		return h.runner.Project(ctx, src, deliver)
	}); err != nil {
		return err
	}
	route := routing.New(routing.Config{History: h.bus.Ledger, Directory: h.directory})
	if err := h.consume(route.Name(), func(ctx context.Context, src services.Source) error {
		return h.runner.React(ctx, src, route)
	}); err != nil {
		return err
	}
	return h.answer(vault.New(vault.Config{
		Store: h.bus.Vault, History: h.bus.Ledger, Directory: h.directory, Now: w.ids.Now,
	}))
}

// followDirectory folds the agencies that are there, and goes on with those to
// come. Every new one gets an inbox.
func (h *hub) followDirectory() error {
	follower, err := h.bus.Ledger.Follow(h.tasks.ctx, schemas.ScopeAgency, 0, func(ctx context.Context, f services.Fact) error {
		if id := f.Event.Subject(); id != schemas.HubAgency {
			if err := h.bus.Inbox.EnsureConsumer(ctx, id); err != nil {
				return err
			}
		}
		return h.directory.Apply(ctx, f)
	})
	if err != nil {
		return err
	}
	h.tasks.Go("directory", func(context.Context) error { return follower.Wait() })
	select {
	case <-follower.Ready():
		return nil
	case <-follower.Done():
		return follower.Wait()
	}
}

// consume starts a service that reads the ledger.
func (h *hub) consume(name string, run func(context.Context, services.Source) error) error {
	src, err := h.bus.Ledger.Consume(h.tasks.ctx, name)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	h.tasks.Go(name, func(ctx context.Context) error { return run(ctx, src) })
	return nil
}

// answer starts the services that are asked.
func (h *hub) answer(v *vault.Service) error {
	answerers := map[string]services.Answerer{
		services.VerbSubmit: services.AnswerSubmit(h.gate),
		services.VerbSeal:   v,
		services.VerbOpen:   v,
		services.VerbAsk:    h.directory,
	}
	for verb, a := range answerers {
		handle := func(ctx context.Context, from services.Party, r services.Request) (services.Reply, error) {
			return h.runner.Ask(ctx, a, from, r)
		}
		if err := h.bus.Serve(h.tasks.ctx, verb, handle); err != nil {
			return fmt.Errorf("answer %s: %w", verb, err)
		}
	}
	return nil
}

// Close stops the services and waits for them.
func (h *hub) Close() {
	h.bus.Close()
	h.tasks.Close()
}

// hubAuthor signs for each service of the hub with that service's key.
type hubAuthor hubKeys

func (a hubAuthor) Write(d schemas.Draft) ([]byte, error) {
	key, ok := a[d.Author.Service]
	if !ok {
		return nil, fmt.Errorf("sign event: no key for this service")
	}
	return signing.NewAuthor(key).Write(d)
}

// pause lets another gate finish first: 1 to 8 ms times the attempt.
func pause(ctx context.Context, attempt int) error {
	return wait(ctx, time.Duration(attempt)*(time.Millisecond+rand.N(7*time.Millisecond)))
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// knows waits until the directory has the agency.
func (h *hub) knows(ctx context.Context, agency string) error {
	for {
		if _, ok := h.directory.Agency(agency); ok {
			return nil
		}
		if err := wait(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
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
	follower  *natsbus.Follower // of the directory's events
	past      *signing.Verifier // of what is in the directory
	settling  atomic.Bool       // whether the bus follows the directory
	runner    services.Runner
	loops     map[string]services.Loop // of the services that read the ledger
	tasks     *tasks
	world     world
}

// busAccess is how a hub enters the bus.
type busAccess struct {
	connect   natsbus.Connect
	authority *natsbus.Authority
}

// startHub opens the streams, reads the directory, publishes the keys of the
// hub's services in it, and starts them. It returns when requests are answered.
func startHub(ctx context.Context, access busAccess, keys hubKeys, w world) (*hub, error) {
	h := &hub{directory: directory.New(), loops: make(map[string]services.Loop), tasks: newTasks(ctx, w.failed), world: w}
	var err error
	h.bus, err = natsbus.OpenHub(ctx, natsbus.HubConfig{
		Connect: access.connect, Authority: access.authority, Agency: h.directory.Holder, Instance: newToken()[:12],
	})
	if err != nil {
		return nil, err
	}
	ring := signing.NewRing(keys.root(), h.directory)
	h.past = signing.NewVerifier(ring)
	h.gate = telemetry.Gate(intake.New(intake.Config{
		Directory: h.directory,
		Ledger:    h.history(h.bus.Intake),
		Verifier:  signing.NewVerifier(ring.Present()),
		Sections:  h.bus.Intake.Sections,
		Receipts:  signing.NewReceipts(keys[signing.ReceiptService]),
		Audit:     h.bus.Intake.Audit,
		Now:       w.ids.Now, Pause: pause, HourlyLimit: w.hourlyLimit,
	}), w.spans)
	h.runner = services.Runner{Gate: h.gate, Author: hubAuthor(keys), Observe: w.observe}
	if err := h.start(ctx, keys); err != nil {
		h.Close()
		return nil, err
	}
	if err := h.bus.SelfTest(ctx); err != nil { // nothing runs behind a wall that does not hold
		h.Close()
		return nil, err
	}
	return h, nil
}

// start has every service run. What they sign verifies from the first event on:
// the directory knows their keys before.
func (h *hub) start(ctx context.Context, keys hubKeys) error {
	if err := h.followDirectory(ctx); err != nil {
		return err
	}
	itself := hubItself(keys)
	if err := h.registrar(keys).Register(ctx, itself.ID, itself.Register); err != nil {
		return fmt.Errorf("publish the hub's keys: %w", err)
	}
	letters := deadLetters{read: h.bus.DeadLetters, world: h.world}
	h.tasks.Go("dead letters", letters.watch)
	if err := h.deliver(keys); err != nil {
		return err
	}
	route := routing.New(routing.Config{History: h.history(h.bus.Routing), Directory: h.directory})
	if err := h.consume(h.bus.Routing, h.runner.Reacting(route)); err != nil {
		return err
	}
	return h.answer(vault.New(vault.Config{
		Store: h.bus.Vault.Sections, History: h.history(h.bus.Vault), Directory: h.directory, Now: h.world.ids.Now,
	}))
}

func (h *hub) deliver(keys hubKeys) error {
	deliver := delivery.New(delivery.Config{
		History: h.history(h.bus.Delivery), Directory: h.directory,
		Inbox:     telemetry.Inbox(h.bus.Delivery.Inbox, h.world.spans),
		Citations: h.bus.Delivery.Citations, Author: hubAuthor(keys), Alarm: h.world.alarm,
	})
	return h.consume(h.bus.Delivery, services.Projecting(deliver))
}

func (h *hub) registrar(keys hubKeys) registrar {
	return registrar{Directory: h.directory, hub: h, author: hubAuthor(keys), ids: h.world.ids}
}

// followDirectory folds the agencies that are there, and goes on with those to
// come.
func (h *hub) followDirectory(ctx context.Context) error {
	var err error
	if h.follower, err = h.bus.Directory.Ledger.Follow(h.tasks.ctx, schemas.ScopeAgency, h.admit); err != nil {
		return err
	}
	h.tasks.Go("directory", func(context.Context) error { return h.follower.Wait() })
	select {
	case <-h.follower.Ready():
		return h.settleAll(ctx)
	case <-h.follower.Done():
		return h.follower.Wait()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit takes in an event of the directory, if this hub's root has signed for it: with
// another one, every desk would stop believing the directory. An agency has an inbox as soon as it
// has an account, and when the directory knows that it is shut out, it is.
func (h *hub) admit(ctx context.Context, f services.Fact) error {
	if h.past.Verify(f.Event) != nil {
		return errOtherRoot
	}
	var err error
	if account := accountIn(f); account != "" {
		err = h.bus.OpenInbox(ctx, f.Event.Subject(), account)
	}
	if changed, ok := f.Data.(schemas.AgencyChanged); ok && err == nil && h.settling.Load() {
		err = h.settle(ctx, f.Event.Subject(), changed.Status)
	}
	if err == nil {
		err = h.directory.Apply(ctx, f)
	}
	h.world.observe(ctx, h.directory.Name(), f, err)
	return err
}

// settleAll brings the accounts on the bus to what the directory says, and from
// then on with every event: not with those of the past, which would shut agencies
// for a moment that were suspended once.
func (h *hub) settleAll(ctx context.Context) error {
	h.settling.Store(true)
	for _, a := range h.directory.Agencies() {
		if err := h.settle(ctx, a.ID, a.Status); err != nil {
			return err
		}
	}
	return nil
}

// settle has the bus let an agency in, or not, by what the directory says of it.
func (h *hub) settle(ctx context.Context, agency, status string) error {
	switch status {
	case "active":
		return h.bus.Accounts.Resume(ctx, agency)
	case "suspended":
		return h.bus.Accounts.Suspend(ctx, agency)
	case "closed":
		return h.bus.Accounts.Close(ctx, agency)
	}
	return nil
}

// accountIn is the account on the bus that an event gives an agency.
func accountIn(f services.Fact) string {
	switch data := f.Data.(type) {
	case schemas.AgencyRegistered:
		return schemas.Account(data.Keys)
	case schemas.AgencyChanged:
		return schemas.Account(data.Keys)
	}
	return ""
}

// history is the ledger as a service of the hub sees it.
func (h *hub) history(p *natsbus.Part) intake.Ledger {
	return telemetry.Ledger(p.Ledger, h.world.spans)
}

// consume starts a service that reads the ledger.
func (h *hub) consume(p *natsbus.Part, l services.Loop) error {
	src, err := p.Ledger.Consume(h.tasks.ctx)
	if err != nil {
		return fmt.Errorf("start %s: %w", l.Name, err)
	}
	h.loops[l.Name] = l
	h.tasks.Go(l.Name, func(ctx context.Context) error { return h.runner.Run(ctx, src, l) })
	return nil
}

// Again hands a service a fact out of its turn, while no hub hands it another.
func (h *hub) Again(ctx context.Context, service string, f services.Fact) (reason string, err error) {
	l, ok := h.loops[service]
	if !ok {
		return "", services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	err = h.bus.Alone(ctx, service, func(ctx context.Context) error {
		reason = h.runner.Again(ctx, l, f)
		return nil
	})
	return reason, err
}

// Handled waits until routing, and then delivery, has handled what there is.
func (h *hub) Handled(ctx context.Context) error {
	return h.bus.Handled(ctx, schemas.Routing, schemas.Delivery)
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

// knows waits until what the directory has of an agency is so, and returns it.
func (h *hub) knows(ctx context.Context, agency string, so func(casefile.Agency) bool) (casefile.Agency, error) {
	for {
		if a, ok := h.directory.Agency(agency); ok && so(a) {
			return a, nil
		}
		select {
		case <-h.follower.Done():
			return casefile.Agency{}, errors.Join(errors.New("the directory is no longer followed"), h.follower.Wait())
		default:
		}
		if err := wait(ctx, time.Millisecond); err != nil {
			return casefile.Agency{}, err
		}
	}
}

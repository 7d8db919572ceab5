package natsbus

import (
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Part is the bus as one service of the hub sees it, through an account of its
// own: whatever is not its business the broker refuses, with Later and
// services.CodeBusAway, since nobody there listens to it.
type Part struct {
	Ledger    *Ledger
	Inbox     *Inbox
	Sections  *Vault
	Audit     *Audit
	Citations *Citations

	bus
}

// bus is a connection, JetStream over it, and the prefix of its API.
type bus struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	api string
}

func newBus(nc *nats.Conn, api string) (bus, error) {
	js, err := jetstream.NewWithAPIPrefix(nc, api)
	return bus{nc, js, api}, err
}

// connectPart opens the bus for a service. Its user is called as the consumer
// that it reads the ledger through.
func (h *Hub) connectPart(service, user string) (*Part, error) {
	u, err := h.authority.hub[service].newUser(user)
	if err != nil {
		return nil, err
	}
	nc, err := h.connect(u, user)
	if err != nil {
		return nil, err
	}
	b, err := newBus(nc, apiPrefix)
	if err != nil {
		return nil, err
	}
	return &Part{
		Ledger:    &Ledger{bus: b, keeper: h.keeper, consumer: user, recent: h.recent, ackWait: ackWait},
		Inbox:     &Inbox{b},
		Sections:  &Vault{b},
		Audit:     &Audit{nc},
		Citations: &Citations{b},
		bus:       b,
	}, nil
}

// connectParts opens the bus for every service.
func (h *Hub) connectParts() error {
	for service, into := range h.parts() {
		user := service
		if service == accountDirectory {
			user += "-" + h.instance // every hub reads all of the directory
		}
		p, err := h.connectPart(service, user)
		if err != nil {
			return fmt.Errorf("connect %s: %w", service, err)
		}
		*into = p
	}
	return nil
}

// parts are the services by their accounts.
func (h *Hub) parts() map[string]**Part {
	return map[string]**Part{
		accountIntake: &h.Intake, accountRouting: &h.Routing, accountDelivery: &h.Delivery,
		accountVault: &h.Vault, accountDirectory: &h.Directory,
	}
}

// Keeper makes the user who may do everything with the streams: he makes them and
// the consumers, and reads what the operator asks about.
func (a *Authority) Keeper() (User, error) { return a.hub[accountStreams].newUser("keeper") }

func (h *Hub) keep() error {
	u, err := h.authority.Keeper()
	if err != nil {
		return err
	}
	nc, err := h.connect(u, "keeper")
	if err != nil {
		return err
	}
	h.keeper, err = newBus(nc, jetAPI)
	h.Inboxes = &Inboxes{h.keeper}
	return err
}

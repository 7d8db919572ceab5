package operator

import (
	"time"

	"github.com/saphan-project/saphan/services"
)

// Config is what the operator's side is made of; all of it is required.
type Config struct {
	Registry Registry
	Accounts Accounts
	Desks    Desks
	Inboxes  Inboxes
	Record   Record
	Services Services
	History  services.History
	// Door says how an agency that has a desk of its own reaches the bus.
	Door Door
	Now  func() time.Time
}

// Door is how the bus is reached from outside; it is nobody's secret.
type Door struct {
	Root   string   `json:"root"`             // the hub's root key, as in the directory
	URLs   []string `json:"urls"`             // of the bus, as in "tls://hub.example.org:4222"; none: it has no listener
	Prefix string   `json:"prefix,omitempty"` // of the API of JetStream
	// Subjects are where each request goes, by its verb, as in "submit".
	Subjects map[string]string `json:"subjects,omitempty"`
	CA       string            `json:"ca,omitempty"` // the certificate that the bus is checked against, PEM
}

// Service carries out the operator's orders, those about one agency or one letter
// one after the other.
type Service struct {
	Config
	orders  services.Locks[string] // by agency
	letters services.Locks[struct{}]
}

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

package delivery

import (
	"context"

	"github.com/saphan-project/saphan/services"
)

// Inbox holds the copies of every agency.
type Inbox interface {
	// Put copies a fact to an agency under a scope. To put it again does nothing.
	Put(ctx context.Context, agency, scope string, f services.Fact) error
	// Remove erases the copy. To remove one that is not there does nothing.
	Remove(ctx context.Context, agency, scope, event string) error
}

// Citations finds the cases that share an inspection.
type Citations interface {
	// Cite notes that a case cites the inspection. To note it again does nothing.
	Cite(ctx context.Context, inspection, id string) error
	// Citing returns the ids of all cases that cite an event of the inspection.
	Citing(ctx context.Context, inspection string) ([]string, error)
}

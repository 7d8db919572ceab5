package natsbus

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
)

// Codes of the broker's refusals. A single server and a replicated stream word
// the wrong last sequence differently.
const (
	codeWrongLast           jetstream.ErrorCode = 10071
	codeWrongLastReplicated jetstream.ErrorCode = 10164
	codeStoreFailed         jetstream.ErrorCode = 10077
)

// textTaken tells a taken subject from the other reasons of codeStoreFailed, as
// a full disk: the code is the same.
const textTaken = "maximum messages per subject"

// apiError returns the broker's refusal in err, or nil when it did not answer.
func apiError(err error) *jetstream.APIError {
	var a *jetstream.APIError
	errors.As(err, &a)
	return a
}

// wrongLast reports that somebody else wrote to the scope in between.
func wrongLast(err error) bool {
	a := apiError(err)
	return a != nil && slices.Contains([]jetstream.ErrorCode{codeWrongLast, codeWrongLastReplicated}, a.ErrorCode)
}

// taken reports that the create-only subject holds a message already.
func taken(err error) bool {
	a := apiError(err)
	return a != nil && a.ErrorCode == codeStoreFailed && strings.Contains(a.Description, textTaken)
}

// away says that the broker did not answer, or could not do what it was asked:
// Later, with the cause kept on this side of the wire.
func away(doing string, err error) error {
	return services.Because(services.Later, services.CodeBusAway, fmt.Errorf("%s: %w", doing, err))
}

// damaged says that the store answered with something that was never written.
func damaged(doing string, err error) error {
	return services.Because(services.Internal, "damaged", fmt.Errorf("%s: %w", doing, err))
}

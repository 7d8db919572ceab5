package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saphan-project/saphan/services/webhook"
)

// Tolerance is how far the timestamp of an event may lie from the clock of who checks
// it: what is older was sent by somebody who kept it.
// Source: the libraries of Standard Webhooks 1.0.0.
const Tolerance = 5 * time.Minute

// Errors of Verify. They repeat nothing of what was received.
var (
	ErrKey       = errors.New("a key is none: it begins with whsec_ or whpk_, and base64 follows")
	ErrHeaders   = errors.New("webhook-id, webhook-timestamp or webhook-signature is missing or malformed")
	ErrTimestamp = errors.New("webhook-timestamp is more than five minutes off")
	ErrSignature = errors.New("no signature is by a known key")
)

// Limits of what Verify reads, and of secrets, in bytes.
const (
	maxSignatures          = 16
	minSecret, maxSecret   = 24, 64
	maxID, maxTimestampLen = 256, 15
)

// Verify checks an event that a desk has sent, and returns its id, by which the
// receiver tells repeats apart: what it has had before it answers with 2xx, and does
// nothing. Keys are those that the desk told when the webhook was added or rotated:
// the secret (whsec_…), the public key (whpk_…), or several of them while one takes
// the other's place. One good signature is enough. It fails with ErrKey, ErrHeaders,
// ErrTimestamp or ErrSignature. Body are the bytes as they came.
func Verify(keys []string, h http.Header, body []byte, now time.Time) (id string, err error) {
	checks, err := parseKeys(keys)
	if err != nil {
		return "", err
	}
	id, timestamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	at, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || len(id) > maxID || strings.Contains(id, ".") || err != nil || len(timestamp) > maxTimestampLen || seconds(time.Unix(at, 0)) != timestamp {
		return "", ErrHeaders
	}
	if off := now.Sub(time.Unix(at, 0)); off > Tolerance || off < -Tolerance {
		return "", ErrTimestamp
	}
	over := signed(id, timestamp, body)
	list := strings.SplitN(h.Get(HeaderSignature), " ", maxSignatures+1)
	for _, signature := range list[:min(len(list), maxSignatures)] {
		for _, good := range checks {
			if good(signature, over) {
				return id, nil
			}
		}
	}
	return "", ErrSignature
}

// check reports whether a signature of the list is by a key.
type check func(signature string, over []byte) bool

func parseKeys(keys []string) ([]check, error) {
	var checks []check
	for _, key := range keys {
		c, err := parseKey(key)
		if err != nil {
			return nil, err
		}
		checks = append(checks, c)
	}
	return checks, nil
}

func parseKey(key string) (check, error) {
	if text, ok := strings.CutPrefix(key, webhook.SecretPrefix); ok {
		secret, ok := decode(text)
		if !ok || len(secret) < minSecret || len(secret) > maxSecret {
			return nil, ErrKey
		}
		return verifier(symmetric, func(over, s []byte) bool { return hmac.Equal(mac(secret, over), s) }), nil
	}
	text, ok := strings.CutPrefix(key, webhook.PublicPrefix)
	public, read := decode(text)
	if !ok || !read || len(public) != ed25519.PublicKeySize {
		return nil, ErrKey
	}
	return verifier(asymmetric, func(over, s []byte) bool { return ed25519.Verify(public, over, s) }), nil
}

// verifier reads a signature of a version and has it checked.
func verifier(version string, good func(over, signature []byte) bool) check {
	return func(signature string, over []byte) bool {
		text, ok := strings.CutPrefix(signature, version)
		raw, read := decode(text)
		return ok && read && good(over, raw)
	}
}

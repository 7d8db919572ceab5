package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/saphan-project/saphan/services/webhook"
)

// Headers of every event that is sent.
// Source: Standard Webhooks 1.0.0, "Webhook headers".
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// Versions of signatures.
const (
	symmetric  = "v1,"
	asymmetric = "v1a,"
)

// encode writes keys and signatures as the standard does.
func encode(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// decode reads them in the one form that encode writes: the reader of the standard
// library forgives line breaks.
func decode(text string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return raw, err == nil && encode(raw) == text
}

// signed is what a signature is over.
func signed(id, timestamp string, body []byte) []byte {
	return append([]byte(id+"."+timestamp+"."), body...)
}

// sign returns the headers of a request: one signature of either version by each of
// its keys.
func sign(r webhook.Request) map[string]string {
	timestamp := seconds(r.At)
	over := signed(r.ID, timestamp, r.Body)
	var list []string
	for _, k := range r.Keys {
		list = append(list, symmetric+encode(mac(k.Secret, over)))
		list = append(list, asymmetric+encode(ed25519.Sign(ed25519.NewKeyFromSeed(k.Seed), over)))
	}
	return map[string]string{HeaderID: r.ID, HeaderTimestamp: timestamp, HeaderSignature: strings.Join(list, " ")}
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func mac(secret, over []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(over)
	return h.Sum(nil)
}

// Package webhook sends the events of a desk to receivers over HTTP: signed as
// Standard Webhooks wants it, after the receiver has agreed as CloudEvents wants it,
// and never to where nothing may be sent. It is the home of the library that knows
// which addresses those are.
//
// A receiver that is written in Go checks what it gets with Verify.
//
// # What is sent
//
// A POST with Content-Type application/cloudevents+json, webhook-id (the event's id,
// the same at every attempt), webhook-timestamp (the attempt's, in seconds since 1970),
// webhook-signature (a list with blanks in it: of each key "v1," with an HMAC-SHA-256
// and "v1a," with an Ed25519 signature, both over id.timestamp.body) and
// WebHook-Request-Origin (who asks, as in the handshake).
// Source: Standard Webhooks 1.0.0; CloudEvents, HTTP 1.1 Web Hooks for Event Delivery 1.0.2.
//
// # Where to
//
// Only https, on port 443 or from 1024 on, so that no service on a well-known port can
// be spoken to; without a user, a password or a fragment. Only public addresses: this
// is checked when the address is given and again when the connection is made, of the
// very address that is connected to, so that a name that leads elsewhere by then leads
// nowhere. A redirect is an answer like any other, no proxy is used, and certificates
// are checked. An operator may allow the own machine (Config.Loopback), also with http.
//
// # What comes back
//
// The status counts, and Retry-After. At most 64 KiB of the rest are read, and
// dropped: they are never stored, logged or shown. All of it may take five seconds.
package webhook

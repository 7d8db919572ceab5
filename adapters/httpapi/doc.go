// Package httpapi serves the HTTP API of desks: events in, the inbox, cases and
// their traces out. One listener serves several desks; the bearer token says
// which one is meant, and so what can be seen.
//
// A handler returns an answer or an error and writes nothing itself, so that
// every refusal is a problem document (RFC 9457) with the words of package
// schemas, nothing is half written, and what is logged of a request is decided
// in one place: method, route, status, duration and desk, never a path, a query
// or a body.
//
// The hub's operator comes in by the same listener: a token of the hub's has no desk,
// and opens what lies below /v1/operator alone.
//
// A token says whose desk it opens and what it allows there, its scopes; each row of
// the list of routes names the one that it needs.
//
// Everybody has limits (Limits): requests of a token, bad tokens and connections from
// an address, streams. An address is the connection's; no header is believed.
//
// Not here yet: sessions of people.
package httpapi

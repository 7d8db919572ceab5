// Package intake is the gate: the only way into the ledger, for agencies and
// for the hub's own services alike. What it lets in is valid for ever.
//
// In: the bytes of an event, and who the transport says is speaking. Out: a
// receipt, or a refusal that holds no value from the event. The way of an event
// is a row of steps, each a function of its own: read it, look whether it is
// there already, then the table of steps in steps.go, then append. Checking and
// appending are serial within a scope inside one gate; between gates the
// ledger's own expectation decides, and the loser checks again.
//
// What only warns, or is asked for later, is no matter of the gate: the desk says it
// beside the receipt (casefile.Advise), and it stands in nobody's way.
//
// Not here yet: marking a time that is off by more than an hour.
package intake

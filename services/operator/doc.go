// Package operator is what the hub's operator does: admit an agency, shut it out,
// let it in again, renew how it comes in, and let it go; and look after what the
// services and the desks gave up on.
//
// In: the operator's orders. Out: agency.registered and agency.changed, through
// the gate like every event; accounts on the bus and desks beside the hub, through
// ports. The directory comes first each time, because it is what holds after a
// restart, and what the gate asks: an agency that is suspended there files nothing
// more. Only who is to be shut out is cut off before that is written. Every order may
// be repeated, and does then what is still to be done.
//
// A dead letter is a message that its consumer will not be handed again. To replay
// it is to hand it out once more, byte for byte as it lies in its stream: a fact of
// the ledger to the service that gave it up, and the copy in an inbox by taking it
// away and having delivery handle its fact again, which puts it back where its
// agency may still see it. Neither can do harm: services take a fact twice, decide
// on the case as it stands now, and derive the ids of what they file; the inbox
// takes one copy of an event. What became of a replay is on record beside the
// letter.
//
// The operator sees facts, which the hub reads anyway, and of those no more than
// an order needs: a list has types and short ids, and no data.
package operator

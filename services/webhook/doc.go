// Package webhook decides what of a desk's feed is sent to whom over HTTP, when, and
// when again. It knows no HTTP: a Sender makes each attempt, a Store keeps endpoints
// and deliveries, and a Feed says what the desk was shown.
//
// # In
//
// An endpoint is an address with the types of event that it gets. It is unverified
// until its receiver has agreed, and then gets everything that was shown since it was
// added. For every event that it gets there is one delivery, made in the transaction
// that moves the endpoint's cursor in the feed: none is forgotten, none is made twice.
//
// # Out
//
// A delivery waits until the receiver has taken it: 2xx, and nothing else. Anything
// else is tried again by a schedule of about five days, whatever it was: a name that
// was not found is no verdict. After that the delivery has failed, and stays so where
// everybody can see it until a person retries or skips it.
//
// The events of a case go out in the order of the feed: none before the one before it
// was delivered, or given up by a person. Other cases go on meanwhile. What was taken is
// not sent again, unless somebody says so; but an outcome that could not be stored
// never was, and a receiver must tell repeats apart by the event's id.
//
// An endpoint that takes nothing for three days is paused, and so is one that says 410
// (Gone), at once. What comes waits, and goes out when somebody says so.
//
// The body of a message is made at each attempt from the event, which never changes, so
// that it is the same every time. Nothing of an event is kept here but its id, its type
// and its case: what is withdrawn from the agency before it was sent is not sent any
// more. Should it be given again, it stands in a new place of the feed, and comes again.
//
// Replay goes back in the feed: everything from a place on is sent again, in order. What
// is on its way at that moment counts as sent again.
package webhook

// Package routing decides whom a referral is offered to, and why: it alone runs
// the consequences of a case.
//
// In: referral.requested, referral.declined. Out: referral.offered to the next
// choice, or referral.no_receiver. It decides on the case as it stands now, not
// as it stood when the cause was filed, so a fact that comes late or twice asks
// nobody in vain: what is left to decide has been decided, or its id is taken.
package routing

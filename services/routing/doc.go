// Package routing decides whom a referral is offered to, and why: it alone runs
// the consequences of a case.
//
// In: what leaves a referral without a receiver (requested, declined, lapsed, an
// answer that was denied, an exclusion, a stage in which others may be asked), and
// what reaches or ends something (accepted, assigned, closed). Out:
// referral.offered to the next choice, or referral.no_receiver; case.milestone to
// whoever helps in another referral of the case. It decides on the case as it stands now, not
// as it stood when the cause was filed, so a fact that comes late or twice asks
// nobody in vain: what is left to decide has been decided, or its id is taken.
package routing

// Package delivery keeps each agency's inbox equal to what the agency may see.
//
// In: every fact of a case or an inspection. Out, through the port Inbox: a
// copy of each event that an agency has become entitled to, the removal of each
// that it is no longer entitled to, and then the word that access ended.
//
// Before is what the fact's predecessors entitled to; after is what the history
// entitles to at its present end, which may be far ahead. What after adds of the
// facts up to this one is copied, what it lacks is removed. Every change of entitlement happens at one
// fact, and from that fact on, whenever it is handled, the present end decides:
// so handling each fact at least once, in order, with any repeats and any
// crash between two writes, leaves in the inbox exactly what the last history
// entitles to. The package's property test shows it, for a directory that stays
// as it is.
//
// An inspection can be cited by several cases, so an index of citations says
// which other case still lets an agency see it. By the same index what amends or
// retracts a finding reaches whoever relies on it in any case. An agency from
// which a case comes to be kept is told as anybody whose access ended, and nothing
// of the reason.
//
// Not here yet: a change of the directory reaches no inbox by itself. A
// coordinator who is registered while a case runs sees what comes from then on,
// and one who is suspended keeps what was delivered. An event that nobody may
// see is an alarm, and not yet somebody's inbox.
package delivery

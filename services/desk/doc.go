// Package desk is one agency's place at the bus: its inbox as lists and traces,
// its commands, and its outbox. It is the only service that keeps anything of
// its own, through two ports: View, which can be rebuilt from the inbox at any
// time, and Store, which cannot.
//
// # In
//
// Apply is handed what was delivered to the agency. It verifies the signature,
// stores the fact together with what it changes in the lists, and then reacts
// without anybody's decision: it confirms an offer (referral.delivered), seals
// the offer anew for the agency that is asked, and the rest for the agency that
// accepted or was assigned, also what the lead records later (content.shared). It
// hands everything to the next lead, keeps what the last one handed over, and asks
// the agency to which a referral was passed on. The id of a reaction derives from its cause, so
// that a fact handed over twice, a view that is rebuilt, or a second copy of the
// desk files it once.
//
// Feed is the order in which all of that first came, for whoever follows along: a
// program on the stream of the API, or a webhook.
//
// # Out
//
// File takes an event in open form; Act, ActOnCase and ActOnBatch a word about a
// referral, a case or a batch, from two tables (Verbs, CaseVerbs) of which the API
// and the command line are made. They seal the
// sections, sign, and put the event into the outbox before anything is sent; the
// sealed, signed bytes are made once, and only they are ever submitted. Whether
// a post is a repeat is decided before sealing, since sealing is randomised: the
// row holds an HMAC of the posted bytes. The same bytes get the stored answer,
// forever; other bytes under the same id are refused.
//
// A queue is the outbox of one case (or inspection): first in, first out. An
// event goes only after the receipt of the one before it, and the opening of a
// case only after what is before it of the inspections that it cites.
//
//   - Later, a section that the vault does not hold yet, a receipt that is for
//     something else or that the hub did not sign, and a fault of the hub keep the
//     row waiting; it is sent again, sections first, with growing pauses.
//   - Any other answer refuses the row. When the person who posted it is there
//     to be told, and nobody's later event waits behind it, it is settled as
//     refused: nothing was decided on the strength of it, and whatever is posted
//     next is posted in the knowledge. An event may be refused every day because
//     the case has moved on; that must not stop the case.
//   - Otherwise the row is parked, and the queue behind it stands still, in
//     order, until a person decides (Retry, Discard) or the poster asks again
//     and is told, with nothing behind. A parked row is an item of the inbox.
//   - What the desk files by itself is not parked: nobody stated it, nobody
//     can correct it, and a refusal means that the case has moved on. What
//     follows from a posted event falls with it. Only where the agency's key was
//     renewed while it waited, the case has not moved on, and somebody else would
//     lack the content: it is parked, so that a person shares it anew.
//
// Nothing is dropped and nothing is reordered.
//
// # Not here yet
//
// Nobody notices by itself a ledger that is shorter than the receipts of this desk,
// as after a restore of an older copy of the hub: what was lost is answered with its
// receipt and not sent again, and who goes on with it reads not_visible.
// Nothing answers content.rejected when a section that was opened does not fit
// its schema: the opener is told, the sender is not. A fuller offer goes to whom it
// is shared with and to who is asked next, and not by itself to who is asked now.
// Lists have no pages: Cases ends after a thousand, Inbox shows everything. A desk
// knows no people and keeps no drafts: whoever may use it may do all that the
// agency may. Nothing is pruned, in the outbox, the sections or the view.
package desk

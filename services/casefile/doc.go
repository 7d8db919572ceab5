// Package casefile holds the rules of a case. Its siblings may import it.
//
// The one table in rules.go says of every type of event who may file it, when,
// what it changes and who sees it. From it follow:
//
//	Fold          what a history, or any part of it, amounts to
//	Check         may this fact be the next one? It only blocks
//	Advise        what is odd about a fact, and what its receiver will ask
//	Entitled      who may see which event, now
//	Addressees    whom sections are sealed for; MayOpen: to whom the vault hands them
//	Consequences  what routing does next; Candidates: whom it can ask
//	Trace         the history as a person reads it, with limits and pauses
//
// All of it is a pure function of facts and the directory. A desk folds what it
// was shown, the hub folds everything, with the same code: what is missing
// counts as not shown. What an agency can know of its own offer it knows so, but
// for two ends that it is not to see: that another agency was faster, and that a
// referral was passed on. Delivery tells its inbox that the offer is over
// (Overtaken), and nothing else.
//
// The scenarios in testdata show it. Walks 1 to 20 are situations that the system
// must serve, a file each (w08_officer_involved.txtar); the others stand beside
// them. Each says for whom nothing is to be seen, and what it cannot show yet. visible.golden holds who sees what, by role.
//
// Not here yet: clocks that fire (a lapse is filed by whoever keeps the clock, and
// an offer beside another one waits for it), and consent beyond the basis that a
// request names: to whom, for which section, until when, and how long whoever
// cares for the person keeps what care needs.
package casefile

// Package casefile holds the rules of a case. Its siblings may import it.
//
// The one table in rules.go says of every type of event who may file it, when,
// what it changes and who sees it. From it follow:
//
//	Fold          what a history, or any part of it, amounts to
//	Check         may this fact be the next one?
//	Entitled      who may see which event, now
//	Addressees    whom sections are sealed for; MayOpen: to whom the vault hands them
//	Consequences  what routing does next; Candidates: whom it can ask
//	Trace         the history as a person reads it, with limits and pauses
//
// All of it is a pure function of facts and the directory. A desk folds what it
// was shown, the hub folds everything, with the same code: what is missing
// counts as not shown.
//
// Not here yet: offers that overlap (Fold and Entitled take them, Check makes one
// at a time), the levels of Check that warn or ask later, clocks that fire,
// consent, transfer of the lead, and the rows of the design that no story needs
// so far.
package casefile

// Package vault keeps sealed sections and hands them out one at a time. It
// cannot read them.
//
// In: "seal", which puts a section for an event that its author will file, and
// "open", which asks for one. Out: content.opened, which the runner has in the
// ledger before the section leaves.
//
// Not here yet: consent, erasing, and a sweep of sections that no event came to
// name.
package vault

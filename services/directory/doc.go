// Package directory knows the agencies: who they are, where and whom they help,
// and with which keys they sign and can be sealed to.
//
// In: the facts agency.registered and agency.changed of the operator, and
// agency.capacity_changed of the agencies themselves, each maybe twice and in
// any order. Out: the agencies as they are now, for the rules of a case, and the
// answer to "ask". The hub keeps one in step with the ledger; a desk keeps the
// same type as the cache of what it was answered, after it has checked the
// signatures.
package directory

// Package sealing closes sections so that only their readers can open them: it
// is the home of age.
//
// A section is one age file to post-quantum hybrid recipients (ML-KEM-768 with
// X25519): the current keys of one receiving agency, of the sender, and their
// recovery keys. The first line of what is sealed names case, event, section
// and sender:
//
//	saphan-section/1 <case> <event> <section> <sender>
//
// The opener compares it with what the signed event says, so that a section
// cannot be moved to another place, and the event carries the digest of the
// ciphertext, so that it cannot be exchanged. Sealing is randomised: the same
// section sealed twice gives different bytes.
//
// No error repeats anything of a section, a recipient or a secret key.
package sealing

// Package signing says who wrote an event, and proves it. It is the home of
// DSSE.
//
// An event is signed after the CloudEvents extension Verifiability: SHA-256
// over the core attributes and the exact bytes of data, SHA-256 over the signed
// extension attributes, both in a DSSE envelope signed with Ed25519, in the
// attribute dssematerial. The Verifier is stricter than the extension asks for:
// exactly one signature, exactly the extension attributes of
// schemas.SignedExtensions under it, and no other attribute beside them. An
// agency may sign with any implementation of the extension that can do this.
//
// The extension hashes time in whole seconds. So that no part of an event can be
// altered unseen, a time with a fraction of a second is written and accepted
// only where it is the very instant that the event's id holds, since the id is
// signed whole.
//
// Of the test vectors in the extension's text these follow from the text, and
// are tests here: the core digest of case 5 (binary data), and the extension
// digests of cases 6 and 7, with the signatures of cases 3 and 5. The core
// digests of the cases with JSON data, and of the walkthrough, follow from no
// evident serialization of their data; the payload of cases 1 and 2 is a bare
// digest, and that of case 6 has a stray character after its JSON. What
// signedextattrs must not hold (cases 8a to 8f) is refused.
//
// A receipt is signed with the same keys over a text of its own type, so that
// neither can be passed off as the other.
package signing

// Package natsbus carries Saphan over NATS JetStream, and is the one place that
// knows it: streams, subjects, headers, consumers, and a broker in the process.
//
// A hub opens everything with OpenHub: the Ledger that the gate appends to and
// the services consume, the Inbox of every agency, the Vault, the Audit of
// refusals, the dead letters, and Serve for the four requests of a desk. A desk
// speaks through Desk. Server is the broker of a single-node hub: a folder, no
// listener.
//
// What holds:
//
//   - The ledger takes an event only as the next one of its scope, and only
//     once: expected last sequence on the scope, on a stream that is create-only
//     by its settings. Nats-Msg-Id is not used: its window forgets, and it
//     drops a different body without a word.
//   - An acknowledged write has been synced to disk. There is no setting for it.
//   - Every token of a subject is checked by the grammar of its kind before it is
//     used: the broker would store "case.*" as a literal.
//   - Every header is written here. Headers that came with a request are not read.
//   - Refusals are *services.Error. A broker that does not answer, or cannot
//     write, is Later with services.CodeBusAway.
//
// # Not here yet
//
//   - Accounts. Any connection within this process can publish as anybody; the
//     connections are given out by cmd, one a desk. What an agency files is signed
//     with its own key all the same; what it asks (seal, open, ask) is not.
//   - The stream CLOCK, for the limits, and the buckets TREE, OPEN and LIMITS, for
//     the notary, the sweep and the counters.
//   - Replicas. Streams are made with one; an operator may raise it, and it stays.
//
// The bucket CITED says which cases cite an inspection: its later events go to
// them, and in the ledger only the case names the inspection. It can be made again
// from the ledger. AllowAtomicPublish is on for later, when
// appends that wait go into one batch: OpenHub refuses a ledger whose settings are
// not its own, so that it is better there from the start.
//
// All types are safe for concurrent use, except a Source, which has one reader.
package natsbus

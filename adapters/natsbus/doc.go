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
// All types are safe for concurrent use, except a Source, which has one reader.
package natsbus

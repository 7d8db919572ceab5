// Package natsbus carries Saphan over NATS JetStream, and is the one place that
// knows it: streams, subjects, headers, consumers, and a broker in the process.
//
// A hub opens everything with OpenHub: a Part for each of its services, with the
// Ledger that the gate appends to and the services consume, the Inbox of every
// agency, the Sections of the vault, the Audit of refusals; the dead letters; and
// Serve for the four requests of a desk. A desk speaks through Desk. Server is the
// broker of a single-node hub: a folder, and a listener if one is wanted.
//
// # The wall
//
// Every agency has an account of its own, and every service of the hub has, too;
// doors.go lists what each can reach, and that is all that it can. The streams lie
// in an account that only the keeper enters. A user for each service within that
// account would not do: where a reply goes the broker does not check, so that a
// service which may only fetch could have facts stored in anybody's inbox. Across
// an import it cannot. Authority signs who may connect; Accounts opens and shuts
// agencies while the bus runs. Who asks is the account that the broker puts into
// the subject, and the directory says whose that is.
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
//   - The stream CLOCK, for the limits, and the buckets TREE, OPEN and LIMITS, for
//     the notary, the sweep and the counters.
//   - Replicas. Streams are made with one; an operator may raise it, and it stays.
//
// The stream CITED says which cases cite an inspection: its later events go to
// them, and in the ledger only the case names the inspection. It can be made again
// from the ledger. AllowAtomicPublish is on for later, when
// appends that wait go into one batch: OpenHub refuses a ledger whose settings are
// not its own, so that it is better there from the start.
//
// All types are safe for concurrent use, except a Source, which has one reader.
package natsbus

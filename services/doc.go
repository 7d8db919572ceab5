// Package services is what every service shares: the nouns (Fact, Receipt,
// Party, Gate), the kinds of error, and the one loop in which services run.
//
// A service is a function of what happened: it is handed facts and returns what
// follows. It publishes by returning, and knows no broker, no HTTP, no clock and
// no chance; what it needs beyond facts it declares as a small interface of its
// own, and whoever assembles the program fills it in. There are three shapes:
//
//	Reactor    Handle(ctx, Fact) ([]Decision, error)              routing
//	Projector  Apply(ctx, Fact) error                             delivery, desk; directory is fed by itself
//	Answerer   Answer(ctx, Party, Request) (Reply, []Decision, …) vault, directory, the gate
//
// A new service is a folder here, one of the three shapes, and a line in the
// assembly. Services import this package, package schemas and package casefile,
// and never each other: what two of them must agree on is a fact.
package services

package casefile

// rule says everything about one type of event: who may file it, when, what it
// changes, and who sees it. The columns' words are defined in who.go, when.go,
// fold.go and entitled.go.
type rule struct {
	by   []role
	when []condition
	then func(*turn)
	sees []audience
}

// rules is the table of rules; the name of a row is the short name of a type of
// event. Source: the table in the project's design, "A referral".
var rules = map[string]rule{
	"agency.registered": {by: is(theHub), when: all(historyIsNew), then: thenRegistered},
	"agency.changed":    {by: is(theHub), when: all(historyIsThere), then: nil},

	"visit.recorded":   {by: is(owner), when: nil, then: thenOwned, sees: to(author, siteCoordinators, citingAcceptors)},
	"finding.recorded": {by: is(owner), when: all(visitIsThere), then: thenOwned, sees: to(author, siteCoordinators, citingAcceptors)},

	"case.opened":         {by: is(namedLead), when: all(historyIsNew, coordinatorsAreThere), then: thenOpened, sees: to(lead, coordinators, acceptors)},
	"case.linked":         {by: is(theLead), when: all(linksElsewhere), then: thenLinked, sees: to(lead, coordinators)},
	"screening.completed": {by: is(theLead), when: all(isPerson), then: thenScreened, sees: to(lead, coordinators)},
	"content.shared":      {by: is(theSender), when: all(notTakenBack, sectionsAreAllowed), then: nil, sees: to(author, sharedWith)},
	"content.opened":      {by: is(theHub), when: all(sectionIsStillFor), then: nil, sees: to(opener, sectionAuthor)},

	"referral.requested":   {by: is(theLead), when: all(referralIsNew, receiverIsKnown), then: thenRequested, sees: to(sender, coordinators, offerees)},
	"referral.offered":     {by: is(theHub), when: all(unaccepted, nobodyIsAsked, notAskedBefore), then: thenOffered, sees: to(sender, coordinators, offeree)},
	"referral.no_receiver": {by: is(theHub), when: all(unaccepted, nobodyIsAsked, notNoReceiver), then: thenNoReceiver, sees: to(sender, coordinators)},

	"referral.delivered":             {by: is(theOfferee), when: all(offerIsOpen, notDelivered), then: thenDelivered, sees: to(sender, coordinators, offeree)},
	"referral.received":              {by: is(theOfferee), when: all(offerIsOpen, notReceived), then: thenReceived, sees: to(sender, coordinators, offeree)},
	"referral.claimed":               {by: is(theOfferee), when: all(offerIsOpen, notClaimed), then: thenClaimed, sees: to(sender, coordinators, offeree)},
	"referral.information_requested": {by: is(theOfferee), when: all(offerIsOpen, notPaused, mayStillAsk), then: thenAsked, sees: to(sender, coordinators, offeree)},
	"referral.information_provided":  {by: is(theSender), when: all(offerIsOpen, paused), then: thenAnswered, sees: to(sender, coordinators, offeree)},
	"referral.accepted":              {by: is(theOfferee), when: all(offerIsOpen), then: thenAccepted, sees: to(sender, coordinators, offeree)},
	"referral.declined":              {by: is(theOfferee), when: all(offerIsOpenOrAccepted, suggestionIsKnown), then: thenDeclined, sees: to(sender, coordinators, offeree)},

	"referral.contact_made":         {by: is(theAcceptor), when: all(accepted, notMet), then: thenMet, sees: to(sender, coordinators, acceptor)},
	"referral.completed":            {by: is(theAcceptor), when: all(accepted), then: thenCompleted, sees: to(sender, coordinators, acceptor)},
	"referral.outcome_acknowledged": {by: is(theSender), when: all(completed), then: thenClosed, sees: to(sender, coordinators, acceptor)},
	"referral.revoked":              {by: is(theSender, aCoordinator), when: all(referralIsOpen), then: thenRevoked, sees: to(sender, coordinators)},
}

func is(rs ...role) []role            { return rs }
func all(cs ...condition) []condition { return cs }
func to(as ...audience) []audience    { return as }

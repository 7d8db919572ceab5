package casefile

// rule says everything about one type of event: who may file it, when, what it
// changes, and who sees it. The words of the columns are defined in who.go,
// when.go, fold.go and entitled.go.
type rule struct {
	by   []role
	when []condition
	then func(*turn)
	sees []audience
}

// Who sees an event of an offer, and of an accepted referral.
var (
	offerSides    = to(sender, coordinators, offeree)
	referralSides = to(sender, coordinators, acceptor)
)

// rules is the table of rules; the name of a row is the short name of a type of
// event, and a type without a row is never in the ledger.
var rules = map[string]rule{
	"agency.registered":       {is(theHub), all(historyIsNew, mayBeAdmitted), thenRegistered, nil},
	"agency.changed":          {is(theHub), all(historyIsThere, mayBecomeThat), nil, nil},
	"agency.capacity_changed": {is(itself), all(historyIsThere, serviceIsListed), nil, nil},

	"visit.recorded":   {is(owner), nil, thenOwned, to(author, siteCoordinators, citingAcceptors)},
	"finding.recorded": {is(owner), all(visitIsThere), thenOwned, to(author, siteCoordinators, citingAcceptors)},

	"case.opened":         {is(namedLead), all(historyIsNew, coordinatorsAreThere), thenOpened, to(lead, coordinators, acceptors)},
	"case.linked":         {is(theLead), all(linksElsewhere), thenLinked, to(lead, coordinators)},
	"screening.completed": {is(theLead), all(isPerson), thenScreened, to(lead, coordinators)},
	"content.shared":      {is(theSender), all(notTakenBack, sectionsAreAllowed), thenShared, to(author, sharedWith)},
	"content.opened":      {is(theHub), all(sectionIsStillFor), nil, to(opener, sectionAuthor)},

	"referral.requested":   {is(theLead), all(referralIsNew, receiverIsKnown), thenRequested, to(sender, coordinators, offerees)},
	"referral.offered":     {is(theHub), all(unaccepted, nobodyIsAsked, notAskedBefore), thenOffered, offerSides},
	"referral.no_receiver": {is(theHub), all(unaccepted, nobodyIsAsked, notNoReceiver), thenNoReceiver, to(sender, coordinators)},

	"referral.delivered":             {is(theOfferee), all(offerIsOpen, notDelivered), thenDelivered, offerSides},
	"referral.received":              {is(theOfferee), all(offerIsOpen, notReceived), thenReceived, offerSides},
	"referral.claimed":               {is(theOfferee), all(offerIsOpen, notClaimed), thenClaimed, offerSides},
	"referral.information_requested": {is(theOfferee), all(offerIsOpen, notPaused, mayStillAsk), thenAsked, offerSides},
	"referral.information_provided":  {is(theSender), all(offerIsOpen, paused), thenAnswered, offerSides},
	"referral.accepted":              {is(theOfferee), all(offerIsOpen), thenAccepted, offerSides},
	"referral.declined":              {is(theOfferee), all(offerIsOpenOrAccepted, suggestionIsKnown), thenDeclined, offerSides},

	"referral.contact_made":         {is(theAcceptor), all(accepted, notMet), thenMet, referralSides},
	"referral.completed":            {is(theAcceptor), all(accepted), thenCompleted, referralSides},
	"referral.outcome_acknowledged": {is(theSender), all(completed), thenClosed, referralSides},
	"referral.revoked":              {is(theSender, aCoordinator), all(referralIsOpen), thenRevoked, to(sender, coordinators)},
}

func is(rs ...role) []role            { return rs }
func all(cs ...condition) []condition { return cs }
func to(as ...audience) []audience    { return as }

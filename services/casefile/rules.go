package casefile

// rule says everything about one type of event: who may file it, when, what it
// changes, and who sees it. The words of the columns are defined in who.go (by),
// when*.go (when), fold*.go (then) and audience*.go (sees), and those of an agency's
// own history in agency.go. For whom sections are sealed is a table in open.go; what
// each word means to a reader is in the code list rule.
type rule struct {
	by   []role
	when []condition
	then func(*turn)
	sees []audience
}

// Who sees an event of an offer, and of an accepted referral.
var (
	offerSides    = to(sender, coordinators, offeree)
	referralSides = to(sender, coordinators, acceptor, writer)
	caseSides     = to(lead, coordinators)
)

// rules is the table of rules; the name of a row is the short name of a type of
// event, and a type without a row is never in the ledger.
var rules = map[string]rule{
	"agency.registered":       {is(theHub), all(historyIsNew, mayBeAdmitted), thenRegistered, nil},
	"agency.changed":          {is(theHub), all(historyIsThere, mayBecomeThat), nil, nil},
	"agency.capacity_changed": {is(itself), all(historyIsThere, serviceIsListed), nil, nil},

	"visit.recorded":    {is(owner), nil, thenOwned, siteSides},
	"finding.recorded":  {is(owner), all(visitIsThere), thenOwned, siteSides},
	"finding.amended":   {is(owner), all(visitIsThere, findingStands), thenFindingReplaced, siteSides},
	"finding.retracted": {is(owner), all(findingStands), thenFindingReplaced, siteSides},
	"tip.received":      {is(owner), all(nobodyTold), thenOwned, siteSides},
	"tip.triaged":       {is(owner), all(tipWaits), thenTriaged, to(author, siteCoordinators)},
	"tip.closed":        {is(owner), all(tipWaits), thenTriaged, to(author, siteCoordinators)},

	"case.opened":         {is(namedLead), all(notOpened, mayLead, coordinatorsAreThere), thenOpened, to(lead, coordinators, acceptors, nextLead)},
	"case.restricted":     {is(beforeOpening, theLead, theIndependent), all(leadIsNotExcluded), thenRestricted, to(author, theLeadNow, independents)},
	"case.linked":         {is(theLead), all(linksElsewhere, notLinked), thenLinked, caseSides},
	"case.unlinked":       {is(theLead), all(linked), thenUnlinked, caseSides},
	"screening.completed": {is(theLead), all(caseIsOpen, isPerson), thenScreened, caseSides},
	"screening.amended":   {is(theLead), all(caseIsOpen, screeningIsLatest), thenScreened, caseSides},
	"screening.decided":   {is(theLead), all(caseIsOpen, screeningIsLatest, notDecided), thenDecided, caseSides},
	"case.stage_changed":  {is(theLead, aPanel), all(caseIsOpen, isPerson, stageFollows), thenStaged, to(lead, coordinators, writer)},
	"status.asserted":     {is(theLead, anAcceptor), all(isPerson), thenAsserted, to(lead, coordinators, writer)},
	"content.recorded":    {is(theLead), all(caseIsOpen, somethingIsSealed, sectionsFitTheCase), nil, caseSides},
	"content.shared":      {is(theSender, theLastLead), all(notTakenBack, somethingIsSealed, sectionsAreAllowed), thenShared, to(author, sharedWith)},
	"content.opened":      {is(theHub), all(sectionIsStillFor), nil, to(opener, sectionAuthor)},

	"referral.requested":   {is(theLead), all(caseIsOpen, referralIsNew, receiverIsKnown, followsAReferral), thenRequested, to(sender, coordinators, offerees)},
	"referral.offered":     {is(theHub), all(unaccepted, mayAskAnother, notAskedBefore), thenOffered, offerSides},
	"referral.no_receiver": {is(theHub), all(unaccepted, nobodyIsAsked, notNoReceiver), thenNoReceiver, to(sender, coordinators)},

	"referral.delivered":             {is(theOfferee), all(offerIsOpen, notDelivered), thenDelivered, offerSides},
	"referral.received":              {is(theOfferee), all(offerIsOpen, notReceived), thenReceived, offerSides},
	"referral.claimed":               {is(theOfferee), all(offerIsOpen, notClaimed), thenClaimed, offerSides},
	"referral.information_requested": {is(theOfferee), all(offerIsOpen, notPaused, mayStillAsk), thenAsked, offerSides},
	"referral.information_provided":  {is(theSender), all(offerIsOpen, paused), thenAnswered, offerSides},
	"referral.accepted":              {is(theOfferee), all(offerIsOpenOrLapsed), thenAccepted, offerSides},
	"referral.declined":              {is(theOfferee), all(offerIsOpenOrAccepted, notBound, dutyAllows, suggestionIsKnown), thenDeclined, offerSides},
	"referral.lapsed":                {is(theHub), all(offerIsOpen, notOverdue), thenLapsed, offerSides},
	"referral.assigned":              {is(aCoordinator), all(unaccepted, searchWasLong, assigneeIsKnown), thenAssigned, referralSides},
	"referral.confirmed":             {is(answeredFor), all(notConfirmed), thenConfirmed, to(sender, coordinators, writer)},

	"referral.contact_scheduled":  {is(theAcceptor), all(active), thenScheduled, referralSides},
	"referral.contact_unattended": {is(theAcceptor), all(active), thenMissed, referralSides},
	"referral.contact_made":       {is(theAcceptor), all(active, notMet), thenMet, referralSides},
	"referral.started":            {is(theAcceptor), all(accepted), thenStarted, referralSides},
	"referral.held":               {is(theAcceptor), all(active, notHeld), thenHeld, referralSides},
	"referral.resumed":            {is(theAcceptor), all(held), thenStarted, referralSides},
	"referral.completed":          {is(theAcceptor), all(active), thenCompleted, referralSides},
	"referral.failed":             {is(theAcceptor), all(active), thenFailed, referralSides},

	"referral.outcome_acknowledged":   {is(theSender), all(completed), thenClosed, referralSides},
	"referral.cancellation_requested": {is(theSender), all(active, notCancelling), thenCancelling, referralSides},
	"referral.cancelled":              {is(theSender, theAcceptor), all(referralIsOpen, mayCancel), thenCancelled, to(sender, coordinators, acceptor, writer, stillAsked)},
	"referral.revoked":                {is(theSender, aCoordinator), all(referralIsOpen), thenRevoked, to(sender, coordinators)},
	"referral.withdrawn":              {is(theSender, anOfferee, theAcceptor), all(somebodyKnows), thenWithdrawn, to(sender, coordinators, carer)},
	"referral.rerouted":               {is(anOfferee, theAcceptor, aCoordinator), all(referralIsOpen, notBound, othersAreNotAsked, dutyAllows, rerouteIsKnown), thenRerouted, referralSides},
	"referral.entered_in_error":       {is(theSender), all(notInError), thenInError, to(sender, coordinators)},

	"person.told":             {is(theLead, anAcceptor, writesAbout), all(mayKnowOf), thenTold, to(lead, coordinators, writer)},
	"lead.transfer_requested": {is(theLead, insteadOfTheLead), all(caseIsOpen, noTransfer, nextLeadIsKnown), thenTransferAsked, to(lead, coordinators, askedToLead)},
	"lead.transferred":        {is(theNextLead), all(transferIsThis), thenTransferred, to(lead, coordinators, holders)},
	"lead.declined":           {is(theNextLead, theLead, insteadOfTheLead), all(transferIsThis), thenTransferEnded, to(lead, coordinators, writer, askedBefore)},
	"duplicate.asked":         {is(aCoordinator), all(asksElsewhere), nil, caseSides},
	"duplicate.answered":      {is(theLead), all(duplicateIsAsked), thenDuplicateAnswered, caseSides},
	"case.milestone":          {is(theHub), nil, thenMilestone, to(lead, coordinators, otherAcceptors)},
	"case.closed":             {is(theLead), all(caseIsOpen, nothingIsOpen, personIsTold, mayBeLost), thenCaseClosed, caseSides},
	"case.reopened":           {is(theLead, aCoordinator), all(caseIsClosed), thenReopened, caseSides},
}

func is(rs ...role) []role            { return rs }
func all(cs ...condition) []condition { return cs }
func to(as ...audience) []audience    { return as }

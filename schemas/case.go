package schemas

// CaseOpened opens a case. Its subject is the case id.
type CaseOpened struct {
	// Kind is "person" (exactly one person, known or not) or "situation" (a
	// site, vessel, broker or incident, without data about a person).
	Kind string `json:"kind"`
	// Origin is a code of the list case_origin.
	Origin string `json:"origin"`
	// Lead is the agency that answers for the case; it files the event.
	Lead string `json:"lead"`
	// Areas are workplace and present place, as far as known. Together with the
	// lead's office they say which coordinators see the case.
	Areas []Area `json:"areas,omitempty"`
	// From cites the inspection events that the case came from.
	From []Citation `json:"from,omitempty"`
	// Batch ties cases that were filed together.
	Batch string `json:"batch,omitempty"`
	Seals
}

// Citation names one event of an inspection.
type Citation struct {
	Inspection string `json:"inspection"`
	Event      string `json:"event"`
}

// CaseLinked relates the case to another one. A link never widens who sees what.
type CaseLinked struct{ Link }

// CaseUnlinked takes a link back.
type CaseUnlinked struct{ Link }

// Link is how one case relates to another one.
type Link struct {
	// Relation is a code of the list link: "part_of" (a person's case is part of
	// a situation), "same_person", "family" or "suspected_same_offender".
	Relation string `json:"relation"`
	Case     string `json:"case"`
}

// CaseClosed ends the work on a case. Its lead files it, when no referral is open.
type CaseClosed struct {
	// Reason is a code of the list case_reason; what really happened is the
	// section feedback, sealed to the lead itself.
	Reason string `json:"reason"`
	// PersonTold is a code of the list told; a case of one person needs it.
	PersonTold string `json:"person_told,omitempty"`
	Seals
}

// CaseReopened takes a closed case up again. No access that ended comes back.
type CaseReopened struct {
	// Reason is a code of the list reopen_reason.
	Reason string `json:"reason"`
}

// CaseMilestone tells those who help in one referral of a case what has been
// reached in the others: which kind of agency it was, and never its name.
type CaseMilestone struct {
	// Milestone is a code of the list milestone, as in "protection_arranged".
	Milestone string `json:"milestone"`
	// Kind is a code of the list agency_kind; empty when the case was closed.
	Kind string `json:"kind,omitempty"`
}

// CaseRestricted keeps agencies out of a case, because somebody there may be
// involved. It may come before case.opened, so that nothing was ever shown.
type CaseRestricted struct {
	// Exclude are the agencies; everything below them in the directory is kept out
	// as well.
	Exclude []string `json:"exclude"`
	// Upwards keeps out what is above them, too.
	Upwards bool `json:"upwards,omitempty"`
}

// CaseStageChanged says how far the case is on the way from a clue to what
// comes after identification.
type CaseStageChanged struct {
	// Stage is a code of the list stage.
	Stage string `json:"stage"`
}

// AccessEnded tells one agency that events of the case were withdrawn from its
// inbox. It is never in the ledger.
type AccessEnded struct {
	Cause string `json:"cause"` // the event that ended the access
	// Events are the ids of what was withdrawn: events of the case, and of the
	// inspections that it cites. The receiving desk deletes exactly these.
	Events []string `json:"events"`
	// Offers are this agency's own offers that are over without a word of its own:
	// another agency has taken the referral on, or it was passed on. It says no more.
	Offers []string `json:"offers,omitempty"`
}

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
type CaseLinked struct {
	// Relation is "part_of": a person's case is part of a situation.
	Relation string `json:"relation"`
	Case     string `json:"case"`
}

// ScreeningCompleted says that a trained person spoke with the person. What it
// found is the section account, sealed to the screening agency.
type ScreeningCompleted struct {
	Seals
}

// ContentShared hands sealed sections to one agency: the offer ahead of the
// offer itself, the rest after acceptance. Its To is entitled to it only while
// it holds an open offer of the referral or has accepted it.
type ContentShared struct {
	InReferral
	To string `json:"to"`
	Seals
}

// ContentOpened says that the vault handed a sealed section to an agency.
type ContentOpened struct {
	Event   string `json:"event"` // the event that named the section
	Section string `json:"section"`
	By      string `json:"by"`
	Purpose string `json:"purpose"` // a code of the list purpose
}

// AccessEnded tells one agency that events of the case were withdrawn from its
// inbox. It is never in the ledger.
type AccessEnded struct {
	Cause string `json:"cause"` // the event that ended the access
	// Events are the ids of what was withdrawn: events of the case, and of the
	// inspections that it cites. The receiving desk deletes exactly these.
	Events []string `json:"events"`
}

package schemas

// ContentShared hands sealed sections to one agency: the offer ahead of the
// offer itself, the rest after acceptance. Its To is entitled to it only while
// it holds an open offer of the referral or has accepted it.
//
// Without a referral it hands the sections of a case to its new lead.
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

// ContentRecorded says that the lead has written down more than it knew at the
// opening: a safer way to be in touch, a name, an allergy. It is sealed to the
// lead itself; its desk hands it on to whoever has accepted.
type ContentRecorded struct {
	Seals
}

package schemas

// TipReceived says that somebody told of a site or a person: by telephone, at a
// counter, online. Its subject is an inspection, where a visit may follow. Who
// told is the section reporter, which goes to nobody.
type TipReceived struct {
	// Origin is a code of the list tip_origin.
	Origin string `json:"origin"`
	Area   Area   `json:"area"` // of the site, not of whoever took the call
	// Sector is an ISIC Rev. 4 section, one letter; empty when not known.
	Sector string `json:"sector,omitempty"`
	// Reliability of the source is "a" (completely reliable) to "g", and
	// Credibility of the information "1" (confirmed) to "6": the Admiralty scale.
	Reliability string `json:"reliability"`
	Credibility string `json:"credibility"`
	// Ongoing is "yes", "no" or "unknown".
	Ongoing string `json:"ongoing"`
	// People is a band of the list people_band; empty when not known.
	People string `json:"people,omitempty"`
	Seals
}

// TipTriaged says that a tip was taken up.
type TipTriaged struct {
	Tip string `json:"tip"` // id of the tip.received
	// Outcome is a code of the list triage: "visit", "opened" or "joined".
	Outcome string `json:"outcome"`
	// Case is the case that was opened, or joined; it is left out where nobody may
	// learn of the case.
	Case string `json:"case,omitempty"`
}

// TipClosed says that a tip is not taken up, and why.
type TipClosed struct {
	Tip string `json:"tip"`
	// Reason is a code of the list tip_reason.
	Reason string `json:"reason"`
}

package schemas

// ScreeningCompleted says that a trained person spoke with the person. What it
// found is the section account, sealed to the lead itself.
type ScreeningCompleted struct {
	Seals
}

// ScreeningAmended replaces what a screening found, in the section account: more
// was said, the age became clearer, or threats began.
type ScreeningAmended struct {
	// Screening is the event that it amends: screening.completed, or an amendment.
	Screening string `json:"screening"`
	Seals
}

// ScreeningDecided says what the screener does about it.
type ScreeningDecided struct {
	// Screening is the event that was decided on.
	Screening string `json:"screening"`
	// Decision is a code of the list decision: "refer", "labour_rights", "monitor"
	// or "no_action".
	Decision string `json:"decision"`
	// Reason is a code of the list decision_reason; monitor and no_action need one.
	Reason string `json:"reason,omitempty"`
}

package schemas

// ReferralContactScheduled says that a meeting with the person is arranged.
// Where and when stays between those who meet.
type ReferralContactScheduled struct {
	InReferral
	OnBehalf
}

// ReferralContactUnattended says that the acceptor did not meet the person: a
// meeting that did not happen, a call that nobody took.
type ReferralContactUnattended struct {
	InReferral
	OnBehalf
}

// ReferralContactMade says that the acceptor has met the person.
type ReferralContactMade struct {
	InReferral
	OnBehalf
}

// ReferralCompleted says that the acceptor has done what was asked. The outcome
// is the section feedback, sealed to the sender.
type ReferralCompleted struct {
	InReferral
	Seals
	OnBehalf
}

// ReferralFailed says that the acceptor could not do what was asked. What
// happened is the section feedback, sealed to the sender.
type ReferralFailed struct {
	InReferral
	Seals
	OnBehalf
}

// ReferralOutcomeAcknowledged says that the sender has seen the outcome: the
// loop is closed.
type ReferralOutcomeAcknowledged struct {
	InReferral
	Seals
}

// ReferralRevoked takes the referral back; every receiver's access ends.
type ReferralRevoked struct {
	InReferral
	// Reason is a neutral code of the list neutral_reason.
	Reason string `json:"reason"`
}

// ReferralStarted says that the acceptor has begun.
type ReferralStarted struct{ InReferral }

// ReferralHeld says that the acceptor waits. The real reason is the section
// feedback, sealed to the sender.
type ReferralHeld struct {
	InReferral
	// Reason is a neutral code of the list neutral_reason.
	Reason string `json:"reason"`
	// ReviewBy is until when it is looked at again (RFC 3339, UTC).
	ReviewBy string `json:"review_by"`
	Seals
}

// ReferralResumed says that the acceptor goes on.
type ReferralResumed struct{ InReferral }

// ReferralCancellationRequested asks the acceptor to stop: it confirms, or says
// that it is done already.
type ReferralCancellationRequested struct {
	InReferral
	// Reason is a neutral code of the list neutral_reason.
	Reason string `json:"reason"`
	Seals
}

// ReferralCancelled ends a referral that is not needed any more: by the acceptor
// when it was asked to, or by the sender before anybody has accepted.
type ReferralCancelled struct{ InReferral }

// ReferralWithdrawn says that the person does not want it any more. Whoever heard
// it files it; access ends, but for what care of the person needs.
type ReferralWithdrawn struct{ InReferral }

// ReferralRerouted says that another agency is the right one. The sender's desk
// files a new referral to it, part_of this one.
type ReferralRerouted struct {
	InReferral
	To string `json:"to"`
	// Reason is a neutral code of the list neutral_reason.
	Reason string `json:"reason"`
	Seals
}

// ReferralEnteredInError says that it should never have been filed. It is kept,
// and shown to nobody but its sender and the coordinators.
type ReferralEnteredInError struct{ InReferral }

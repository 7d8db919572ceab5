package schemas

// ReferralRequested asks somebody to act; the lead stays. One service a
// referral: several needs are several referrals.
type ReferralRequested struct {
	InReferral
	// Service and Subtypes are codes of the lists service and service_subtype;
	// "not_sure" matches nobody, so that it goes to the coordinators as
	// referral.no_receiver.
	Service  string   `json:"service"`
	Subtypes []string `json:"subtypes,omitempty"`
	Area     Area     `json:"area"` // where help is needed
	// AgeClass is "adult", "child" or "unsure"; unsure counts as a child.
	AgeClass string `json:"age_class"`
	// Language is the interpreter's, ISO 639-1, or "unknown"; empty when none is needed.
	Language string `json:"language,omitempty"`
	// People is a band of the list people_band.
	People string `json:"people,omitempty"`
	// Priority is "emergency", "urgent" or "normal".
	Priority string `json:"priority"`
	// Basis is why it may be shared: a code of the list basis.
	Basis string `json:"basis"`
	// To names a receiver; empty leaves the choice to routing.
	To string `json:"to,omitempty"`
	// ActBefore is when acting would be too late (RFC 3339, UTC).
	ActBefore string `json:"act_before,omitempty"`
	// PermittedAction is a code of the list permitted_action.
	PermittedAction string `json:"permitted_action,omitempty"`
	Batch           string `json:"batch,omitempty"`
	// Replaces is the withdrawn or revoked referral that this one follows.
	Replaces string `json:"replaces,omitempty"`
	// PartOf is the referral that was passed on to this one's receiver.
	PartOf string `json:"part_of,omitempty"`
	// Incomplete says that the sender does not know yet what the receiver will
	// need. It goes through all the same; the questions are the sender's to answer.
	Incomplete bool `json:"incomplete,omitempty"`
}

// ReferralOffered offers a referral to one agency. The offer's id is the id of
// this event.
type ReferralOffered struct {
	InReferral
	To string `json:"to"`
	// Why are codes of the list match, as in "service", "area", "language".
	Why []string `json:"why"`
	// Duty says that the agency must take it: it may decline for few reasons only,
	// and its silence does not release it.
	Duty bool `json:"duty,omitempty"`
}

// ReferralNoReceiver says that nobody is left to offer the referral to.
type ReferralNoReceiver struct {
	InReferral
}

// ReferralDelivered says that the receiving desk has stored the offer.
type ReferralDelivered struct{ InOffer }

// ReferralReceived says that a person at the receiver has opened the offer.
type ReferralReceived struct {
	InOffer
	OnBehalf
}

// ReferralClaimed says that somebody at the receiver looks at it.
type ReferralClaimed struct {
	InOffer
	// AnswerBy is when an answer is promised (RFC 3339, UTC).
	AnswerBy string `json:"answer_by,omitempty"`
	OnBehalf
}

// ReferralInformationRequested pauses the receiver's clock while the sender
// answers; at most twice an offer. The question is the section feedback.
type ReferralInformationRequested struct {
	InOffer
	Seals
	OnBehalf
}

// ReferralInformationProvided answers it in the section feedback.
type ReferralInformationProvided struct {
	InOffer
	Seals
}

// ReferralAccepted says that the receiver takes it on. It closes every other
// open offer of the referral, without an event.
type ReferralAccepted struct {
	InOffer
	OnBehalf
}

// ReferralDeclined says that the receiver does not take it on. The real reason
// is the section feedback, sealed to the sender.
type ReferralDeclined struct {
	InOffer
	// Reason is a neutral code of the list neutral_reason.
	Reason string `json:"reason"`
	// Suggests names an agency that is competent instead.
	Suggests string `json:"suggests,omitempty"`
	Seals
	OnBehalf
}

// ReferralLapsed says that the receiver did not answer in time. An offer that is
// a duty stays open, and another agency is asked as well.
type ReferralLapsed struct{ InOffer }

// ReferralAssigned is a coordinator's decision that an agency takes it on. It
// binds: the agency cannot decline.
type ReferralAssigned struct {
	InReferral
	To string `json:"to"`
}

// ReferralConfirmed is an agency's word about an answer that somebody else
// recorded for it: it was so, or it was not.
type ReferralConfirmed struct {
	InReferral
	Answer string `json:"answer"` // id of the event that was recorded for it
	// Correct is "yes" or "no"; no undoes the answer.
	Correct string `json:"correct"`
}

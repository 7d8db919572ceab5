package schemas

// DuplicateAsked asks the lead of a case whether another case is about the same
// person. A coordinator who sees both asks both leads, each in its own case.
type DuplicateAsked struct {
	Case string `json:"case"` // the other one
	With string `json:"with"` // the agency that leads it, to talk to
}

// DuplicateAnswered is what the lead found by comparing at its own desk.
type DuplicateAnswered struct {
	Asked string `json:"asked"` // id of the duplicate.asked
	// Answer is a code of the list same: "same", "different" or "cannot_say".
	Answer string `json:"answer"`
}

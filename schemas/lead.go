package schemas

// LeadTransferRequested asks an agency to become the lead of the case.
type LeadTransferRequested struct {
	To string `json:"to"`
}

// LeadTransferred says that the agency that was asked leads the case from here.
type LeadTransferred struct {
	// Request is the id of the lead.transfer_requested.
	Request string `json:"request"`
}

// LeadDeclined says that the agency that was asked does not become the lead, or
// that the lead calls its question off.
type LeadDeclined struct {
	Request string `json:"request"`
	// Reason is a neutral code of the list neutral_reason.
	Reason string `json:"reason"`
}

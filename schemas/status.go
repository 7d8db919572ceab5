package schemas

// StatusAsserted is what one agency holds the person to be. Assertions stand
// beside each other: none replaces another agency's.
type StatusAsserted struct {
	// Status is a code of the list trafficking_status, as in "possible".
	Status string `json:"status"`
}

package schemas

// PersonTold says whether the person was told of a turn in the case, above all
// of one that ends something.
type PersonTold struct {
	// About is the id of the event that the person was, or was not, told of.
	About string `json:"about"`
	// Told is a code of the list told: "yes", "no" or "not_safe".
	Told string `json:"told"`
}

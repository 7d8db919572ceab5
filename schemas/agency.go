package schemas

// AgencyRegistered admits an agency to the directory, or states the hub's own
// keys (kind "hub"). Its subject is the agency's id.
type AgencyRegistered struct {
	// Kind is a code of the list agency_kind: who may receive what depends on it.
	Kind string            `json:"kind"`
	Name map[string]string `json:"name"` // public name by language ("en", "th")
	// Office is where the agency sits; it counts as an area of the cases it leads.
	Office Area `json:"office"`
	// Areas are where it works; for a coordinator, what it coordinates. An area
	// of kind "unknown" makes a coordinator national.
	Areas    []Area        `json:"areas,omitempty"`
	Services []ServiceLine `json:"services,omitempty"`
	Keys     []Key         `json:"keys"`
}

// AgencyChanged replaces what it names and leaves the rest as it was.
type AgencyChanged struct {
	Name     map[string]string `json:"name,omitempty"`
	Office   *Area             `json:"office,omitempty"`
	Areas    []Area            `json:"areas,omitempty"`
	Services []ServiceLine     `json:"services,omitempty"`
	Keys     []Key             `json:"keys,omitempty"`
	// Status is "active", "suspended" or "closed": only an active agency is
	// offered anything or may file.
	Status string `json:"status,omitempty"`
}

// ServiceLine is one service that an agency gives, and to whom.
type ServiceLine struct {
	Service    string   `json:"service"`
	Subtypes   []string `json:"subtypes,omitempty"`    // none: every subtype
	AgeClasses []string `json:"age_classes,omitempty"` // none: every age
	Languages  []string `json:"languages,omitempty"`   // ISO 639-1; none: only Thai
	// Capacity is "capacity", "waitlist", "none" or "ask".
	Capacity string `json:"capacity"`
}

// Key is a public key of an agency or of a service of the hub.
type Key struct {
	// Use is "signing" (Ed25519, 32 bytes in standard base64), "sealing" or
	// "recovery" (both an age post-quantum recipient, "age1pq1…").
	Use string `json:"use"`
	Key string `json:"key"`
	// Service is the hub's service that signs with it; empty for an agency.
	Service string `json:"service,omitempty"`
}

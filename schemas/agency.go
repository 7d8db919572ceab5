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
	// Parent is the agency that it is a unit of, or under whose command it stands:
	// who is barred is barred with everybody below. Empty: nobody is above it.
	Parent string `json:"parent,omitempty"`
	// Independent marks the independent coordinator of the jurisdiction, to whom
	// goes what the coordinators of an area may not see. Coordinators only.
	Independent bool `json:"independent,omitempty"`
}

// AgencyChanged replaces what it names and leaves the rest as it was. The kind
// stays for ever: another kind is another agency.
type AgencyChanged struct {
	Name     map[string]string `json:"name,omitempty"`
	Office   *Area             `json:"office,omitempty"`
	Areas    []Area            `json:"areas,omitempty"`
	Services []ServiceLine     `json:"services,omitempty"`
	Keys     []Key             `json:"keys,omitempty"`
	// Parent is as in AgencyRegistered; the agency's own id says that nobody is
	// above it any more.
	Parent      string `json:"parent,omitempty"`
	Independent *bool  `json:"independent,omitempty"`
	// Status is "active", "suspended" or "closed": only an active agency is
	// offered anything or may file.
	Status string `json:"status,omitempty"`
}

// AgencyCapacityChanged is what an agency says about its own room, at whatever
// hour, without asking the operator. Its subject is the agency's own id.
type AgencyCapacityChanged struct {
	// Service and Subtypes are codes of the lists service and service_subtype that
	// the directory lists for the agency; no subtype: all that it gives.
	Service  string   `json:"service"`
	Subtypes []string `json:"subtypes,omitempty"`
	// Capacity and Until are as in ServiceLine.
	Capacity string `json:"capacity"`
	Until    string `json:"until,omitempty"`
}

// ServiceLine is one service that an agency gives, and to whom.
type ServiceLine struct {
	Service    string   `json:"service"`
	Subtypes   []string `json:"subtypes,omitempty"`    // none: every subtype
	AgeClasses []string `json:"age_classes,omitempty"` // none: every age
	Languages  []string `json:"languages,omitempty"`   // ISO 639-1; none: only Thai
	// Capacity is "capacity", "waitlist", "none" or "ask". It counts for as long as
	// CapacityHolds says, and as "ask" from then on.
	Capacity string `json:"capacity"`
	// Until is until when the capacity holds (RFC 3339, UTC); when empty, for as long
	// as CapacityHolds says.
	Until string `json:"until,omitempty"`
	// AcceptsFrom are codes of the list agency_kind; none: from every kind.
	AcceptsFrom []string `json:"accepts_from,omitempty"`
	// DutyToAccept marks a statutory receiver: it may decline only because it is
	// not competent, and silence does not release it.
	DutyToAccept bool `json:"duty_to_accept,omitempty"`
	// Hours are when it is open; none: always.
	Hours []Hours `json:"hours,omitempty"`
}

// Hours are opening hours that recur every week, in the time of Bangkok
// (UTC+07:00; Thailand has no summer time).
type Hours struct {
	Days []string `json:"days"` // codes of the list weekday
	From string   `json:"from"` // as in "08:30"
	// To is when it closes, on the day after when it is not later than From: from
	// "20:00" to "06:30" is a night, from "00:00" to "00:00" a whole day.
	To string `json:"to"`
}

// Key is a public key of an agency or of a service of the hub.
type Key struct {
	// Use is "signing" (Ed25519, 32 bytes in standard base64), "sealing" or
	// "recovery" (both an age post-quantum recipient, "age1pq1…"), or "account": the
	// agency's account on the bus (an Ed25519 nkey, "A" and 55 more of base32), which
	// is also the name of the consumer that its desk reads its inbox through.
	Use string `json:"use"`
	Key string `json:"key"` // as its use is written
	// Service is the hub's service that signs with it; empty for an agency.
	Service string `json:"service,omitempty"`
	// Retired says that another key has taken its place. Only a signing key can be:
	// what it signed before still verifies, and it files nothing more, ever.
	Retired bool `json:"retired,omitempty"`
}

// KeyAccount is the use of the key that names an agency's account on the bus.
const KeyAccount = "account"

// Account returns the account that keys name; empty when they name none.
func Account(keys []Key) string {
	for _, k := range keys {
		if k.Use == KeyAccount {
			return k.Key
		}
	}
	return ""
}

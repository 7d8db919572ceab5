package schemas

import "strings"

const (
	agencySource = "urn:saphan:agency:"
	hubSource    = "urn:saphan:hub:"
)

// HubAgency is the id under which the directory keeps the keys of the hub's
// own services. No agency can have it.
const HubAgency = "hub"

// Party is somebody who speaks on the bus: an agency, or a service of the hub.
type Party struct {
	// Agency is the agency's id; empty for a service of the hub.
	Agency string
	// Service is the name of the hub's service; empty for an agency.
	Service string
}

// Source returns the CloudEvents source of what the party says, as in
// "urn:saphan:agency:shelter-harbour" or "urn:saphan:hub:routing".
func (p Party) Source() string {
	if p.Agency != "" {
		return agencySource + p.Agency
	}
	return hubSource + p.Service
}

// ParseSource reads a CloudEvents source, and reports false when it is none of
// the two forms.
func ParseSource(s string) (Party, bool) {
	if id, ok := strings.CutPrefix(s, agencySource); ok && ValidAgency(id) && id != HubAgency {
		return Party{Agency: id}, true
	}
	if name, ok := strings.CutPrefix(s, hubSource); ok && ValidAgency(name) {
		return Party{Service: name}, true
	}
	return Party{}, false
}

// AuthorOf returns the agency that filed an event, or "" when a service of the
// hub did.
func AuthorOf(e Event) string {
	p, _ := ParseSource(e.Source())
	return p.Agency
}

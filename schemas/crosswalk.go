package schemas

import (
	"maps"
	"slices"
)

// Standards that code lists are mapped to. The mappings are data of the lists,
// each with its source: means_of_control, exploitation, offender_relation and
// sector to HTCDS, agency_kind to HTCDSOrg and HTCDSDecision, means_of_control
// also to CTDC2020 and CTDC2024.
const (
	// HTCDS is the Human Trafficking Case Data Standards 2.0.
	// Source: IOM, 24 December 2021, CC BY 4.0.
	HTCDS = "htcds"
	// HTCDSOrg is its type of an organisation, HTCDSDecision its kinds of who
	// decided on a status.
	HTCDSOrg      = "htcds_org"
	HTCDSDecision = "htcds_decision"
	// CTDC2020 is the suffix of a column of the global dataset of the
	// Counter-Trafficking Data Collaborative of 2020, CTDC2024 a column of its
	// synthetic dataset, where several means share one.
	CTDC2020 = "ctdc2020"
	CTDC2024 = "ctdc2024"
)

// Standards returns the standards that a list has names of, sorted; none for most
// lists.
func Standards(list string) []string {
	names := make(map[string]bool)
	for _, c := range Codes(list) {
		for standard := range c.Standards {
			names[standard] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Crosswalk returns the name of a code in a standard, and false where the
// standard has none or there is no such code. What HTCDS names only in its
// definitions (RestrictsMovement, UsesChildren) is returned by that name, although
// its picklist lacks it: else the restriction of movement would be lost.
func Crosswalk(list, code, standard string) (string, bool) {
	lists, err := codeLists()
	if err != nil {
		return "", false
	}
	for _, c := range lists[list].Codes {
		if c.Code == code {
			value, ok := c.Standards[standard]
			return value, ok
		}
	}
	return "", false
}

// FromStandard returns the code for a name of a standard. It reads, beside the
// names that Crosswalk writes, the misspellings and older names that the standard
// is known to have. It reports false for a name that is not known, and for one
// that stands for several codes unless the list says which it is: nothing is
// guessed.
func FromStandard(list, standard, value string) (string, bool) {
	lists, err := codeLists()
	if err != nil {
		return "", false
	}
	l := lists[list]
	if code, ok := l.Imports[standard][value]; ok {
		return code, true
	}
	found := ""
	for _, c := range l.Codes {
		named, ok := c.Standards[standard]
		if !ok || named != value {
			continue
		}
		if found != "" {
			return "", false
		}
		found = c.Code
	}
	return found, found != ""
}

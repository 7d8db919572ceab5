package schemas

import (
	"slices"
	"strings"
)

// policyFolder holds the policy tables, one file each.
const policyFolder = "policy"

// Policies returns the names of the policy tables in alphabetical order, as in
// "kinds": what a kind of agency may do, who gets which section, how long a step
// may take. They are the choices that a jurisdiction replaces by its own.
func Policies() []string {
	entries, err := files.ReadDir(policyFolder)
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".json")
	}
	return names
}

// Policy returns a policy table as JSON, with what it is about and the source of
// each choice; false when there is none of that name.
func Policy(name string) ([]byte, bool) {
	if !slices.Contains(Policies(), name) {
		return nil, false
	}
	raw, err := files.ReadFile(policyFolder + "/" + name + ".json")
	return raw, err == nil
}

// AboutPolicy says in English what a policy table decides; "" when there is none
// of that name.
func AboutPolicy(name string) string {
	if !slices.Contains(Policies(), name) {
		return ""
	}
	table, err := readPolicy[struct {
		About string `json:"about"`
	}](name)()
	if err != nil {
		return ""
	}
	return table.About
}

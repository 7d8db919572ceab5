package schemas

import (
	"slices"
	"sync"
)

// careTable says what care needs, policy/care.json.
type careTable struct {
	Services []string `json:"services"`
	Sections []string `json:"sections"`
	Source   string   `json:"source"`
}

// preventionTable says where a case does not go before anything has happened,
// policy/prevention.json.
type preventionTable struct {
	Stages   []string `json:"stages"`
	NotKinds []string `json:"not_kinds"`
	Source   string   `json:"source"`
}

var (
	carePolicy       = sync.OnceValues(readPolicy[careTable]("care"))
	preventionPolicy = sync.OnceValues(readPolicy[preventionTable]("prevention"))
)

// Cares reports whether an agency that gives a service has the person with it: it
// keeps what care needs when the person withdraws. The source is in
// policy/care.json.
func Cares(service string) bool {
	table, err := carePolicy()
	return err == nil && slices.Contains(table.Services, service)
}

// CareNeeds reports whether a section stays with whoever cares for a person that
// has withdrawn. The source is in policy/care.json.
func CareNeeds(section string) bool {
	table, err := carePolicy()
	return err == nil && slices.Contains(table.Sections, section)
}

// TooEarly reports whether a case in a stage does not go to a kind of agency yet.
// The source is in policy/prevention.json.
func TooEarly(stage, kind string) bool {
	table, err := preventionPolicy()
	return err == nil && slices.Contains(table.Stages, stage) && slices.Contains(table.NotKinds, kind)
}

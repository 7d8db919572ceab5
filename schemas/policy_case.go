package schemas

import (
	"slices"
	"sync"
)

// offerTable says how offers follow each other, policy/offers.json.
type offerTable struct {
	Default     int        `json:"overlap"`
	Rows        []offerRow `json:"rows"`
	AssignAfter struct {
		WrongReceiver int `json:"wrong_receiver"`
		Offers        int `json:"offers"`
	} `json:"assign_after"`
}

type offerRow struct {
	Service  string   `json:"service"`
	Priority string   `json:"priority"`
	Overlap  int      `json:"overlap"` // offers that may be open at once
	After    Period   `json:"after"`   // between one offer and the next
	NotKinds []string `json:"not_kinds"`
}

// dutyTable says what a duty to accept leaves open, policy/duty.json.
type dutyTable struct {
	DeclineReasons []string `json:"decline_reasons"` // codes of the list neutral_reason
	MustSuggest    bool     `json:"must_suggest"`
}

// stageTable is the graph of the stages of a case, policy/stages.json.
type stageTable struct {
	PanelOnly []string   `json:"panel_only"`
	Rows      []stageRow `json:"rows"`
}

type stageRow struct {
	From string   `json:"from"` // "" is a case without a stage
	To   []string `json:"to"`
}

// closingTable says what closing needs, policy/closing.json.
type closingTable struct {
	LostContact struct {
		Tries int    `json:"tries"`
		Span  Period `json:"span"`
	} `json:"lost_contact"`
}

// milestoneTable says which acceptance is which milestone, policy/milestones.json.
type milestoneTable struct {
	Rows []struct {
		Service   string `json:"service"`
		Milestone string `json:"milestone"`
	} `json:"rows"`
}

var (
	offerPolicy     = sync.OnceValues(readPolicy[offerTable]("offers"))
	dutyPolicy      = sync.OnceValues(readPolicy[dutyTable]("duty"))
	stagePolicy     = sync.OnceValues(readPolicy[stageTable]("stages"))
	closingPolicy   = sync.OnceValues(readPolicy[closingTable]("closing"))
	milestonePolicy = sync.OnceValues(readPolicy[milestoneTable]("milestones"))
)

// overlapRow finds the row of a service and priority; false when the default holds.
func overlapRow(service, priority string) (offerRow, bool) {
	table, err := offerPolicy()
	if err != nil {
		return offerRow{}, false
	}
	i := slices.IndexFunc(table.Rows, func(r offerRow) bool { return r.Service == service && r.Priority == priority })
	if i < 0 {
		return offerRow{}, false
	}
	return table.Rows[i], true
}

// Overlap returns how many offers of a referral for a service may be open at once
// at a priority, and how long after the one before the next may go out. It is one
// offer, and no period, unless policy/offers.json says otherwise: an emergency
// shelter is asked of up to three, 20 minutes apart.
func Overlap(service, priority string) (max int, after Period) {
	if row, ok := overlapRow(service, priority); ok {
		return row.Overlap, row.After
	}
	table, err := offerPolicy()
	if err != nil {
		return 1, Period{}
	}
	return table.Default, Period{}
}

// MayOverlap reports whether an agency of a kind may be asked while another offer
// of the referral is open, or be the one that is asked when the next is: never
// police. It is false wherever Overlap is one.
func MayOverlap(service, priority, kind string) bool {
	row, ok := overlapRow(service, priority)
	return ok && row.Overlap > 1 && !slices.Contains(row.NotKinds, kind)
}

// AssignAfter returns after how many declines as wrong_receiver, or after how many
// offers in all, a coordinator may assign a referral. Zero means never. The source
// is in policy/offers.json.
func AssignAfter() (wrong, offers int) {
	table, err := offerPolicy()
	if err != nil {
		return 0, 0
	}
	return table.AssignAfter.WrongReceiver, table.AssignAfter.Offers
}

// DutyReasons returns the codes of the list neutral_reason for which an agency
// with a duty to accept may decline; see policy/duty.json.
func DutyReasons() []string {
	table, err := dutyPolicy()
	if err != nil {
		return nil
	}
	return slices.Clone(table.DeclineReasons)
}

// DutyMustSuggest reports whether an agency that declines in spite of its duty
// must name one that is competent instead; see policy/duty.json.
func DutyMustSuggest() bool {
	table, err := dutyPolicy()
	return err != nil || table.MustSuggest
}

// NextStages returns the codes of the list stage that may follow one of them, or
// "", which is a case that has no stage yet; none for an unknown stage. From
// safe_hold it returns every stage: that a case goes back to the one before is for
// the rules of the case to say. The source is in policy/stages.json.
func NextStages(from string) []string {
	table, err := stagePolicy()
	if err != nil {
		return nil
	}
	for _, row := range table.Rows {
		if row.From == from {
			return slices.Clone(row.To)
		}
	}
	return nil
}

// PanelOnly reports whether only an identification panel may say that a case has
// reached a stage; see policy/stages.json. When the table cannot be read nobody
// else may say anything.
func PanelOnly(stage string) bool {
	table, err := stagePolicy()
	return err != nil || slices.Contains(table.PanelOnly, stage)
}

// LostContact returns how often contact must have been tried, and how far apart
// the first and the last try must be, before a case may be closed as lost_contact.
// The source is in policy/closing.json.
func LostContact() (tries int, span Period) {
	table, err := closingPolicy()
	if err != nil {
		return 0, Period{}
	}
	return table.LostContact.Tries, table.LostContact.Span
}

// Milestone returns the code of the list milestone that is reached when a referral
// for a service has been accepted; "" when nobody is told. See
// policy/milestones.json.
func Milestone(service string) string {
	table, err := milestonePolicy()
	if err != nil {
		return ""
	}
	for _, row := range table.Rows {
		if row.Service == service {
			return row.Milestone
		}
	}
	return ""
}

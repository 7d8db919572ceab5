package schemas

// VisitRecorded says that a site was inspected. Its subject is the inspection.
type VisitRecorded struct {
	// Kind is a code of the list visit_kind.
	Kind string `json:"kind"`
	Area Area   `json:"area"`
	// Sector is an ISIC Rev. 4 section, one letter.
	Sector string `json:"sector"`
	Month  string `json:"month"` // YYYY-MM: a day would point to one site
}

// FindingRecorded says what was found at a site, coarse enough that it names
// none: categories, section, province, month and banded counts.
type FindingRecorded struct {
	// Visit is the id of the visit's event in the same inspection, when there was one.
	Visit string `json:"visit,omitempty"`
	// Violations are codes of the list violation; "none_found" stands alone.
	Violations []string `json:"violations"`
	Area       Area     `json:"area"`
	Sector     string   `json:"sector"`
	Month      string   `json:"month"`
	// People is a band of the list people_band: how many people are concerned.
	People string `json:"people"`
	Seals
}

// FindingAmended replaces a finding: the whole of it, as it is known now.
type FindingAmended struct {
	// Finding is the event that it replaces: finding.recorded, or an amendment.
	Finding string `json:"finding"`
	FindingRecorded
}

// FindingRetracted takes a finding back.
type FindingRetracted struct {
	// Finding is the finding.recorded, or the amendment, that does not hold.
	Finding string `json:"finding"`
	// Reason is a code of the list retract_reason.
	Reason string `json:"reason"`
}

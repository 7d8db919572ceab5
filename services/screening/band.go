package screening

// findings says what was found, by dimension, and whether there was an act.
type findings map[string]bool

// The dimensions of the list delphi_dimension, and the act of the definition of
// trafficking.
const (
	deception               = "DR"
	coercedRecruitment      = "CR"
	vulnerableAtRecruitment = "RV"
	exploitation            = "EX"
	coercion                = "CD"
	vulnerableAtWork        = "AD"
	act                     = "act"
)

// band returns the band and the rules that gave it.
//
// Source: the table of the brochure to the Operational Indicators (2009), as one
// secondary source tells it, in which abuse of vulnerability may stand in for the
// means. It leaves two cases open, which are the project's own: coercion at work
// without recruitment (ILO Convention 29, art. 2, asks for no recruitment), and
// coercive recruitment without coercion at work.
func band(f findings, profile Profile) (string, []string) {
	if !f[exploitation] {
		return "no_exploitation_indicated", []string{"no_exploitation"}
	}
	if profile != Adult && f[act] {
		return "trafficking_for_forced_labour_indicated", []string{"under_18"}
	}
	recruited := f[deception] || f[coercedRecruitment] || f[vulnerableAtRecruitment]
	coerced := f[coercion] || f[vulnerableAtWork]
	name, row := "labour_rights_concern", "exploitation_only"
	switch {
	case profile != Adult:
		row = "act_not_known" // nothing else than exploitation was ticked
	case recruited && coerced:
		name, row = "trafficking_for_forced_labour_indicated", "recruitment_exploitation_coercion"
	case coerced:
		name, row = "forced_labour_indicated", "coercion_without_recruitment"
	case f[coercedRecruitment]:
		name, row = "forced_labour_indicated", "coerced_recruitment"
	case recruited:
		name, row = "exploitation_with_deception", "deception_and_exploitation"
	}
	return name, append([]string{row}, standIns(f)...)
}

// standIns says where abuse of vulnerability stands in for a means.
func standIns(f findings) []string {
	var why []string
	if f[vulnerableAtRecruitment] && !f[deception] && !f[coercedRecruitment] {
		why = append(why, "vulnerability_at_recruitment")
	}
	if f[vulnerableAtWork] && !f[coercion] {
		why = append(why, "vulnerability_at_work")
	}
	return why
}

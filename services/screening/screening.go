package screening

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Profile says whose weights count: a code of the list age_class.
type Profile string

// The profiles. Who may be under 18 is screened as a child.
// Source: UK Home Office, modern slavery referral form: "not sure" is treated as a
// child.
const (
	Adult  Profile = "adult"
	Child  Profile = "child"
	Unsure Profile = "unsure"
)

// Codes of refusals.
const (
	CodeProfile   = "unknown_profile"   // Invalid
	CodeIndicator = "unknown_indicator" // Invalid: not of the list delphi
)

// indicators is the list of the weights.
const indicators = "delphi"

// Result is what the ticked indicators come to. All of it are codes.
type Result struct {
	// Version is that of the weights, as in "2009-wcms_105023".
	Version string  `json:"version"`
	Profile Profile `json:"profile"`
	// Dimensions are those of the list delphi_dimension, all six, in its order.
	Dimensions []Dimension `json:"dimensions"`
	// Band is a code of the list band.
	Band string `json:"band"`
	// Why says which rule gave the band, of the list band_rule: the row of the table
	// first, then what stood in for something else.
	Why []string `json:"why"`
	// Flags are strong indicators in a dimension that is not positive. One of them
	// may be enough to act on, whatever the band.
	Flags []string `json:"flags"`
	// ILO11 are the indicators of forced labour that the ticked ones belong to, in
	// the order of that list. Their number means nothing.
	ILO11 []string `json:"ilo11"`
	// Ignored are ticked indicators that the list for this profile does not have.
	Ignored []string `json:"ignored"`
}

// Dimension is one dimension, and what was ticked of it.
type Dimension struct {
	Code     string `json:"code"`
	Positive bool   `json:"positive"`
	// Rule is the first one that made it positive, "a" to "d", or "".
	Rule   string   `json:"rule"`
	Strong int      `json:"strong"`
	Medium int      `json:"medium"`
	Weak   int      `json:"weak"`
	Ticked []string `json:"ticked"` // in the order of the list
}

// Screen works out what ticked codes of the list delphi come to. Their order, and
// whether one is given twice, does not matter. An empty list is an answer. It
// refuses an unknown profile or code as Invalid.
func Screen(profile Profile, ticked []string) (Result, error) {
	if !schemas.HasCode("age_class", string(profile)) {
		return Result{}, services.Refuse(services.Invalid, CodeProfile)
	}
	for _, code := range ticked {
		if !schemas.HasCode(indicators, code) {
			return Result{}, services.Refuse(services.Invalid, CodeIndicator)
		}
	}
	r := Result{Version: schemas.ListVersion(indicators), Profile: profile, Flags: []string{}, ILO11: []string{}, Ignored: []string{}}
	for _, dimension := range schemas.Codes("delphi_dimension") {
		r.Dimensions = append(r.Dimensions, Dimension{Code: dimension.Code, Ticked: []string{}})
	}
	named := map[string]bool{}
	for _, indicator := range schemas.Codes(indicators) {
		if slices.Contains(ticked, indicator.Code) && r.count(indicator) {
			for _, code := range indicator.ILO11 {
				named[code] = true
			}
		}
	}
	for _, indicator := range schemas.Codes("ilo11") {
		if named[indicator.Code] {
			r.ILO11 = append(r.ILO11, indicator.Code)
		}
	}
	for i := range r.Dimensions {
		r.Dimensions[i].decide()
	}
	r.flag()
	r.Band, r.Why = band(r.positive(), profile)
	return r, nil
}

// count puts an indicator into its dimension, and reports whether the list for
// the profile has it.
func (r *Result) count(indicator schemas.Code) bool {
	i := slices.IndexFunc(r.Dimensions, func(d Dimension) bool { return d.Code == indicator.Of })
	d := &r.Dimensions[i]
	switch r.Profile.weight(indicator) {
	case "strong":
		d.Strong++
	case "medium":
		d.Medium++
	case "weak":
		d.Weak++
	default:
		r.Ignored = append(r.Ignored, indicator.Code)
		return false
	}
	d.Ticked = append(d.Ticked, indicator.Code)
	return true
}

// weight is what an indicator counts for somebody of this profile.
func (p Profile) weight(indicator schemas.Code) string {
	if p == Adult {
		return indicator.Weight.Adult
	}
	return indicator.Weight.Child
}

// decide finds the first rule that makes the dimension positive.
//
// Source: WCMS_105023, p. 3, as one secondary source tells it: two strong; one
// strong and one medium or weak; three medium; two medium and one weak.
func (d *Dimension) decide() {
	switch {
	case d.Strong >= 2:
		d.Rule = "a"
	case d.Strong == 1 && d.Medium+d.Weak >= 1:
		d.Rule = "b"
	case d.Medium >= 3:
		d.Rule = "c"
	case d.Medium == 2 && d.Weak >= 1:
		d.Rule = "d"
	}
	d.Positive = d.Rule != ""
}

// flag keeps what is strong but stands alone.
func (r *Result) flag() {
	for _, indicator := range schemas.Codes(indicators) {
		for _, d := range r.Dimensions {
			if !d.Positive && slices.Contains(d.Ticked, indicator.Code) && r.Profile.weight(indicator) == "strong" {
				r.Flags = append(r.Flags, indicator.Code)
			}
		}
	}
}

// positive tells which dimensions are, and whether anything was ticked that shows
// an act: somebody recruited, moved, kept or took in the person.
func (r *Result) positive() findings {
	f := findings{}
	for _, d := range r.Dimensions {
		f[d.Code] = d.Positive
		if d.Code != exploitation && len(d.Ticked) > 0 {
			f[act] = true
		}
	}
	return f
}

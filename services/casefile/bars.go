package casefile

import "slices"

// Barred reports whether the case is kept from an agency: because it is
// excluded, or lies below one that is, or, where the exclusion reaches upwards,
// above one.
func (s *State) Barred(d Directory, agency string) bool {
	if len(s.Bars) == 0 || agency == "" {
		return false
	}
	chain := append([]string{agency}, Ancestors(d, agency)...)
	for _, bar := range s.Bars {
		for _, excluded := range bar.Exclude {
			if slices.Contains(chain, excluded) {
				return true
			}
			if bar.Upwards && slices.Contains(Ancestors(d, excluded), agency) {
				return true
			}
		}
	}
	return false
}

// admitted leaves out the agencies from which the case is kept.
func (s *State) admitted(d Directory, agencies []string) []string {
	return slices.DeleteFunc(slices.Clone(agencies), func(agency string) bool { return s.Barred(d, agency) })
}

// enforced returns the state as it is once everybody is out from whom the case
// is kept: their offers are closed, and what they accepted is free again. The
// fold cannot do it, since who lies below whom is the directory's to say.
func (s *State) enforced(d Directory) *State {
	if len(s.Bars) == 0 || d == nil {
		return s
	}
	out := *s
	if out.Transfer != nil && s.Barred(d, out.Transfer.To) {
		out.Transfer = nil // the lead may ask somebody else
	}
	out.Referrals = make([]*Referral, len(s.Referrals))
	for i, r := range s.Referrals {
		out.Referrals[i] = r.without(func(agency string) bool { return s.Barred(d, agency) })
	}
	return &out
}

func (r *Referral) without(barred func(string) bool) *Referral {
	out := *r
	out.Offers = make([]*Offer, len(r.Offers))
	for i, o := range r.Offers {
		kept := *o
		if barred(o.To) && (o.Stage == Open || o.Stage == Accepted) {
			kept.Stage = Lost
		}
		out.Offers[i] = &kept
	}
	if !out.IsOpen() {
		return &out
	}
	if barred(out.Acceptor) {
		out.release()
	} else if out.Stage == Offered && !out.HasOpenOffer() {
		out.Stage = Requested
	}
	return &out
}

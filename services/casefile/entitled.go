package casefile

// Entitlement says which agency may see which events: agency → event id.
type Entitlement map[string]map[string]bool

// Has reports whether the agency may see the event.
func (e Entitlement) Has(agency, event string) bool { return e[agency][event] }

func (e Entitlement) grant(agency, event string) {
	if e[agency] == nil {
		e[agency] = make(map[string]bool)
	}
	e[agency][event] = true
}

// admits reports whether an agency is registered and the case is not kept from it.
func (s *State) admits(d Directory, agency string) bool {
	_, ok := find(d, agency)
	return ok && !s.Barred(d, agency)
}

// Entitled says who may see what of the history as it stands now. It is the one
// place that decides; delivery copies what it adds and withdraws what it ends.
func Entitled(s *State, d Directory) Entitlement {
	e := make(Entitlement)
	s = s.enforced(d)
	watching := s.Watching(d) // the same for every fact
	for _, f := range s.Facts {
		t := s.turn(d, f)
		t.watching = watching
		for _, who := range rules[f.Name()].sees {
			for _, agency := range who(t) {
				if e[agency] != nil || s.admits(d, agency) {
					e.grant(agency, f.ID())
				}
			}
		}
	}
	return e
}

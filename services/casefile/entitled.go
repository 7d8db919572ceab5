package casefile

import "github.com/saphan-project/saphan/services"

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

// admits reports whether an agency is in the directory, and not closed, and the
// case is not kept from it. One that is suspended may come back: what happens
// meanwhile waits in its inbox.
func (s *State) admits(d Directory, agency string) bool {
	a, ok := find(d, agency)
	return ok && a.Status != StatusClosed && !s.Barred(d, agency)
}

// Entitled says who may see what of the history as it stands now. It is the one
// place that decides; delivery copies what it adds and withdraws what it ends.
func Entitled(s *State, d Directory) Entitlement {
	e := make(Entitlement)
	s = s.enforced(d)
	watching := s.Watching(d) // the same for every fact
	for _, f := range s.Facts {
		for _, agency := range s.audience(d, f, watching) {
			if e[agency] != nil || s.admits(d, agency) {
				e.grant(agency, f.ID())
			}
		}
	}
	return e
}

// audience names whom the table lets see a fact, admitted to the case or not.
func (s *State) audience(d Directory, f services.Fact, watching []string) []string {
	t := s.turn(d, f)
	t.watching = watching
	var who []string
	for _, of := range rules[f.Name()].sees {
		who = append(who, of(t)...)
	}
	return who
}

package casefile

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Query asks whom a referral can be offered to.
type Query struct {
	From  string // the sender, to whom nothing is offered
	Asked schemas.ReferralRequested
	// At is the instant that hours and the age of a capacity count for; at the
	// zero instant everybody is open, and nothing is too old.
	At time.Time
	// Barred names who may not even learn of it; nil: nobody.
	Barred func(agency string) bool
}

// Problems says what of the query is missing or no code, so that no candidate
// could be told from another; pointers begin with prefix. The schema of a
// request says the rest when it is filed.
func (q Query) Problems(prefix string) []schemas.Problem {
	var ps []schemas.Problem
	for _, row := range routable {
		code := row.of(q.Asked)
		switch {
		case code == "":
			ps = append(ps, schemas.Problem{Pointer: prefix + row.pointer, Code: "required"})
		case !schemas.HasCode(row.list, code):
			ps = append(ps, schemas.Problem{Pointer: prefix + row.pointer, Code: "enum"})
		}
	}
	return ps
}

var routable = []struct {
	pointer string
	of      func(schemas.ReferralRequested) string
	list    string
}{
	{"/service", func(r schemas.ReferralRequested) string { return r.Service }, "service"},
	{"/area/kind", func(r schemas.ReferralRequested) string { return r.Area.Kind }, "area_kind"},
	{"/age_class", func(r schemas.ReferralRequested) string { return r.AgeClass }, "age_class"},
}

// Candidates lists whom a referral can be offered to, best first, and why: the
// agency that the sender names, then those that match. Offered nothing are the
// sender unless it names itself, who is barred or not active, and the kinds that receive nothing by the
// policy, even when they are named.
func Candidates(d Directory, q Query) []services.Candidate {
	fit, _ := weighAll(d, q)
	return fit
}

// weighAll parts the agencies into those that fit, best first, and the others
// with the code of what stands against each first.
func weighAll(d Directory, q Query) ([]services.Candidate, []Unfit) {
	sender, _ := find(d, q.From)
	asking := asking{q, sender.Kind}
	var found []match
	var unfit []Unfit
	for _, a := range d.Agencies() {
		m, against := asking.weigh(a)
		if against != "" {
			unfit = append(unfit, Unfit{a.ID, against})
			continue
		}
		found = append(found, m)
	}
	slices.SortStableFunc(found, better)
	candidates := make([]services.Candidate, len(found))
	for i, m := range found {
		candidates[i] = services.Candidate{Agency: m.agency, Why: m.why, Duty: m.duty}
	}
	return candidates, unfit
}

// asking is a query, and what is the same for every agency.
type asking struct {
	Query
	fromKind string // the sender's
}

// match is one candidate and how well it fits.
type match struct {
	agency   string
	named    bool
	language bool // somebody there speaks it
	open     bool // at the instant
	capacity int  // lower is sooner
	near     bool // its office is where help is needed
	duty     bool // it may not refuse
	why      []string
}

// waits orders capacity: who has none is no candidate at all.
var waits = map[string]int{"capacity": 0, "ask": 1, "waitlist": 2, "none": 3}

// better orders matches. Who is closed stands behind and is not left out: at
// night somebody who opens in the morning is better than nobody. A language that
// nobody there speaks counts likewise: an interpreter can be found.
func better(a, b match) int {
	for _, c := range []int{
		before(a.named, b.named), before(a.language, b.language), before(a.open, b.open),
		a.capacity - b.capacity, before(a.near, b.near),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

func before(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// Codes of what stands against an agency that nobody is told.
const (
	againstStatus  = "status"  // not active
	againstBarred  = "barred"  // it may not learn of it, nor anybody that it was left out
	againstService = "service" // it does not give the service at all
)

// weigh returns how an agency fits, or the code of what stands against it. The
// agency that the sender names need not fit.
func (q asking) weigh(a Agency) (match, string) {
	switch {
	case !a.Active():
		return match{}, againstStatus
	case q.Barred != nil && q.Barred(a.ID):
		return match{}, againstBarred
	case a.ID == q.From && a.ID != q.Asked.To:
		return match{}, q.given(a, "sender")
	case !schemas.MayReceive(a.Kind):
		return match{}, q.given(a, "agency_kind")
	}
	m, against := q.bestLine(a)
	if a.ID == q.Asked.To {
		return match{agency: a.ID, named: true, duty: m.duty, why: []string{"named"}}, ""
	}
	return m, against
}

// given returns the code for an agency that gives the service or is named.
func (q asking) given(a Agency, code string) string {
	gives := func(line schemas.ServiceLine) bool { return line.Service == q.Asked.Service }
	if a.ID == q.Asked.To || slices.ContainsFunc(a.Services, gives) {
		return code
	}
	return againstService
}

// line is a service line of an agency, as it stands at the instant.
type line struct {
	schemas.ServiceLine
	agency Agency
	room   string // a code of the list capacity
}

// demand is one thing that a service line has to meet.
type demand struct {
	code string // of the list unfit
	met  func(asking, line) bool
}

// demands are what a service line has to meet, in the order in which people say
// what stands against it.
var demands = []demand{
	{againstService, func(q asking, l line) bool { return l.Service == q.Asked.Service }},
	{"area", func(q asking, l line) bool { return serves(l.agency, q.Asked.Area) }},
	{"subtype", func(q asking, l line) bool {
		return !slices.ContainsFunc(q.Asked.Subtypes, func(kind string) bool { return !anyOf(l.Subtypes, kind) })
	}},
	{"age_class", func(q asking, l line) bool { return anyOf(l.AgeClasses, ageClass(q.Asked.AgeClass)) }},
	{"accepts_from", func(q asking, l line) bool { return anyOf(l.AcceptsFrom, q.fromKind) }},
	{"capacity", func(_ asking, l line) bool { return l.room != "none" }},
}

// bestLine weighs an agency by its best service line; when none fits, by the one
// that comes furthest.
func (q asking) bestLine(a Agency) (match, string) {
	best, fits, far := match{}, false, -1
	for _, served := range a.Services {
		l := line{served, a, q.roomIn(a.rooms(served, q.At))}
		met := slices.IndexFunc(demands, func(d demand) bool { return !d.met(q, l) })
		switch m := q.match(l); {
		case met >= 0:
			far = max(far, met)
		case !fits || better(m, best) < 0:
			best, fits = m, true
		}
	}
	switch {
	case fits:
		return best, ""
	case far < 0:
		return match{}, againstService
	}
	return match{}, demands[far].code
}

// roomIn is the capacity for what is asked: the scarcest of the kinds asked for,
// or the best of all when any will do.
func (q asking) roomIn(rooms []Room) string {
	best, worst := "none", ""
	for _, r := range rooms {
		if waits[r.Capacity] < waits[best] {
			best = r.Capacity
		}
		asked := func(kind string) bool { return anyOf(r.Subtypes, kind) }
		if slices.ContainsFunc(q.Asked.Subtypes, asked) && waits[r.Capacity] >= waits[worst] {
			worst = r.Capacity
		}
	}
	if worst != "" {
		return worst
	}
	return best
}

// match says how well a line that meets every demand fits.
func (q asking) match(l line) match {
	nobodyKnowsWhere := q.Asked.Area == nationwide
	m := match{
		agency: l.agency.ID, capacity: waits[l.room], duty: l.DutyToAccept,
		language: speaks(l.ServiceLine, q.Asked.Language), open: OpenAt(l.Hours, q.At),
		near: l.agency.Office == q.Asked.Area || nobodyKnowsWhere && slices.Contains(l.agency.Areas, nationwide),
	}
	m.why = q.reasons(l, m)
	return m
}

// reasons tells in codes why an agency fits, in the order in which people say it.
func (q asking) reasons(l line, m match) []string {
	why := []string{"service"}
	if len(q.Asked.Subtypes) > 0 {
		why = append(why, "subtype")
	}
	why = append(why, "area", "age_class")
	if q.Asked.Language != "" && m.language {
		why = append(why, "language")
	}
	if l.room == "capacity" {
		why = append(why, "capacity")
	}
	if len(l.Hours) > 0 && m.open {
		why = append(why, "open")
	}
	return why
}

// anyOf reads a list in which nothing means everything.
func anyOf(list []string, code string) bool {
	return len(list) == 0 || slices.Contains(list, code)
}

// ageClass counts a person of unsure age as a child.
// Source: UNICEF, Guidelines on the Protection of Child Victims of Trafficking
// (2006), presumption of age.
func ageClass(code string) string {
	if code == "unsure" {
		return "child"
	}
	return code
}

// serves reports whether an agency works in an area. Where help is needed at a
// place that nobody knows, everybody might be the nearest.
func serves(a Agency, where schemas.Area) bool {
	return where == nationwide || slices.Contains(a.Areas, where) || slices.Contains(a.Areas, nationwide)
}

func speaks(l schemas.ServiceLine, language string) bool {
	switch language {
	case "", "unknown", "th":
		return true
	}
	return slices.Contains(l.Languages, language)
}

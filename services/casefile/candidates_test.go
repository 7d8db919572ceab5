package casefile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// night is Monday, 23:00 in Bangkok.
var night = time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)

var (
	samutProvince = schemas.Area{Kind: "province", Code: "TH-74"}
	atSea         = schemas.Area{Kind: "at_sea"}
	office        = []schemas.Hours{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:30", To: "16:30"}}
	nights        = []schemas.Hours{{Days: []string{"mon"}, From: "20:00", To: "06:30"}}
)

// house is a shelter that fits, and how this one differs.
func house(id string, change ...func(*casefile.Agency)) casefile.Agency {
	a := casefile.Agency{
		ID: id, Kind: "shelter", Status: "active", Office: samutProvince, Areas: []schemas.Area{samutProvince},
		Services: []schemas.ServiceLine{{Service: "shelter", Capacity: "capacity", Languages: []string{"my"}}},
		Stated:   night,
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

func serving(change func(*schemas.ServiceLine)) func(*casefile.Agency) {
	return func(a *casefile.Agency) { change(&a.Services[0]) }
}

func ofKind(kind string) func(*casefile.Agency) { return func(a *casefile.Agency) { a.Kind = kind } }

func told(capacity string, ago time.Duration, subtypes ...string) func(*casefile.Agency) {
	return func(a *casefile.Agency) {
		a.Told = append(a.Told, casefile.Told{At: night.Add(-ago), AgencyCapacityChanged: schemas.AgencyCapacityChanged{
			Service: "shelter", Subtypes: subtypes, Capacity: capacity,
		}})
	}
}

func keeping(hours []schemas.Hours) func(*casefile.Agency) {
	return serving(func(l *schemas.ServiceLine) { l.Hours = hours })
}

func child(q *casefile.Query) { q.Asked.AgeClass, q.Asked.Subtypes = "unsure", []string{"children"} }
func naming(id string) func(*casefile.Query) {
	return func(q *casefile.Query) { q.Asked.To = id }
}

// TestSimulate: who is asked at night, in which order and why, and what stands
// against the others.
func TestSimulate(t *testing.T) {
	t.Parallel()
	sender := casefile.Agency{ID: "sender", Kind: "labour_office", Status: "active", Office: samutProvince}
	from := func(kinds ...string) func(*casefile.Agency) {
		return serving(func(l *schemas.ServiceLine) { l.AcceptsFrom = kinds })
	}
	bars := func(id string) func(*casefile.Query) {
		return func(q *casefile.Query) { q.Barred = func(agency string) bool { return agency == id } }
	}
	women := serving(func(l *schemas.ServiceLine) { l.Subtypes = []string{"women", "children"} })
	suspended := func(a *casefile.Agency) { a.Status = "suspended" }
	abroad := func(a *casefile.Agency) { a.Areas = []schemas.Area{{Kind: "abroad"}} }
	for _, test := range []struct {
		name   string
		houses []casefile.Agency
		ask    func(*casefile.Query)
		want   string // candidates, with "!" for a duty
		unfit  string // "agency code"
	}{
		{"fits", []casefile.Agency{house("a")}, nil, "a", ""},
		{"takes from inspectors", []casefile.Agency{house("a", from("labour_office"))}, nil, "a", ""},
		{"takes from police only", []casefile.Agency{house("a", from("police"))}, nil, "", "a accepts_from"},
		{"nobody knows from whom", []casefile.Agency{house("a", from("police")), house("b")},
			func(q *casefile.Query) { q.From = "" }, "b", "a accepts_from"},
		{"another area", []casefile.Agency{house("a", abroad)}, nil, "", "a area"},
		{"not of this kind", []casefile.Agency{house("a", serving(func(l *schemas.ServiceLine) { l.Subtypes = []string{"men"} }))}, child, "", "a subtype"},
		{"not for this age", []casefile.Agency{house("a", serving(func(l *schemas.ServiceLine) { l.AgeClasses = []string{"adult"} }))}, child, "", "a age_class"},
		{"full", []casefile.Agency{house("a", told("none", time.Hour))}, nil, "", "a capacity"},
		{"full, and silent for a day", []casefile.Agency{house("a", told("none", 25*time.Hour))}, nil, "a", ""},
		{"full for children", []casefile.Agency{house("a", women, told("none", time.Hour, "children"))}, child, "", "a capacity"},
		{"full for children, and a woman asks", []casefile.Agency{house("a", women, told("none", time.Hour, "children"))},
			func(q *casefile.Query) { q.Asked.Subtypes = []string{"women"} }, "a", ""},
		{"full for children, and a family asks", []casefile.Agency{house("a", women, told("none", time.Hour, "children"))},
			func(q *casefile.Query) { q.Asked.Subtypes = []string{"women", "children"} }, "", "a capacity"},
		{"full for children, and anybody asks", []casefile.Agency{house("a", told("none", time.Hour, "children"))}, nil, "a", ""},
		{"free again", []casefile.Agency{house("a", told("none", 2*time.Hour), told("capacity", time.Hour))}, nil, "a", ""},
		{"another service is nobody's business", []casefile.Agency{house("a", serving(func(l *schemas.ServiceLine) { l.Service = "medical" }))}, nil, "", ""},
		{"not active", []casefile.Agency{house("a", suspended)}, nil, "", ""},
		{"barred", []casefile.Agency{house("a"), house("b")}, bars("a"), "b", ""},
		{"the sender itself", []casefile.Agency{house("a")}, func(q *casefile.Query) { q.From = "a" }, "", "a sender"},
		{"of a kind that receives nothing", []casefile.Agency{house("a", ofKind("immigration_enforcement")), house("b", ofKind("coordinator"))},
			nil, "", "a agency_kind, b agency_kind"},

		{"open before closed, whoever has room", []casefile.Agency{
			house("a", keeping(office)), house("b", keeping(nights), told("waitlist", 0)), house("c", told("ask", 0)),
		}, nil, "c b a", ""},
		{"language before open", []casefile.Agency{
			house("a", serving(func(l *schemas.ServiceLine) { l.Languages = nil })), house("b", keeping(office)),
		}, nil, "b a", ""},
		{"a stale word is a question", []casefile.Agency{house("a", told("capacity", 25*time.Hour)), house("b")}, nil, "b a", ""},
		{"room before the office", []casefile.Agency{
			house("a", told("ask", 0)), house("b", func(a *casefile.Agency) { a.Office = schemas.Area{Kind: "province", Code: "TH-10"} }),
		}, nil, "b a", ""},
		{"the office before the id", []casefile.Agency{
			house("a", func(a *casefile.Agency) { a.Office = schemas.Area{Kind: "province", Code: "TH-10"} }), house("b"),
		}, nil, "b a", ""},
		{"the id last", []casefile.Agency{house("a"), house("b")}, nil, "a b", ""},
		{"a duty is told", []casefile.Agency{house("a", serving(func(l *schemas.ServiceLine) { l.DutyToAccept = true }))}, nil, "a!", ""},

		{"named first, full and closed", []casefile.Agency{house("a"), house("z", told("none", 0), keeping(office))}, naming("z"), "z a", ""},
		{"named with a duty", []casefile.Agency{house("z", serving(func(l *schemas.ServiceLine) { l.DutyToAccept = true }))}, naming("z"), "z!", ""},
		{"named and barred", []casefile.Agency{house("a"), house("z")}, func(q *casefile.Query) { naming("z")(q); bars("z")(q) }, "a", ""},
		{"named and not active", []casefile.Agency{house("a"), house("z", suspended)}, naming("z"), "a", ""},
		{"named and never asked", []casefile.Agency{house("a"), house("z", ofKind("coordinator"), func(a *casefile.Agency) { a.Services = nil })},
			naming("z"), "a", "z agency_kind"},

		{"at sea", []casefile.Agency{house("a"), house("b", func(a *casefile.Agency) { a.Areas = []schemas.Area{atSea} })},
			func(q *casefile.Query) { q.Asked.Area = atSea }, "b", "a area"},
		{"nobody knows where: nationwide first", []casefile.Agency{house("a"), house("b", func(a *casefile.Agency) { a.Areas = []schemas.Area{{Kind: "unknown"}} })},
			func(q *casefile.Query) { q.Asked.Area = schemas.Area{Kind: "unknown"} }, "b a", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := casefile.Query{From: "sender", At: night, Asked: schemas.ReferralRequested{
				Service: "shelter", Area: samutProvince, AgeClass: "adult", Language: "my", Priority: "emergency",
			}}
			if test.ask != nil {
				test.ask(&q)
			}
			d := &world{agencies: append(test.houses, sender)}
			told := casefile.Simulate(d, q)
			if diff := cmp.Diff(casefile.Candidates(d, q), told.Candidates); diff != "" {
				t.Errorf("a simulation chooses otherwise:\n%s", diff)
			}
			if got := idsOf(told.Candidates); got != test.want {
				t.Errorf("candidates %q, want %q", got, test.want)
			}
			var against []string
			for _, u := range told.Unfit {
				against = append(against, u.Agency+" "+u.Why)
			}
			if got := strings.Join(against, ", "); got != test.unfit {
				t.Errorf("unfit %q, want %q", got, test.unfit)
			}
		})
	}
}

func idsOf(candidates []services.Candidate) string {
	var ids []string
	for _, c := range candidates {
		id := c.Agency
		if c.Duty {
			id += "!"
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

// TestReasons: "open" is said of those who are not always, and only then.
func TestReasons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		house casefile.Agency
		ask   func(*casefile.Query)
		want  string
	}{
		"always open":  {house("a"), nil, "service area age_class language capacity"},
		"open tonight": {house("a", keeping(nights)), child, "service subtype area age_class language capacity open"},
		"closed":       {house("a", keeping(office)), nil, "service area age_class language capacity"},
		"to be asked":  {house("a", told("capacity", 25*time.Hour)), nil, "service area age_class language"},
		"named":        {house("a"), naming("a"), "named"},
	} {
		q := casefile.Query{At: night, Asked: schemas.ReferralRequested{Service: "shelter", Area: samutProvince, AgeClass: "adult", Language: "my"}}
		if test.ask != nil {
			test.ask(&q)
		}
		found := casefile.Candidates(&world{agencies: []casefile.Agency{test.house}}, q)
		if len(found) != 1 || strings.Join(found[0].Why, " ") != test.want {
			t.Errorf("%s: %+v, want %s", name, found, test.want)
		}
	}
}

// TestMissing: whom the law wants included, unless it is asked first anyway.
func TestMissing(t *testing.T) {
	t.Parallel()
	d := &world{agencies: []casefile.Agency{
		house("care"), house("far", ofKind("social_development"), func(a *casefile.Agency) { a.Areas = nil }),
		house("office", ofKind("social_development"), func(a *casefile.Agency) { a.Services[0].Service = "psychosocial" }),
		house("sender", ofKind("labour_office"), func(a *casefile.Agency) { a.Services = nil }),
	}}
	for name, test := range map[string]struct {
		service, age, from string
		want               map[string][]string
	}{
		"a child":                {"shelter", "child", "sender", map[string][]string{"social_development": {"office"}}},
		"perhaps one":            {"shelter", "unsure", "sender", map[string][]string{"social_development": {"office"}}},
		"an adult":               {"shelter", "adult", "sender", map[string][]string{}},
		"asked first":            {"psychosocial", "child", "sender", map[string][]string{}},
		"the sender is it":       {"shelter", "child", "office", map[string][]string{}},
		"a clue of an inspector": {"identification", "adult", "sender", map[string][]string{"command_centre": {}}},
	} {
		got := map[string][]string{}
		for _, m := range casefile.Simulate(d, casefile.Query{From: test.from, Asked: schemas.ReferralRequested{
			Service: test.service, Area: samutProvince, AgeClass: test.age,
		}}).Missing {
			got[m.Kind] = m.Agencies
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The choice is made at the instant of the last fact, so it comes out alike
// whenever it is made.
func TestTheChoiceIsMadeAtTheLastFact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register("coordinator-one coordinator TH-74")
	w.register("labour-one labour_office TH-74")
	w.agencies = append(w.agencies, house("shelter-day", keeping(office)), house("shelter-night", keeping(nights)))
	w.tell("09:00 labour-one case.opened P1 origin=self")
	w.tell("09:01 labour-one referral.requested P1 referral=R1")
	w.tell("09:02 labour-one case.opened P2 origin=self")
	w.tell("22:00 labour-one referral.requested P2 referral=R2")
	for person, want := range map[string]string{"P1": "shelter-day", "P2": "shelter-night"} {
		s := w.state(schemas.Scope{Kind: schemas.ScopeCase, ID: w.id(person)})
		if got := s.Referrals[0].Offers[0].To; got != want {
			t.Errorf("%s is offered to %s, want %s", person, got, want)
		}
	}
}

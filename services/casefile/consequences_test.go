package casefile_test

import (
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// TestCandidates: who is asked, in which order.
func TestCandidates(t *testing.T) {
	t.Parallel()
	samut := schemas.Area{Kind: "province", Code: "TH-74"}
	bangkok := schemas.Area{Kind: "province", Code: "TH-10"}
	bed := func(change func(*casefile.Agency)) casefile.Agency {
		a := casefile.Agency{
			ID: "shelter-x", Kind: "shelter", Status: "active", Office: samut, Areas: []schemas.Area{samut},
			Services: []schemas.ServiceLine{{Service: "shelter", Capacity: "capacity", Languages: []string{"my"}}},
		}
		if change != nil {
			change(&a)
		}
		return a
	}
	named := func(id string, change func(*casefile.Agency)) casefile.Agency {
		a := bed(change)
		a.ID = id
		return a
	}
	asked := schemas.ReferralRequested{Service: "shelter", Area: samut, AgeClass: "adult", Language: "my"}
	cases := []struct {
		name     string
		agencies []casefile.Agency
		ask      func(*schemas.ReferralRequested)
		want     string
	}{
		{"fits", []casefile.Agency{bed(nil)}, nil, "shelter-x"},
		{"nobody", nil, nil, ""},
		{"not active", []casefile.Agency{bed(func(a *casefile.Agency) { a.Status = "suspended" })}, nil, ""},
		{"other service", []casefile.Agency{bed(func(a *casefile.Agency) { a.Services[0].Service = "medical" })}, nil, ""},
		{"other area", []casefile.Agency{bed(func(a *casefile.Agency) { a.Areas = []schemas.Area{bangkok} })}, nil, ""},
		{"works everywhere", []casefile.Agency{bed(func(a *casefile.Agency) { a.Areas = []schemas.Area{{Kind: "unknown"}} })}, nil, "shelter-x"},
		{"area unknown", []casefile.Agency{bed(func(a *casefile.Agency) { a.Areas = []schemas.Area{bangkok} })},
			func(r *schemas.ReferralRequested) { r.Area = schemas.Area{Kind: "unknown"} }, "shelter-x"},
		{"full", []casefile.Agency{bed(func(a *casefile.Agency) { a.Services[0].Capacity = "none" })}, nil, ""},
		{"other subtype", []casefile.Agency{bed(func(a *casefile.Agency) { a.Services[0].Subtypes = []string{"men"} })},
			func(r *schemas.ReferralRequested) { r.Subtypes = []string{"women"} }, ""},
		{"unsure counts as child", []casefile.Agency{
			named("adults", func(a *casefile.Agency) { a.Services[0].AgeClasses = []string{"adult"} }),
			named("children", func(a *casefile.Agency) { a.Services[0].AgeClasses = []string{"child"} }),
		}, func(r *schemas.ReferralRequested) { r.AgeClass = "unsure" }, "children"},
		{"language before capacity before office", []casefile.Agency{
			named("a-silent", func(a *casefile.Agency) { a.Services[0].Languages = nil }),
			named("b-asks", func(a *casefile.Agency) { a.Services[0].Capacity = "ask" }),
			named("c-far", func(a *casefile.Agency) { a.Office = bangkok }),
			named("d-best", nil),
		}, nil, "d-best c-far b-asks a-silent"},
		{"Thai needs no interpreter", []casefile.Agency{named("a-silent", func(a *casefile.Agency) { a.Services[0].Languages = nil }), named("b", nil)},
			func(r *schemas.ReferralRequested) { r.Language = "th" }, "a-silent b"},
		{"named first, whatever it offers", []casefile.Agency{bed(nil), named("z-named", func(a *casefile.Agency) { a.Services = nil })},
			func(r *schemas.ReferralRequested) { r.To = "z-named" }, "z-named shelter-x"},
		{"not the sender", []casefile.Agency{named("sender", nil)}, nil, ""},
		{"best of its lines", []casefile.Agency{named("b", nil), named("a", func(a *casefile.Agency) {
			a.Services = append([]schemas.ServiceLine{{Service: "shelter", Capacity: "waitlist"}}, a.Services...)
		})}, nil, "b a"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := asked
			if c.ask != nil {
				c.ask(&r)
			}
			var got []string
			for _, candidate := range casefile.Candidates(&world{agencies: c.agencies}, casefile.Query{From: "sender", Asked: r}) {
				got = append(got, candidate.Agency)
				if len(candidate.Why) == 0 {
					t.Errorf("%s is a candidate for no reason", candidate.Agency)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("candidates %q, want %q", got, c.want)
			}
		})
	}
}

// TestCoordinators: those of the area, or else the national ones; until there
// is one, no case can be opened.
func TestCoordinators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register("labour-one labour_office TH-74")
	w.tell("09:00 labour-one case.opened P1 origin=self => later no_coordinator")
	w.register("coordinator-national coordinator unknown")
	w.tell("09:01 labour-one case.opened P1 origin=self")
	w.register("coordinator-one coordinator TH-74")
	w.tell("09:02 labour-one case.opened P2 origin=self")
	at := func(area schemas.Area) string {
		return strings.Join(casefile.Coordinators(w, []schemas.Area{area}), " ")
	}
	if got := at(schemas.Area{Kind: "province", Code: "TH-74"}); got != "coordinator-one" {
		t.Errorf("coordinators of the province: %q", got)
	}
	if got := at(schemas.Area{Kind: "at_sea"}); got != "coordinator-national" {
		t.Errorf("coordinators at sea: %q", got)
	}
}

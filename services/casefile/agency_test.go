package casefile_test

import (
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// commanding is a world with agencies "id kind [parent]".
func commanding(lines ...string) *world {
	w := &world{}
	for _, line := range lines {
		f := append(strings.Fields(line), "")
		w.agencies = append(w.agencies, casefile.Agency{ID: f[0], Kind: f[1], Parent: f[2], Status: "active"})
	}
	return w
}

// agencyFact is one that the gate is about to check; data is of the type's struct.
func agencyFact(t *testing.T, author schemas.Party, typ, agency string, data any) services.Fact {
	t.Helper()
	w := newWorld(t)
	f, err := services.NewFact(w.write(schemas.Draft{Author: author, Type: typ, Subject: agency, Time: night, Data: data}), 1, night, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var byOperator = schemas.Party{Service: schemas.Operator}

func registering(kind, parent string) schemas.AgencyRegistered {
	return schemas.AgencyRegistered{
		Kind: kind, Parent: parent, Name: map[string]string{"en": "Example"}, Office: samutProvince,
		Keys: []schemas.Key{{Use: "signing", Key: strings.Repeat("A", 43) + "="}},
	}
}

func answerOf(err error) string {
	if err == nil {
		return ""
	}
	e := services.AsError(err)
	said := strings.TrimSpace(string(e.Kind) + " " + e.Code + " " + e.State)
	for _, p := range e.Problems {
		said += " " + p.Pointer + " " + p.Code
	}
	return said
}

func TestWhoMayBeAdmitted(t *testing.T) {
	t.Parallel()
	w := commanding("police-hq police", "immigration-hq immigration_enforcement police-hq", "centre coordinator", "ministry labour_office")
	services := func(a schemas.AgencyRegistered) schemas.AgencyRegistered {
		a.Services = []schemas.ServiceLine{{Service: "shelter", Capacity: "ask"}}
		return a
	}
	independent := func(a schemas.AgencyRegistered) schemas.AgencyRegistered { a.Independent = true; return a }
	for _, test := range []struct {
		name string
		data schemas.AgencyRegistered
		want string
	}{
		{"nobody above", registering("shelter", ""), ""},
		{"a unit", registering("labour_office", "ministry"), ""},
		{"a station below headquarters", registering("police", "police-hq"), ""},
		{"an office below its kind", registering("immigration_enforcement", "immigration-hq"), ""},
		{"immigration below police", registering("immigration_enforcement", "police-hq"), ""},
		{"a district below a province", registering("coordinator", "centre"), ""},
		{"a coordinator below a ministry", registering("coordinator", "ministry"), ""},
		{"not registered", registering("shelter", "nobody"), "invalid rule /data/parent parent"},
		{"below itself", registering("shelter", "new"), "invalid rule /data/parent parent"},
		{"a coordinator below police", registering("coordinator", "police-hq"), "invalid rule /data/parent mixed"},
		{"a coordinator further below", registering("coordinator", "immigration-hq"), "invalid rule /data/parent mixed"},
		{"police below a coordinator", registering("police", "centre"), "invalid rule /data/parent mixed"},
		{"a shelter below immigration", registering("shelter", "immigration-hq"), "invalid rule /data/parent mixed"},
		{"services of a shelter", services(registering("shelter", "")), ""},
		{"services of immigration", services(registering("immigration_enforcement", "")), "invalid rule /data/services agency_kind"},
		{"services of a coordinator", services(registering("coordinator", "")), "invalid rule /data/services agency_kind"},
		{"independent coordinator", independent(registering("coordinator", "")), ""},
		{"independent police", independent(registering("police", "")), "invalid rule /data/independent agency_kind"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := agencyFact(t, byOperator, "agency.registered", "new", test.data)
			if got := answerOf(casefile.Check(casefile.Fold(nil), w, f)); got != test.want {
				t.Errorf("answered %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatAnAgencyMayBecome(t *testing.T) {
	t.Parallel()
	w := commanding("top labour_office", "middle labour_office top", "station police low", "low labour_office middle",
		"centre coordinator", "hq police", "immigration-hq immigration_enforcement", "watch coordinator centre")
	yes, no := true, false
	for _, test := range []struct {
		name, agency string
		data         schemas.AgencyChanged
		want         string
	}{
		{"another parent", "low", schemas.AgencyChanged{Parent: "top"}, ""},
		{"no parent", "low", schemas.AgencyChanged{Parent: "low"}, ""},
		{"its own unit above it", "top", schemas.AgencyChanged{Parent: "middle"}, "invalid rule /data/parent parent"},
		{"a unit of its unit above it", "top", schemas.AgencyChanged{Parent: "low"}, "invalid rule /data/parent parent"},
		{"with police far below to a coordinator", "middle", schemas.AgencyChanged{Parent: "centre"}, "invalid rule /data/parent mixed"},
		{"with a coordinator below to police", "centre", schemas.AgencyChanged{Parent: "hq"}, "invalid rule /data/parent mixed"},
		{"with others below to immigration", "top", schemas.AgencyChanged{Parent: "immigration-hq"}, "invalid rule /data/parent mixed"},
		{"independent", "centre", schemas.AgencyChanged{Independent: &yes}, ""},
		{"not independent any more", "top", schemas.AgencyChanged{Independent: &no}, ""},
		{"independent of another kind", "top", schemas.AgencyChanged{Independent: &yes}, "invalid rule /data/independent agency_kind"},
		{"services of a coordinator", "centre", schemas.AgencyChanged{Services: []schemas.ServiceLine{{Service: "shelter", Capacity: "ask"}}},
			"invalid rule /data/services agency_kind"},
		{"something else", "station", schemas.AgencyChanged{Status: "suspended"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, _ := w.Agency(test.agency)
			history := casefile.Fold([]services.Fact{agencyFact(t, byOperator, "agency.registered", a.ID, registering(a.Kind, a.Parent))})
			f := agencyFact(t, byOperator, "agency.changed", a.ID, test.data)
			if got := answerOf(casefile.Check(history, w, f)); got != test.want {
				t.Errorf("answered %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoMaySayWhatRoomThereIs(t *testing.T) {
	t.Parallel()
	w := commanding("shelter-one shelter", "shelter-two shelter")
	data := registering("shelter", "")
	data.Services = []schemas.ServiceLine{{Service: "shelter", Capacity: "capacity", Subtypes: []string{"women"}}, {Service: "legal_aid", Capacity: "ask"}}
	registered := casefile.Fold([]services.Fact{agencyFact(t, byOperator, "agency.registered", "shelter-one", data)})
	one, two := schemas.Party{Agency: "shelter-one"}, schemas.Party{Agency: "shelter-two"}
	full := schemas.AgencyCapacityChanged{Service: "shelter", Capacity: "none"}
	with := func(change func(*schemas.AgencyCapacityChanged)) schemas.AgencyCapacityChanged {
		said := full
		change(&said)
		return said
	}
	for _, test := range []struct {
		name    string
		who     schemas.Party
		history *casefile.State
		said    schemas.AgencyCapacityChanged
		want    string
	}{
		{"of itself", one, registered, full, ""},
		{"of a kind that it has", one, registered, with(func(s *schemas.AgencyCapacityChanged) { s.Subtypes = []string{"women"} }), ""},
		{"until an hour that passed on the way", one, registered, with(func(s *schemas.AgencyCapacityChanged) { s.Until = "2026-11-23T15:00:00Z" }), ""},
		{"of another", two, registered, full, "unknown not_visible"},
		{"the operator for it", byOperator, registered, full, "unknown not_visible"},
		{"of somebody who is not there", two, casefile.Fold(nil), full, "forbidden role"},
		{"before it is registered", one, casefile.Fold(nil), full, "conflict not_registered"},
		{"of a service that it has not", one, registered, with(func(s *schemas.AgencyCapacityChanged) { s.Service = "medical" }), "invalid rule /data/service no_service"},
		{"of a kind that it has not", one, registered, with(func(s *schemas.AgencyCapacityChanged) { s.Subtypes = []string{"women", "men"} }), "invalid rule /data/service no_service"},
		{"of a kind of something without kinds", one, registered, schemas.AgencyCapacityChanged{Service: "legal_aid", Subtypes: []string{"women"}, Capacity: "none"}, "invalid rule /data/service no_service"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := agencyFact(t, test.who, "agency.capacity_changed", "shelter-one", test.said)
			if got := answerOf(casefile.Check(test.history, w, f)); got != test.want {
				t.Errorf("answered %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheLineOfCommand(t *testing.T) {
	t.Parallel()
	w := commanding("top police", "middle police top", "low police middle", "lost police nobody",
		"left police right", "right police left", "own police own")
	for agency, want := range map[string]string{
		"low": "middle top", "top": "", "lost": "", "left": "right", "own": "", "nobody": "",
	} {
		if got := strings.Join(casefile.Ancestors(w, agency), " "); got != want {
			t.Errorf("above %s: %q, want %q", agency, got, want)
		}
	}
}

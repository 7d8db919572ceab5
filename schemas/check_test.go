package schemas_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

func TestCheckSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	const sealed = `"digest":"` + "abababababababababababababababababababababababababababababababab" + `"`
	for name, tc := range map[string]struct {
		typ, data string
		want      []string
	}{
		"13 id is a number":           {"referral.no_receiver", `{"referral":9007199254740993}`, []string{"/data/referral type"}},
		"19 unknown name":             {"referral.no_receiver", `{"referral":"` + referral + `","Referral":"x"}`, []string{"/data additionalProperties"}},
		"19 order does not matter":    {"case.linked", `{"case":"` + referral + `","relation":"part_of"}`, nil},
		"5 twice":                     {"case.linked", `{"case":"x","case":"x"}`, []string{"/data duplicate_key"}},
		"12 huge exponent":            {"case.linked", `{"case":1e10000000}`, []string{"/data number"}},
		"1 no object":                 {"case.linked", `[]`, []string{"/data malformed"}},
		"everything is missing":       {"case.linked", `{}`, []string{"/data/case required", "/data/relation required"}},
		"25 no receiver":              {"content.shared", `{"referral":"` + referral + `"}`, []string{"/data/to required"}},
		"29 receiver is empty":        {"content.shared", `{"referral":"` + referral + `","to":""}`, []string{"/data/to pattern"}},
		"29 receiver is the hub":      {"content.shared", `{"referral":"` + referral + `","to":"hub"}`, []string{"/data/to not"}},
		"29 receivers are many":       {"content.shared", `{"referral":"` + referral + `","to":["a","b"]}`, []string{"/data/to type"}},
		"sealed as it must be":        {"screening.completed", `{"sealed":[{"section":"account",` + sealed + `}]}`, nil},
		"digest in upper case":        {"screening.completed", `{"sealed":[{"section":"account","digest":"` + strings.Repeat("AB", 32) + `"}]}`, []string{"/data/sealed/0/digest pattern"}},
		"section of another type":     {"screening.completed", `{"sealed":[{"section":"identity",` + sealed + `}]}`, []string{"/data/sealed/0/section enum"}},
		"unknown section":             {"screening.completed", `{"sealed":[{"section":"invented",` + sealed + `}]}`, []string{"/data/sealed/0/section enum"}},
		"a situation is no person":    {"case.opened", `{"kind":"situation","origin":"tip","lead":"ngo-x","sealed":[{"section":"identity",` + sealed + `}]}`, []string{"/data/sealed/0/section const"}},
		"a situation has a site":      {"case.opened", `{"kind":"situation","origin":"tip","lead":"ngo-x","sealed":[{"section":"site",` + sealed + `}]}`, nil},
		"a person has a site too":     {"case.opened", `{"kind":"person","origin":"tip","lead":"ngo-x","sealed":[{"section":"site",` + sealed + `},{"section":"health",` + sealed + `}]}`, nil},
		"who told is not passed on":   {"content.shared", `{"referral":"` + referral + `","to":"a-b","sealed":[{"section":"reporter",` + sealed + `}]}`, []string{"/data/sealed/0/section enum"}},
		"province without its code":   {"referral.requested", requested(`{"kind":"province"}`), []string{"/data/area/code required"}},
		"unknown province":            {"referral.requested", requested(`{"kind":"province","code":"TH-99"}`), []string{"/data/area/code enum"}},
		"place finer than a province": {"referral.requested", requested(`{"kind":"unknown","district":"x"}`), []string{"/data/area additionalProperties", "/data/area maxProperties"}},
		"29 receiver twice":           {"referral.offered", `{"referral":"` + referral + `","to":"a-b","why":["area","area"]}`, []string{"/data/why uniqueItems"}},
		"month that is a day":         {"visit.recorded", `{"kind":"routine","area":{"kind":"at_sea"},"sector":"A","month":"2026-13"}`, []string{"/data/month pattern"}},
		"instant on 30 February":      {"referral.claimed", `{"referral":"` + referral + `","offer":"` + offerID + `","answer_by":"2026-02-30T00:00:00Z"}`, []string{"/data/answer_by format"}},
		"signing key of wrong length": {"agency.changed", `{"keys":[{"use":"signing","key":"QUJD"}]}`, []string{"/data/keys/0/key pattern"}},
		"signing key that is retired": {"agency.changed", `{"keys":[{"use":"signing","key":"` + strings.Repeat("A", 43) + `=","retired":true}]}`, nil},
		"sealing key that is retired": {"agency.changed", `{"keys":[{"use":"sealing","key":"age1pq1qqq","retired":true}]}`, []string{"/data/keys/0/retired const"}},
		"sealing key of another kind": {"agency.changed", `{"keys":[{"use":"sealing","key":"age1qqq"}]}`, []string{"/data/keys/0/key pattern"}},
		"account that is a user":      {"agency.changed", `{"keys":[{"use":"account","key":"U` + strings.Repeat("A", 55) + `"}]}`, []string{"/data/keys/0/key pattern"}},
		"account that is too short":   {"agency.changed", `{"keys":[{"use":"account","key":"A` + strings.Repeat("A", 54) + `"}]}`, []string{"/data/keys/0/key pattern"}},
		"account of another kind":     {"agency.changed", `{"keys":[{"use":"account","key":"age1pq1qqq"}]}`, []string{"/data/keys/0/key pattern"}},
		"account as it must be":       {"agency.changed", `{"keys":[{"use":"account","key":"A` + strings.Repeat("Z", 55) + `"}]}`, nil},
		"57 name with a turned text":  {"agency.changed", `{"name":{"en":"Example \u202eShelter"}}`, []string{"/data/name/en pattern"}},
		"nothing changed":             {"agency.changed", `{}`, []string{"/data minProperties"}},
		"22 unknown type":             {"referral.eaten", `{}`, []string{"/type schema_unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProblems(t, schemas.CheckData(tc.typ, []byte(tc.data)), tc.want...)
		})
	}
}

func requested(area string) string {
	return `{"referral":"` + referral + `","service":"not_sure","area":` + area + `,"age_class":"unsure","priority":"normal","basis":"consent"}`
}

func TestCheckIsBounded(t *testing.T) {
	t.Parallel() // group 14
	var names strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&names, `"n%d":0,`, i)
	}
	wantProblems(t, schemas.CheckData("referral.no_receiver", []byte(`{`+names.String()+`"referral":"`+referral+`"}`)), "/data additionalProperties")

	long := `{"referral":"` + referral + `","to":"a-b","why":[` + strings.Repeat("0,", 100_000) + `0]}`
	ps := found(t, schemas.CheckData("referral.offered", []byte(long)))
	if len(ps) == 0 || len(ps) > 50 {
		t.Errorf("%d problems listed", len(ps))
	}
	wantProblems(t, schemas.CheckData("case.linked", make([]byte, schemas.MaxEvent+1)), "/data too_large")
}

func TestLengthCountsCodePoints(t *testing.T) {
	t.Parallel() // group 15
	name := func(s string) error {
		return schemas.CheckData("agency.changed", []byte(`{"name":{"th":`+quote(s)+`}}`))
	}
	text := func(s string) error { return schemas.CheckSection("feedback", []byte(`{"text":`+quote(s)+`}`)) }
	const cluster = "กิ่์" // one shape on screen, four code points
	wantProblems(t, name(strings.Repeat("ก", 120)))
	wantProblems(t, name(strings.Repeat("ก", 121)), "/data/name/th maxLength")
	wantProblems(t, name(strings.Repeat(cluster, 30)))
	wantProblems(t, name(strings.Repeat(cluster, 31)), "/data/name/th maxLength")
	wantProblems(t, name(strings.Repeat("😀", 120)))
	wantProblems(t, text(strings.Repeat("😀", 4000)))
	wantProblems(t, text(strings.Repeat("😀", 4001)), "/data/sections/feedback/text maxLength")
	wantProblems(t, text(strings.Repeat("a", 200<<10)), "/data/sections/feedback/text maxLength")
	wantProblems(t, text("two\nlines"))
	wantProblems(t, text("bell \a"), "/data/sections/feedback/text pattern")
}

func TestCheckSectionTrustsNobody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		section, in string
		want        []string
	}{
		"unknown section":    {"invented", `{}`, []string{"/sections unexpected"}},
		"path":               {"../common", `{}`, []string{"/sections unexpected"}},
		"54 empty":           {"offer", ``, []string{"/data/sections/offer malformed"}},
		"55 random":          {"offer", "\x00\xff\x17", []string{"/data/sections/offer malformed"}},
		"empty object":       {"offer", `{}`, []string{"/data/sections/offer/age_band required", "/data/sections/offer/sex required", "/data/sections/offer/urgent_medical required"}},
		"6 twice":            {"identity", `{"name":"A","name":"B"}`, []string{"/data/sections/identity duplicate_key"}},
		"43 age":             {"identity", `{"age_stated":200}`, []string{"/data/sections/identity/age_stated maximum"}},
		"43 half a year":     {"identity", `{"age_stated":16.5}`, []string{"/data/sections/identity/age_stated type"}},
		"amount in decimals": {"account", `{"indicators":[],"debt":{"minor":1.5,"currency":"THB"}}`, []string{"/data/sections/account/debt/minor type"}},
		"nothing is said":    {"health", `{}`, []string{"/data/sections/health minProperties"}},
		"none and more":      {"health", `{"urgent":["none","fever"]}`, []string{"/data/sections/health/urgent maxItems"}},
		"country unnamed":    {"status", `{"nationality":"known"}`, []string{"/data/sections/status/nationalities required"}},
		"no country":         {"status", `{"nationality":"stateless"}`, nil},
		"country in letters": {"status", `{"nationalities":["Myanmar"]}`, []string{"/data/sections/status/nationalities/0 pattern"}},
		"ISIC section":       {"site", `{"establishment":{"activity":{"scheme":"isic","version":"Rev.4","code":"C"}}}`, nil},
		"role left out":      {"site", `{"offenders":[{"name":"Invented Broker"}]}`, []string{"/data/sections/site/offenders/0/roles required"}},
		"call as a line":     {"offer", `{"sex":"male","age_band":"18-24","urgent_medical":"no","already_called":["Example Hotline"]}`, []string{"/data/sections/offer/already_called/0 type"}},
		"nobody was called":  {"offer", `{"sex":"male","age_band":"18-24","urgent_medical":"no","already_called":[]}`, nil},
		"yes or no only":     {"offer", `{"sex":"male","age_band":"18-24","urgent_medical":true}`, []string{"/data/sections/offer/urgent_medical type"}},
		"band without its rule": {
			"account", `{"indicators":[],"band":"labour_rights_concern"}`,
			[]string{"/data/sections/account/delphi required", "/data/sections/account/profile required", "/data/sections/account/rule_version required"},
		},
		"no such indicator": {"account", `{"indicators":[],"delphi":["EX10"]}`, []string{"/data/sections/account/delphi/0 enum"}},
		"indicator twice":   {"account", `{"indicators":[],"delphi":["EX01","EX01"]}`, []string{"/data/sections/account/delphi uniqueItems"}},
		"fee to nobody":     {"account", `{"indicators":[],"fees":[{"amount":{"minor":1,"currency":"THB"}}]}`, []string{"/data/sections/account/fees/0/payee required"}},
		"fee to a name":     {"account", `{"indicators":[],"fees":[{"payee":"broker","name":"x"}]}`, []string{"/data/sections/account/fees/0 additionalProperties"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProblems(t, schemas.CheckSection(tc.section, []byte(tc.in)), tc.want...)
		})
	}
}

func TestCheckOfAnEvent(t *testing.T) {
	t.Parallel()
	e, err := schemas.Decode(accepted(t))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, schemas.Check(e))
	e, err = schemas.Decode(set(t, accepted(t), "data", `{"referral":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, schemas.Check(e), "/data/offer required", "/data/referral pattern")
	wantProblems(t, schemas.Check(schemas.Event{}), "/type schema_unknown")
}

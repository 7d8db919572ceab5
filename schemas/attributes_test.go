package schemas_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

func TestDecodeChecksAttributes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		attribute, value string
		want             []string
	}{
		"9 signature is no base64":       {"dssematerial", quote("%%%%"), []string{"/dssematerial grammar"}},
		"9 signature with loose bits":    {"dssematerial", quote("QUJDRB=="), []string{"/dssematerial grammar"}},
		"9 signature with a line break":  {"dssematerial", quote("QUJD\nRA=="), []string{"/dssematerial grammar"}},
		"9 signature without padding":    {"dssematerial", quote("QUJDRA"), []string{"/dssematerial grammar"}},
		"9 empty signature":              {"dssematerial", `""`, []string{"/dssematerial grammar"}},
		"13 id is a number":              {"id", "9007199254740993", []string{"/id grammar"}},
		"13 subject is null":             {"subject", "null", []string{"/subject grammar"}},
		"21 specversion 0.3":             {"specversion", quote("0.3"), []string{"/specversion grammar"}},
		"21 specversion 2.0":             {"specversion", quote("2.0"), []string{"/specversion grammar"}},
		"21 specversion with a blank":    {"specversion", quote("1.0 "), []string{"/specversion grammar"}},
		"21 specversion a number":        {"specversion", "1.0", []string{"/specversion grammar"}},
		"22 unknown type":                {"type", quote("org.saphan.referral.eaten.v1"), []string{"/type schema_unknown"}},
		"22 unknown major version":       {"type", quote("org.saphan.referral.accepted.v2"), []string{"/type schema_unknown"}},
		"22 schema of another type":      {"dataschema", quote("urn:saphan:schema:referral.declined.v1"), []string{"/dataschema mismatch"}},
		"24 schema on the web":           {"dataschema", quote("http://127.0.0.1/s.json"), []string{"/dataschema mismatch"}},
		"24 schema in a file":            {"dataschema", quote("file:///etc/passwd"), []string{"/dataschema mismatch"}},
		"24 schema in itself":            {"dataschema", quote("data:application/json,{}"), []string{"/dataschema mismatch"}},
		"25 no id":                       {"id", "", []string{"/id required"}},
		"25 no source":                   {"source", "", []string{"/source required"}},
		"25 no type":                     {"type", "", []string{"/type required"}},
		"25 no subject":                  {"subject", "", []string{"/subject required"}},
		"25 no time":                     {"time", "", []string{"/time required"}},
		"25 no data":                     {"data", "", []string{"/data required"}},
		"25 no specversion":              {"specversion", "", []string{"/specversion required"}},
		"25 no signature":                {"dssematerial", "", []string{"/dssematerial required"}},
		"25 no traceparent":              {"traceparent", "", []string{"/traceparent required"}},
		"25 no classification":           {"dataclassification", "", []string{"/dataclassification required"}},
		"25 no schema":                   {"dataschema", "", []string{"/dataschema required"}},
		"25 no content type":             {"datacontenttype", "", []string{"/datacontenttype required"}},
		"a cause may be missing":         {"causationid", "", nil},
		"content type with a charset":    {"datacontenttype", quote("application/json; charset=utf-8"), []string{"/datacontenttype grammar"}},
		"lower classification":           {"dataclassification", quote("public"), []string{"/dataclassification mismatch"}},
		"cause is a case":                {"causationid", quote(caseID), []string{"/causationid grammar"}},
		"33 trace of another case":       {"traceparent", quote("00-" + referral + "-a8cf3c4f770f06f5-01"), []string{"/traceparent mismatch"}},
		"33 span of another event":       {"traceparent", quote("00-" + caseID + "-a8cf3c4f770f06f4-01"), []string{"/traceparent mismatch"}},
		"33 other flags":                 {"traceparent", quote("00-" + caseID + "-a8cf3c4f770f06f5-00"), []string{"/traceparent mismatch"}},
		"33 trace with baggage":          {"traceparent", quote(strings.Repeat("a", 4096)), []string{"/traceparent mismatch"}},
		"39 30 February":                 {"time", quote("2026-02-30T12:00:00Z"), []string{"/time grammar"}},
		"39 leap second":                 {"time", quote("2026-12-31T23:59:60Z"), []string{"/time grammar"}},
		"39 year 1":                      {"time", quote("0001-01-01T00:00:00Z"), []string{"/time grammar"}},
		"39 year 9999":                   {"time", quote("9999-01-01T00:00:00Z"), []string{"/time grammar"}},
		"39 Buddhist year":               {"time", quote("2569-11-23T12:00:00Z"), []string{"/time grammar"}},
		"39 no zone":                     {"time", quote("2026-11-23T12:00:00"), []string{"/time grammar"}},
		"39 zone of Bangkok":             {"time", quote("2026-11-23T19:00:00+07:00"), []string{"/time grammar"}},
		"39 zone spelled +00:00":         {"time", quote("2026-11-23T12:00:00+00:00"), []string{"/time grammar"}},
		"39 lower case":                  {"time", quote("2026-11-23t12:00:00z"), []string{"/time grammar"}},
		"39 hour 24":                     {"time", quote("2026-11-23T24:00:00Z"), []string{"/time grammar"}},
		"time finer than written":        {"time", quote("2026-11-23T12:00:00.000Z"), []string{"/time grammar"}},
		"an agency's time with a second": {"time", quote("2026-11-23T12:00:07Z"), []string{"/time grammar"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := schemas.Decode(set(t, accepted(t), tc.attribute, tc.value))
			wantProblems(t, err, tc.want...)
		})
	}
}

// awkward are ids that a broker, a path or a query would read otherwise.
var awkward = []string{
	"", " ", "*", ">", "a.*", "a.>", "a.b", "$JS", "..", "/../", "%2e%2e", "a\x00b", "a\r\nb", "a b", "ü", "шelter",
	strings.ToUpper(eventID), strings.ToUpper(caseID), eventID + "\n", caseID + " ", "{" + eventID + "}",
	"01a20658-9b80-4827-a8cf-3c4f770f06f5", strings.Repeat("0", 32), strings.Repeat("a", 1<<16), "{{7*7}}", "';--",
}

func TestDecodeRefusesAwkwardIDs(t *testing.T) {
	t.Parallel()
	for _, s := range awkward { // groups 26, 27, 28
		_, err := schemas.Decode(set(t, accepted(t), "id", quote(s)))
		wantProblems(t, err, "/id grammar")
		_, err = schemas.Decode(set(t, accepted(t), "subject", quote(s)))
		wantProblems(t, err, "/subject grammar")
		_, err = schemas.Decode(set(t, accepted(t), "source", quote("urn:saphan:agency:"+s)))
		wantProblems(t, err, "/source grammar")
	}
	for _, s := range []string{
		"urn:saphan:agency:shelter-harbour.", "urn:saphan:agency:Shelter", "urn:saphan:agency:hub", "urn:saphan:agency:xn--é",
		"URN:saphan:agency:shelter-harbour", "shelter-harbour", "urn:saphan:other:shelter-harbour",
	} {
		_, err := schemas.Decode(set(t, accepted(t), "source", quote(s)))
		wantProblems(t, err, "/source grammar")
	}
}

func TestMalformedIsToldFromInvalid(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, value string
		malformed   bool
	}{
		{"id", `"x"`, true}, {"specversion", `"0.3"`, true}, {"actor", `"x"`, true},
		{"id", "", false}, {"type", `"x"`, false}, {"dataschema", `"x"`, false}, {"traceparent", `"x"`, false},
	} {
		_, err := schemas.Decode(set(t, accepted(t), tc.name, tc.value))
		var ps schemas.Problems
		if !errors.As(err, &ps) || ps.Malformed() != tc.malformed {
			t.Errorf("%s %s: malformed is not %v: %v", tc.name, tc.value, tc.malformed, err)
		}
	}
}

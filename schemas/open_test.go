package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

var labour = schemas.Party{Agency: "labour-samutsakhon"}

// declined is a good event in open form, with a section.
const declined = `{
	"specversion": "1.0",
	"id": "` + eventID + `",
	"type": "org.saphan.referral.declined.v1",
	"subject": "` + caseID + `",
	"data": {
		"referral": "` + referral + `",
		"sections": { "feedback": {"kind": "reason",  "text": "a < b"} },
		"offer": "` + offerID + `", "reason": "cannot_take"
	}
}`

func TestDecodeOpenPartsDataFromSections(t *testing.T) {
	t.Parallel()
	o, err := schemas.DecodeOpen([]byte(declined), labour)
	if err != nil {
		t.Fatal(err)
	}
	want := schemas.Open{
		ID: eventID, Type: "referral.declined", Subject: caseID,
		Data:     json.RawMessage(`{"referral":"` + referral + `","offer":"` + offerID + `","reason":"cannot_take"}`),
		Sections: map[string]json.RawMessage{"feedback": json.RawMessage(`{"kind": "reason",  "text": "a < b"}`)},
	}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("open form (-want +got):\n%s", diff)
	}
}

func TestDecodeOpenTakesWhatIsGiven(t *testing.T) {
	t.Parallel()
	raw := []byte(declined)
	for name, value := range map[string]string{
		"source": labour.Source(), "time": "2026-11-23T12:00:07.000Z", "datacontenttype": "application/json",
		"dataschema": "urn:saphan:schema:referral.declined.v1", "causationid": offerID, "dataclassification": "restricted",
		"traceparent": "00-" + caseID + "-a8cf3c4f770f06f5-01",
	} {
		raw = set(t, raw, name, quote(value))
	}
	o, err := schemas.DecodeOpen(raw, labour)
	if err != nil {
		t.Fatal(err)
	}
	if o.Cause != offerID || schemas.FormatTime(o.Time) != "2026-11-23T12:00:07Z" {
		t.Errorf("cause and time: %+v", o)
	}
}

func TestDecodeOpenIsStrict(t *testing.T) {
	t.Parallel()
	data := func(s string) string {
		return strings.Replace(declined, `"reason": "cannot_take"`, `"reason": "cannot_take",`+s, 1)
	}
	sections := func(s string) string { return string(set(t, []byte(declined), "data", `{"sections":`+s+`}`)) }
	with := func(name, value string) string { return string(set(t, []byte(declined), name, value)) }
	for name, tc := range map[string]struct {
		in   string
		want []string
	}{
		"28 another agency":            {with("source", quote("urn:saphan:agency:shelter-harbour")), []string{"/source source"}},
		"28 own agency and a dot":      {with("source", quote(labour.Source()+".")), []string{"/source source"}},
		"28 own agency in upper case":  {with("source", quote(strings.ToUpper(labour.Source()))), []string{"/source source"}},
		"28 a service of the hub":      {with("source", quote("urn:saphan:hub:routing")), []string{"/source source"}},
		"28 nobody":                    {with("source", `""`), []string{"/source source"}},
		"a signature":                  {with("dssematerial", quote(signature)), []string{"/dssematerial unexpected"}},
		"a digest of the sender's own": {data(`"sealed":[]`), []string{"/data/sealed unexpected"}},
		"no id":                        {with("id", ""), []string{"/id required"}},
		"no data":                      {with("data", ""), []string{"/data required"}},
		"data is null":                 {with("data", "null"), []string{"/data grammar"}},
		"wrong schema":                 {with("dataschema", quote("http://127.0.0.1/")), []string{"/dataschema mismatch"}},
		"wrong trace":                  {with("traceparent", quote("00-x")), []string{"/traceparent mismatch"}},
		"unknown type":                 {with("type", quote("x")), []string{"/data/sections unexpected", "/type schema_unknown"}},
		"unknown attribute":            {with("actor", quote("x")), []string{"unexpected"}},
		"section of another type":      {sections(`{"identity":{}}`), []string{"/data/sections unexpected"}},
		"unknown section":              {sections(`{"invented":{}}`), []string{"/data/sections unexpected"}},
		"section is text":              {sections(`{"feedback":"no"}`), []string{"/data/sections/feedback grammar"}},
		"sections are a list":          {sections(`[]`), []string{"/data/sections grammar"}},
		"section twice":                {sections(`{"feedback":{},"feedback":{}}`), []string{"duplicate_key"}},
		"5 twice":                      {strings.Replace(declined, "{", `{"id":"x",`, 1), []string{"duplicate_key"}},
		"12 number in a section":       {sections(`{"feedback":{"n":1e10000000}}`), []string{"number"}},
		"16 too large":                 {declined + strings.Repeat(" ", schemas.MaxEvent), []string{"too_large"}},
		"1 array":                      {"[" + declined + "]", []string{"malformed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := schemas.DecodeOpen([]byte(tc.in), labour)
			wantProblems(t, err, tc.want...)
		})
	}
}

func TestDecodeOpenBatch(t *testing.T) {
	t.Parallel()
	many := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(declined+",", n), ",") + "]" }
	foreign := string(set(t, []byte(declined), "source", quote("urn:saphan:hub:routing")))
	nested := strings.Replace(declined, `"offer"`, `"n":`+strings.Repeat("[", 31)+strings.Repeat("]", 31)+`,"offer"`, 1)
	for name, tc := range map[string]struct {
		in   string
		n    int
		want []string
	}{
		"one":                   {many(1), 1, nil},
		"a hundred":             {many(schemas.MaxBatch), schemas.MaxBatch, nil},
		"one too many":          {many(schemas.MaxBatch + 1), 0, []string{"maxItems"}},
		"none":                  {"[ ]", 0, []string{"minItems"}},
		"one object":            {declined, 0, []string{"malformed"}},
		"trailing":              {many(1) + "]", 0, []string{"malformed"}},
		"never closed":          {many(1)[:len(many(1))-1], 0, []string{"/1 malformed"}},
		"second one is foreign": {"[" + declined + "," + foreign + "]", 0, []string{"/1/source source"}},
		"first one is a number": {"[5," + declined + "]", 0, []string{"/0 malformed"}},
		"33 deep in the second": {"[" + declined + "," + nested + "]", 0, []string{"/1 depth"}},
		"deeper than any":       {strings.Repeat("[", 20000), 0, []string{"/0 depth"}},
		"second one is large":   {"[" + declined + "," + strings.Replace(declined, "{", "{"+strings.Repeat(" ", schemas.MaxEvent), 1) + "]", 0, []string{"/1 too_large"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := schemas.DecodeOpenBatch([]byte(tc.in), labour)
			wantProblems(t, err, tc.want...)
			if len(batch) != tc.n {
				t.Errorf("%d events, want %d", len(batch), tc.n)
			}
		})
	}
}

package schemas_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// The tables below are named after the groups of bad input that the project
// lists: each row is one of them.

const (
	caseID    = "99ef41bd3d8b48a622cb5c1c577dadfd"
	eventID   = "01a20658-9b80-7827-a8cf-3c4f770f06f5"
	offerID   = "01a20647-3660-7881-80bf-0c9328c9e8bd"
	referral  = "a85f144560e468371b13b1a302e18dfa"
	signature = "QUJDRA=="
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// accepted is a good event as it is signed.
func accepted(t testing.TB) []byte {
	t.Helper()
	return encode(t, schemas.Draft{
		ID: eventID, Author: schemas.Party{Agency: "shelter-harbour"}, Type: "referral.accepted",
		Subject: caseID, Time: noon, Cause: offerID,
		Data: schemas.ReferralAccepted{InOffer: schemas.InOffer{InReferral: schemas.InReferral{Referral: referral}, Offer: offerID}},
	})
}

func encode(t testing.TB, d schemas.Draft) []byte {
	t.Helper()
	e, err := d.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, signature)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// set returns the event with one attribute replaced by a JSON value; "" removes it.
func set(t testing.TB, raw []byte, name, value string) []byte {
	t.Helper()
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if doc[name] = json.RawMessage(value); value == "" {
		delete(doc, name)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// found returns the problems of err as "pointer code".
func found(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var ps schemas.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("not a list of problems: %v", err)
	}
	var out []string
	for _, p := range ps {
		out = append(out, strings.TrimSpace(p.Pointer+" "+p.Code))
	}
	return out
}

func wantProblems(t testing.TB, err error, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, found(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	t.Parallel()
	raw := accepted(t)
	e, err := schemas.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(raw, append(append([]byte(`"data":`), e.Data()...), '}')) {
		t.Error("data is not the exact bytes of the member")
	}
	got := []string{e.ID(), e.Source(), schemas.NameOf(e), e.Subject(), schemas.FormatTime(e.Time()), e.DataSchema(), e.DataContentType(),
		schemas.Extension(e, schemas.ExtCause), schemas.Extension(e, schemas.ExtClassification),
		schemas.Extension(e, schemas.ExtTraceParent), schemas.Extension(e, schemas.ExtSignature)}
	want := []string{eventID, "urn:saphan:agency:shelter-harbour", "referral.accepted", caseID, "2026-11-23T12:00:00Z",
		"urn:saphan:schema:referral.accepted.v1", "application/json", offerID, "restricted",
		"00-" + caseID + "-a8cf3c4f770f06f5-01", signature}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if err := e.Validate(); err != nil {
		t.Errorf("the event is no CloudEvent: %v", err)
	}
}

func TestDecodeRefusesWhatIsNotOneObject(t *testing.T) {
	t.Parallel()
	raw := string(accepted(t))
	utf16 := make([]byte, 0, 2*len(raw))
	for _, b := range []byte(raw) {
		utf16 = append(utf16, b, 0)
	}
	for name, in := range map[string]string{
		"1 empty": "", "1 null": "null", "1 array": "[]", "1 number": "5", "1 string": `"x"`, "1 blanks": "  ",
		"3 trailing letter": raw + "x", "3 two objects": raw + raw, "3 trailing null": raw + " null", "3 trailing comma": raw + ",",
		"4 byte order mark": "\uFEFF" + raw, "4 UTF-16": string(utf16),
		"10 bad UTF-8 in a value":   strings.Replace(raw, "shelter", "shel\xfft", 1),
		"10 bad UTF-8 in a name":    strings.Replace(raw, `"offer"`, "\"off\xc3\"", 1),
		"10 high surrogate alone":   strings.Replace(raw, `"offer"`, `"\ud800"`, 1),
		"10 low surrogate alone":    strings.Replace(raw, `"offer"`, `"\udc00x"`, 1),
		"12 NaN":                    strings.Replace(raw, `"offer":`, `"n":NaN,"offer":`, 1),
		"12 leading zero":           strings.Replace(raw, `"offer":`, `"n":01,"offer":`, 1),
		"control character in text": strings.Replace(raw, "shelter", "shel\nter", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := schemas.Decode([]byte(in))
			wantProblems(t, err, "malformed")
		})
	}
}

func TestDecodeRefusesEveryTruncation(t *testing.T) {
	t.Parallel()
	raw := accepted(t) // group 2
	for n := range raw {
		_, err := schemas.Decode(raw[:n])
		wantProblems(t, err, "malformed")
	}
}

func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	raw := string(accepted(t))
	inData := func(s string) string { return strings.Replace(raw, `"referral":`, s+`,"referral":`, 1) }
	nest := func(n int) string { return inData(`"n":` + strings.Repeat("[", n) + strings.Repeat("]", n)) }
	number := func(n string) string { return inData(`"n":` + n) }
	first := func(s string) string { return strings.Replace(raw, "{", "{"+s+",", 1) }
	for name, tc := range map[string]struct {
		in   string
		want []string
	}{
		"5 id twice":                     {first(`"id":"x"`), []string{"duplicate_key"}},
		"5 id twice, once escaped":       {first(`"\u0069d":"x"`), []string{"duplicate_key"}},
		"6 twice deep in data":           {inData(`"a":[{"b":{"c":1,"c":2}}]`), []string{"duplicate_key"}},
		"7 case variant ID":              {first(`"ID":"x"`), []string{"unexpected"}},
		"7 case variants only":           {strings.Replace(raw, `"data":`, `"Data":`, 1), []string{"unexpected", "/data required"}},
		"8 data and data_base64":         {first(`"data_base64":"e30="`), []string{"/data_base64 unexpected"}},
		"8 data_base64 alone":            {strings.Replace(raw, `"data":`, `"data_base64":`, 1), []string{"/data_base64 unexpected", "/data required"}},
		"11 30 deep in data":             {nest(30), nil},
		"11 33 deep":                     {nest(31), []string{"depth"}},
		"11 9999 deep":                   {nest(9999), []string{"depth"}},
		"11 20000 deep":                  {nest(20000), []string{"depth"}},
		"11 deep and never closed":       {inData(`"n":` + strings.Repeat(`{"a":`, 30000)), []string{"depth"}},
		"12 huge exponent":               {number("1e10000000"), []string{"number"}},
		"12 tiny exponent":               {number("1e-10000000"), []string{"number"}},
		"12 exponent of four digits":     {number("1E+0001"), []string{"number"}},
		"12 exponent of three digits":    {number("1e999"), nil},
		"12 400 digits":                  {number(strings.Repeat("7", 400)), []string{"number"}},
		"12 33 characters":               {number(strings.Repeat("7", 33)), []string{"number"}},
		"12 32 characters":               {number(strings.Repeat("7", 32)), nil},
		"12 minus zero":                  {number("-0"), []string{"number"}},
		"12 minus zero with a fraction":  {number("-0.00"), []string{"number"}},
		"12 minus zero with an exponent": {number("-0e5"), []string{"number"}},
		"12 below zero":                  {number("-0.5"), nil},
		"14 a name of 1 MiB":             {inData(`"` + strings.Repeat("n", 1<<20) + `":1`), []string{"too_large"}},
		"16 largest":                     {raw + strings.Repeat(" ", schemas.MaxEvent-len(raw)), nil},
		"16 one byte more":               {raw + strings.Repeat(" ", schemas.MaxEvent-len(raw)+1), []string{"too_large"}},
		"19 unknown attribute":           {first(`"partitionkey":"x"`), []string{"unexpected"}},
		"data is a list":                 {strings.Replace(raw, `"data":{`, `"data":[{`, 1)[:len(raw)] + `]}`, []string{"/data grammar"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := schemas.Decode([]byte(tc.in))
			wantProblems(t, err, tc.want...)
			if schemas.TooLarge(err) != (len(tc.want) == 1 && tc.want[0] == "too_large") {
				t.Error("TooLarge does not agree")
			}
		})
	}
}

func TestDecodeTakesAttributesInAnyOrder(t *testing.T) {
	t.Parallel()
	raw := accepted(t) // group 19
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.MarshalIndent(doc, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	e, err := schemas.Decode(sorted)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(sorted, e.Data()) || bytes.Contains(raw, e.Data()) {
		t.Error("data is not the exact bytes of this document")
	}
}

func TestDecodeListsEverything(t *testing.T) {
	t.Parallel()
	raw := set(t, set(t, set(t, accepted(t), "id", ""), "time", `"soon"`), "subject", `"a.*"`)
	_, err := schemas.Decode(raw)
	wantProblems(t, err, "/id required", "/subject grammar", "/time grammar")
}

func TestDecodeOfTheDirectory(t *testing.T) {
	t.Parallel()
	raw := encode(t, schemas.Draft{
		ID: eventID, Author: schemas.Party{Service: schemas.Operator}, Type: "agency.changed",
		Subject: "shelter-harbour", Time: noon.Add(1234567 * time.Microsecond), Data: schemas.AgencyChanged{Status: "closed"},
	})
	e, err := schemas.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got := schemas.FormatTime(e.Time()); got != "2026-11-23T12:00:01.234Z" {
		t.Errorf("time of the hub: %s", got)
	}
	_, err = schemas.Decode(set(t, raw, "traceparent", quote("00-"+caseID+"-a8cf3c4f770f06f5-01")))
	wantProblems(t, err, "/traceparent mismatch")
	_, err = schemas.Decode(set(t, raw, "subject", quote(caseID)))
	wantProblems(t, err, "/subject grammar")
}

func TestCheckTime(t *testing.T) {
	t.Parallel()
	e, err := schemas.Decode(accepted(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		now  time.Time
		fine bool
	}{
		"39 now": {noon, true}, "39 5 min ahead": {noon.Add(-5 * time.Minute), true}, "39 6 min ahead": {noon.Add(-6 * time.Minute), false},
		"39 90 days past": {noon.Add(90 * 24 * time.Hour), true}, "39 91 days past": {noon.Add(91 * 24 * time.Hour), false},
		"39 a year ahead": {noon.AddDate(-1, 0, 0), false},
	} {
		if got := len(schemas.CheckTime(e, tc.now)) == 0; got != tc.fine {
			t.Errorf("%s: fine is %v", name, got)
		}
	}
}

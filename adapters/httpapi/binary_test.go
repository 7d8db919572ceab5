package httpapi_test

import (
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

// asBinary are the headers of an event in binary mode.
func asBinary(more ...string) map[string]string {
	return and(map[string]string{
		"Content-Type": "application/json", "Ce-Specversion": "1.0", "Ce-Id": eventID,
		"Ce-Type": "org.saphan.visit.recorded.v1", "Ce-Subject": caseID,
	}, more...)
}

const visitData = `{"kind":"routine","area":{"kind":"province","code":"TH-74"},"sector":"C","month":"2026-11"}`

func TestBinaryModeIsTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	w := start(t)
	for range 20 {
		if got := w.send(t, ask{"POST", "/v1/events", visitData, asBinary()}); got.status != 201 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	open, err := schemas.DecodeOpen(w.harbour.filed[eventID], schemas.Party{Agency: harbour})
	if err != nil {
		t.Fatal(err)
	}
	if open.Subject != caseID || string(open.Data) != visitData {
		t.Errorf("got %+v", open)
	}
}

func TestBinaryModeCannotSmuggle(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]ask{
		"a second object":       {body: visitData + `,"id":"x"`, header: asBinary()},
		"the end of the object": {body: visitData + `},{"a":1`, header: asBinary()},
		"no data":               {body: "", header: asBinary()},
		"text as data":          {body: `"text"`, header: asBinary()},
		"data as a header":      {body: visitData, header: asBinary("Ce-Data", "x")},
		"data as base64":        {body: visitData, header: asBinary("Ce-Data_base64", "eA==")},
		"a content type":        {body: visitData, header: asBinary("Ce-Datacontenttype", "application/json")},
		"an unknown attribute":  {body: visitData, header: asBinary("Ce-Traceparents", "x")},
		"a signature":           {body: visitData, header: asBinary("Ce-Dssematerial", "eA==")},
		"a broken escape":       {body: visitData, header: asBinary("Ce-Subject", "%zz")},
		"a quote":               {body: visitData, header: asBinary("Ce-Subject", `x","id":"y`)},
		"an escaped line break": {body: visitData, header: asBinary("Ce-Id", "%0d%0a")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			got := w.send(t, ask{"POST", "/v1/events", row.body, row.header})
			if got.status != 400 {
				t.Errorf("%d %s", got.status, got.body)
			}
			if len(w.harbour.filed) > 0 {
				t.Error("it was filed")
			}
		})
	}
	w := start(t)
	twice := "POST /v1/events HTTP/1.1\r\nHost: desk\r\nConnection: close\r\nAuthorization: Bearer " + harbour +
		"\r\nContent-Type: application/json\r\nCe-Specversion: 1.0\r\nCe-Id: a\r\nCe-Id: b\r\nContent-Length: 2\r\n\r\n{}"
	if got := w.raw(t, twice); !strings.Contains(got, " 400 ") {
		t.Errorf("an attribute twice: %.100q", got)
	}
}

func FuzzBinaryMode(f *testing.F) {
	f.Add(eventID, caseID, visitData)
	f.Add(`"`, "%22", `{}},{`)
	w := &fakeDesk{agency: harbour}
	f.Fuzz(func(t *testing.T, id, subject, body string) {
		got := fuzzed(w, asBinary("Ce-Id", id, "Ce-Subject", subject), body)
		if got == 500 {
			t.Errorf("a bug: %q %q %q", id, subject, body)
		}
		for filed := range w.filed {
			if !schemas.ValidEventID(filed) {
				t.Errorf("filed under %q", filed)
			}
		}
	})
}

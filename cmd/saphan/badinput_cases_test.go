package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// badGroups are the groups of the list. Each row's canary is c.
var badGroups = []struct {
	name string
	rows func(d *badDoors, c string) []badInput
}{
	{"01 not an object", group01},
	{"02 cut off", group02},
	{"03 trailing bytes", group03},
	{"04 encodings", group04},
	{"05 duplicate key", group05},
	{"06 duplicate key deep inside", group06},
	{"07 case variants", group07},
	{"08 data and data_base64", group08},
	{"09 base64", group09},
	{"10 not UTF-8", group10},
	{"11 nesting", group11},
	{"12 numbers", group12},
	{"13 ids as numbers", group13},
	{"14 many names and long lists", group14},
	{"15 long texts", group15},
	{"16 large bodies", group16},
	{"17 compressed bodies", group17},
	{"18 hard strings for patterns", group18},
	{"19 unknown names", group19},
	{"21 specversion", group21},
	{"24 dataschema", group24},
	{"25 missing", group25},
	{"26 event ids", group26},
	{"27 ids of cases and agencies", group27},
	{"28 foreign sources", group28},
	{"29 receivers", group29},
	{"30 sections", group30},
	{"33 traces", group33},
	{"36 ids that are taken", group36},
	{"39 times", group39},
	{"49 keys", group49},
	{"50 envelopes", group50},
	{"60 lines for a log", group60},
}

// Refusals that many rows share.
const (
	malformed = "400 invalid:malformed malformed"
	twice     = "400 invalid:malformed duplicate_key"
	tooDeep   = "400 invalid:malformed depth"
	badNumber = "400 invalid:malformed number"
	unknown   = "400 invalid:malformed unexpected"
	tooLarge  = "413 too_large:too_large too_large"
	mediaType = "415 invalid:media_type"
	forged    = "401 unauthorized:signature"
)

// fixed is a change that drops the good event.
func fixed(s string) func(string) string { return func(string) string { return s } }

// atTop puts members before those of the event, inData before those of its data.
func atTop(s string) func(string) string {
	return func(raw string) string { return strings.Replace(raw, "{", "{"+s+",", 1) }
}

func inData(s string) func(string) string {
	return func(raw string) string { return strings.Replace(raw, `"data":{`, `"data":{`+s+`,`, 1) }
}

// with gives an attribute another value, in JSON; "" takes it away.
func with(name, value string) func(string) string {
	member := regexp.MustCompile(`"` + name + `":"[^"]*",?`)
	return func(raw string) string {
		if at := member.FindStringIndex(raw); at != nil {
			raw = raw[:at[0]] + raw[at[1]:]
		}
		if value == "" {
			return raw
		}
		return atTop(`"` + name + `":` + value)(raw)
	}
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// open is an event of the labour office in open form.
func (d *badDoors) open(typ, subject, data string) string {
	return `{"specversion":"1.0","id":"` + d.world.ids.EventID() + `","type":"org.saphan.` + typ + `.v1","subject":"` + subject + `","data":` + data + `}`
}

// person opens a case with a section that says who the person is.
func (d *badDoors) person(identity string) string {
	return d.open("case.opened", d.world.ids.ID(), `{"kind":"person","origin":"self","lead":"`+sampleLabour+
		`","areas":[{"kind":"province","code":"TH-74"}],"sections":{"identity":`+identity+`}}`)
}

// signedData is a well signed event with data as it is.
func (d *badDoors) signedData(typ, subject, data string) string {
	return d.signed(schemas.Draft{Type: typ, Subject: subject, Data: json.RawMessage(data)})
}

func group01(d *badDoors, c string) []badInput {
	var rows []badInput
	for name, in := range map[string]string{
		"empty": "", "blanks": " \t\r\n ", "null": "null", "true": "true", "number": "5", "text": quoted(c), "empty list": "[]",
		"list of an event": "[" + d.visit() + "]", "words": c, "control characters": "\x00\x01" + c,
	} {
		rows = append(rows, badInput{name: name, want: malformed, at: d.both(fixed(in))})
	}
	return rows
}

func group02(d *badDoors, c string) []badInput {
	open := d.person(`{"name":"` + c + `"}`)
	signed := inData(`"` + c + `":"` + c + `"`)(d.signedVisit())
	in := badInput{name: "at a sample of places", want: malformed}
	const sample = 25
	for i := range sample {
		in.at = append(in.at, post(open[:i*len(open)/sample]), submit(signed[:i*len(signed)/sample]))
	}
	in.at = append(in.at, post(open[:len(open)-1]), submit(signed[:len(signed)-1]))
	return []badInput{in}
}

func group03(d *badDoors, c string) []badInput {
	var rows []badInput
	for name, end := range map[string]string{
		"word": c, "text": quoted(c), "object": `{"` + c + `":1}`, "event": d.visit(), "null": " null", "comma": ",",
		"bracket": "]", "brace": "}", "zero byte": "\x00", "comment": "/*" + c + "*/",
	} {
		rows = append(rows, badInput{name: name, want: malformed, at: d.both(func(raw string) string { return raw + end })})
	}
	return rows
}

func group04(d *badDoors, c string) []badInput {
	wide := func(mark string, high, low int) func(string) string {
		return func(raw string) string {
			pair := make([]byte, 2)
			out := []byte(mark)
			for _, b := range []byte(inData(quoted(c) + ":1")(raw)) {
				pair[high], pair[low] = 0, b
				out = append(out, pair...)
			}
			return string(out)
		}
	}
	return []badInput{
		{name: "byte order mark", want: malformed, at: d.both(func(raw string) string { return "\uFEFF" + inData(quoted(c)+":1")(raw) })},
		{name: "UTF-16LE", want: malformed, at: d.both(wide("", 1, 0))},
		{name: "UTF-16BE with its mark", want: malformed, at: d.both(wide("\xfe\xff", 0, 1))},
		{name: "UTF-16 by its name", want: mediaType, at: []badTry{
			post(wide("", 1, 0)(d.visit()), "Content-Type", "application/cloudevents+json; charset=utf-16"),
			post(d.visit(), "Content-Type", "application/cloudevents+json; charset=tis-620"),
			post(d.visit(), "Content-Type", "text/"+c),
		}},
	}
}

func group05(d *badDoors, c string) []badInput {
	binary := []string{"Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", d.world.ids.EventID(),
		"Ce-Type", "org.saphan.visit.recorded.v1", "Ce-Subject", d.world.ids.ID()}
	return []badInput{
		{name: "id twice", want: twice, at: d.both(atTop(`"id":"` + c + `"`))},
		{name: "id twice, once escaped", want: twice, at: d.both(atTop(`"\u0069d":"` + c + `"`))},
		{name: "the same id twice", want: twice, at: d.both(func(raw string) string {
			return atTop(regexp.MustCompile(`"id":"[^"]*"`).FindString(raw))(raw)
		})},
		{name: "data twice", want: twice, at: d.both(atTop(`"data":{"` + c + `":1}`))},
		{name: "unknown name twice", want: twice, at: d.both(atTop(`"` + c + `":1,"` + c + `":2`))},
		{name: "binary mode", want: twice, at: []badTry{post(`{"`+c+`":1,"`+c+`":2}`, binary...)}},
	}
}

func group06(d *badDoors, c string) []badInput {
	const later = `"kind":"routine","area":{"kind":"province","code":"TH-74","code":"TH-10"},"sector":"C","month":"2026-11"`
	return []badInput{
		{name: "in a list", want: twice, at: d.both(inData(`"a":[{"b":{"` + c + `":1,"` + c + `":2}}]`))},
		{name: "where the last one is fine", want: twice, at: d.both(inData(`"kind":"` + c + `"`))},
		{name: "well signed", want: twice, at: []badTry{submit(d.signedData("visit.recorded", d.world.ids.ID(), `{`+later+`}`))}},
		{name: "in a section", want: twice, at: []badTry{post(d.person(`{"name":"` + c + `","name":"` + c + `"}`))}},
		{name: "section twice", want: twice, at: []badTry{post(d.person(`{"name":"` + c + `"},"identity":{"name":"x"}`))}},
	}
}

func group07(d *badDoors, c string) []badInput {
	rename := func(old, name string) func(string) string {
		return func(raw string) string { return strings.Replace(raw, `"`+old+`":`, `"`+name+`":`, 1) }
	}
	return []badInput{
		{name: "ID beside id", want: unknown, at: d.both(atTop(`"ID":"` + c + `"`))},
		{name: "Data beside data", want: unknown, at: d.both(atTop(`"Data":{"` + c + `":1}`))},
		{name: "Data alone", want: unknown + " /data:required", at: d.both(rename("data", "Data"))},
		{name: "Subject alone", want: unknown + " /subject:required", at: d.both(rename("subject", "Subject"))},
		{name: "in data", want: "422 invalid:schema /data:additionalProperties", at: []badTry{
			post(inData(`"Kind":"` + c + `"`)(d.visit())),
			submit(d.signedData("visit.recorded", d.world.ids.ID(), strings.Replace(badVisit, "{", `{"Kind":"`+c+`",`, 1))),
		}},
	}
}

func group08(d *badDoors, c string) []badInput {
	base := base64.StdEncoding.EncodeToString([]byte(c))
	return []badInput{
		{name: "both", want: "400 invalid:malformed /data_base64:unexpected", at: d.both(atTop(`"data_base64":"` + base + `"`)), also: base},
		{name: "data_base64 alone", want: "400 invalid:malformed /data_base64:unexpected /data:required", at: d.both(func(raw string) string {
			return regexp.MustCompile(`"data":\{.*\}`).ReplaceAllString(raw, `"data_base64":"`+base+`"}`)
		}), also: base},
		{name: "data is text", want: "400 invalid:malformed /data:grammar", at: d.both(func(raw string) string {
			return regexp.MustCompile(`"data":\{.*\}`).ReplaceAllString(raw, `"data":"`+c+`"}`)
		})},
	}
}

func group09(d *badDoors, c string) []badInput {
	signature := func(value string) []badTry { return []badTry{submit(with("dssematerial", value)(d.signedVisit()))} }
	const grammar = "400 invalid:malformed /dssematerial:grammar"
	envelope := base64.StdEncoding.EncodeToString([]byte(`{"payloadType":"https://cloudevents.io/verifiability/dsse/v0.1","payload":"e30=","signatures":[{"keyid":"` + c + `","sig":"QUJDRB=="}]}`))
	return []badInput{
		{name: "no base64", want: grammar, at: signature(quoted("!" + c + "!"))},
		{name: "trailing bits", want: grammar, at: signature(`"QUJDRB=="`)},
		{name: "not padded", want: grammar, at: signature(`"QUJDRA"`)},
		{name: "URL alphabet", want: grammar, at: signature(`"_-_-"`)},
		{name: "line break", want: grammar, at: signature(`"QUJD\nRA=="`)},
		{name: "a number", want: grammar, at: signature(`9007199254740993`)},
		{name: "not an envelope", want: forged, at: signature(quoted(base64.StdEncoding.EncodeToString([]byte(c + "0"))))},
		{name: "trailing bits inside", want: forged, at: signature(quoted(envelope))},
		{name: "at the desk", want: "400 invalid:malformed /dssematerial:unexpected", at: []badTry{post(atTop(`"dssematerial":"!` + c + `"`)(d.visit()))}},
		{name: "data_base64", want: "400 invalid:malformed /data_base64:unexpected", at: d.both(atTop(`"data_base64":"!` + c + `"`))},
	}
}

func group10(d *badDoors, c string) []badInput {
	var rows []badInput
	for name, s := range map[string]string{
		"bad byte": "\xff", "cut rune": "\xe0\xb8", "overlong slash": "\xc0\xaf", "surrogate in UTF-8": "\xed\xa0\x80",
		"beyond Unicode": "\xf4\x90\x80\x80", "high surrogate": `\ud800`, "low surrogate": `\udc00`,
		"two high surrogates": `\ud800\ud800`, "high surrogate and a letter": `\ud800\u0041`,
	} {
		tries := append(d.both(inData(`"n":"`+c+s+`"`)), d.both(inData(`"`+c+s+`":1`))...)
		tries = append(tries, d.both(atTop(`"`+c+`":"`+s+`"`))...)
		tries = append(tries, post(d.person(`{"name":"`+c+s+`"}`)))
		rows = append(rows, badInput{name: name, want: malformed, at: tries})
	}
	return rows
}

func group11(d *badDoors, c string) []badInput {
	lists := func(n int) string {
		return `"` + c + `":` + strings.Repeat("[", n) + strings.Repeat("]", n)
	}
	objects := func(n int) string {
		return `"` + c + `":` + strings.Repeat(`{"`+c+`":`, n) + "1" + strings.Repeat("}", n)
	}
	return []badInput{
		{name: "32 deep", want: "422 invalid:schema /data:additionalProperties", at: []badTry{
			post(inData(lists(30))(d.visit())), submit(inData(lists(30))(d.signedVisit())),
		}},
		{name: "33 deep", want: tooDeep, at: append(d.both(inData(lists(31))), d.both(inData(objects(31)))...)},
		{name: "9999 deep", want: tooDeep, at: append(d.both(inData(lists(9999))), d.both(inData(objects(9999)))...)},
		{name: "20000 deep", want: tooDeep, at: d.both(inData(lists(20_000)))},
		{name: "100000 deep and never closed", want: tooDeep, at: d.both(inData(`"` + c + `":` + strings.Repeat("[", 100_000)))},
		{name: "an attribute 9999 deep", want: tooDeep, at: d.both(atTop(lists(9999)))},
		{name: "a section 33 deep", want: tooDeep, at: []badTry{post(d.person(`{` + lists(29) + `}`))}},
	}
}

func group12(d *badDoors, c string) []badInput {
	tries := func(n string) []badTry {
		at := append(d.both(inData(`"`+c+`":`+n)), d.both(atTop(`"`+c+`":[`+n+`]`))...)
		return append(at, post(d.person(`{"age_stated":`+n+`}`)))
	}
	var rows []badInput
	for _, n := range []string{
		"1e10000000", "1e-10000000", "1E+10000000", "-1e10000000", "1e0001", "-0", "-0.0", "-0e7",
		strings.Repeat("7", 400), "0." + strings.Repeat("7", 400), strings.Repeat("7", 33),
	} {
		rows = append(rows, badInput{name: fmt.Sprintf("%.20s", n), want: badNumber, at: tries(n), also: n})
	}
	for _, n := range []string{"NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "0x10", "1_000", "--1"} {
		rows = append(rows, badInput{name: n, want: malformed, at: tries(n)})
	}
	age := func(code string, n string) badInput {
		return badInput{name: "age " + n, want: "422 invalid:schema /data/sections/identity/age_stated:" + code, at: []badTry{post(d.person(`{"age_stated":` + n + `}`))}}
	}
	return append(rows, age("maximum", "1e999"), age("type", "1e-999"), age("minimum", "-1e999"), age("maximum", "99999999999999999999999999999999"))
}

func group13(d *badDoors, _ string) []badInput {
	const n = "9007199254740993"
	link := `{"relation":"part_of","case":` + n + `}`
	return []badInput{
		{name: "in data", also: n, want: "422 invalid:schema /data/case:type", at: []badTry{
			post(d.open("case.linked", d.caseID, link)), submit(d.signedData("case.linked", d.caseID, link)),
		}},
		{name: "as id", also: n, want: "400 invalid:malformed /id:grammar", at: d.both(with("id", n))},
		{name: "as subject", also: n, want: "400 invalid:malformed /subject:grammar", at: d.both(with("subject", n))},
		{name: "as cause", also: n, want: "400 invalid:malformed /causationid:grammar", at: d.both(with("causationid", n))},
	}
}

func group15(d *badDoors, c string) []badInput {
	const cluster = "ก" + "ิ่ิ่ิ่ิ่ิ่ิ่ิ่ิ่ิ่" + "์" // one shape on screen, 20 code points
	named := func(s string) []badTry { return []badTry{post(d.person(`{"name":` + quoted(s) + `}`))} }
	changed := func(s string) []badTry {
		return []badTry{submit(d.signedData("agency.changed", sampleLabour, `{"name":{"en":`+quoted(s)+`}}`))}
	}
	const tooLong = "422 invalid:schema /data/sections/identity/name:maxLength"
	return []badInput{
		{name: "201 letters", want: tooLong, at: named(c + strings.Repeat("a", 201-len(c)))},
		{name: "201 of four bytes", want: tooLong, at: named(c + strings.Repeat("😀", 201-len(c)))},
		{name: "201 clusters of 20", want: tooLong, at: named(c + strings.Repeat(cluster, 201))},
		{name: "11 clusters of 20", want: tooLong, at: named(strings.Repeat(cluster, 11))},
		{name: "200 KiB", want: tooLong, at: named(c + strings.Repeat("a", 200<<10))},
		{name: "1 MiB", want: tooLarge, at: named(c + strings.Repeat("a", 1<<20))},
		{name: "at the hub", want: "422 invalid:schema /data/name/en:maxLength", at: changed(c + strings.Repeat("😀", 121-len(c)))},
		{name: "200 KiB at the hub", want: "422 invalid:schema /data/name/en:maxLength", at: changed(c + strings.Repeat("a", 200<<10))},
		{name: "300 KiB at the hub", want: tooLarge, at: changed(c + strings.Repeat("a", 300<<10))},
		{name: "where a code is wanted", want: "422 invalid:schema /data/sector:enum", at: d.both(func(raw string) string {
			return strings.Replace(raw, `"sector":"C"`, `"sector":"`+c+strings.Repeat("a", 200<<10)+`"`, 1)
		})},
	}
}

func group16(d *badDoors, c string) []badInput {
	padded := func(n int) func(string) string {
		return func(raw string) string {
			raw = inData(quoted(c) + ":1")(raw)
			return raw[:len(raw)-1] + strings.Repeat(" ", n-len(raw)) + "}"
		}
	}
	const most = 256 << 10
	lying := func(lines string, body string) []badTry { return []badTry{wire(lines + "\r\n\r\n" + body)} }
	good := d.visit()
	return []badInput{
		{name: "as much as may be", want: "422 invalid:schema /data:additionalProperties", at: d.both(padded(most))},
		{name: "one byte more", want: tooLarge, at: d.both(padded(most + 1))},
		{name: "more than a request", want: "413 too_large:request", at: []badTry{
			submit(padded(384<<10 + 1)(d.signedVisit())), rawSubmit(sampleLabour, padded(384<<10+1)(d.signedVisit())),
		}},
		{name: "more than the broker takes", want: "413 too_large:request", at: []badTry{submit(padded(1 << 20)(d.signedVisit()))}},
		{name: "one byte more in a batch", want: "413 too_large:too_large /1:too_large", at: []badTry{inBatch(padded(most + 1)(d.visit()))}},
		{name: "too large once it is sealed", want: "413 too_large:too_large", at: []badTry{post(d.open("screening.completed", d.caseID,
			`{"sections":{"account":{"indicators":[],"statement":"`+c+`"`+strings.Repeat(" ", most-600)+`}}}`))}},
		{name: "endless", want: tooLarge, at: []badTry{endless("application/cloudevents+json", most), endless("application/cloudevents-batch+json", 4<<20)}},
		{name: "Content-Length of 2 GB", want: tooLarge, at: lying("Content-Length: 2000000000", c)},
		{name: "Content-Length too long", want: malformed, at: lying("Content-Length: 5000", inData(quoted(c)+":1")(good))},
		{name: "Content-Length too short", want: malformed, at: lying("Content-Length: 20", good)},
		{name: "Content-Length below zero", want: "400", at: lying("Content-Length: -1", good)},
		{name: "two of them", want: "400", at: lying("Content-Length: 5\r\nContent-Length: 6", good)},
	}
}

// wire writes a request as it is, with the lines after the usual headers, and
// reads the first answer.
func wire(rest string) badTry {
	return badTry{door: "the connection", send: func(t *testing.T, d *badDoors) heard {
		conn, err := net.Dial("tcp", strings.TrimPrefix(d.labour.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(badPatience)); err != nil {
			t.Fatal(err)
		}
		head := "POST /v1/events HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer " + d.labour.Token + "\r\nContent-Type: application/cloudevents+json\r\n"
		if _, err := io.WriteString(conn, head+rest); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		return readHeard(t, resp)
	}}
}

// endless streams a body that never ends, and wants the connection closed after
// little more than limit bytes.
func endless(media string, limit int64) badTry {
	return badTry{door: "endless " + media, send: func(t *testing.T, d *badDoors) heard {
		stream := &endlessBody{}
		h := d.ask(t, "/v1/events", stream, "Content-Type", media)
		// What the kernel holds in its own buffers was taken from us, and not by the desk.
		const kernel = 32 << 20
		if n := stream.taken.Load(); n > limit+kernel {
			t.Errorf("%d bytes were taken", n)
		}
		return h
	}}
}

// endlessBody is a list that never ends.
type endlessBody struct{ taken atomic.Int64 }

func (b *endlessBody) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte(" "), len(p)))
	b.taken.Add(int64(len(p)))
	return len(p), nil
}

func group17(d *badDoors, c string) []badInput {
	pack := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, s) // into memory: cannot fail
		_ = z.Close()
		return b.String()
	}
	bomb := pack(strings.Repeat(c, 400<<10)) // 5 MB in 15 KB
	in := badInput{name: "named", want: mediaType}
	for _, encoding := range []string{"gzip", "br", "deflate", "zstd", "identity", "gzip, gzip", c} {
		in.at = append(in.at, post(bomb, "Content-Encoding", encoding))
	}
	in.at = append(in.at, post(pack(bomb), "Content-Encoding", "gzip, gzip"), post(pack(d.visit()), "Content-Encoding", "gzip"),
		post(d.visit(), "Content-Encoding", "br"))
	return []badInput{
		in,
		{name: "not named", want: malformed, at: d.both(fixed(bomb))},
		{name: "an event, not named", want: malformed, at: d.both(pack)},
		{name: "as a coding of the transfer", want: "501", at: []badTry{wire("Transfer-Encoding: gzip, chunked\r\n\r\n" + c)}},
	}
}

func group18(d *badDoors, c string) []badInput {
	attack := c + strings.Repeat("a0-1.", 40<<10) + "!"
	var rows []badInput
	for name, want := range map[string]string{
		"id": "400 invalid:malformed /id:grammar", "type": "422 invalid:schema /type:schema_unknown",
		"subject": "400 invalid:malformed /subject:grammar", "time": "400 invalid:malformed /time:grammar",
		"dataschema": "422 invalid:schema /dataschema:mismatch", "datacontenttype": "400 invalid:malformed /datacontenttype:grammar",
		"causationid": "400 invalid:malformed /causationid:grammar", "dataclassification": "422 invalid:schema /dataclassification:mismatch",
		"traceparent": "422 invalid:schema /traceparent:mismatch", "specversion": "400 invalid:malformed /specversion:grammar",
	} {
		rows = append(rows, badInput{name: name, want: want, at: d.both(with(name, quoted(attack)))})
	}
	return append(rows,
		badInput{name: "source", want: "400 invalid:malformed /source:grammar", at: []badTry{submit(with("source", quoted(attack))(d.signedVisit()))}},
		badInput{name: "signature", want: "400 invalid:malformed /dssematerial:grammar", at: []badTry{submit(with("dssematerial", quoted(attack))(d.signedVisit()))}},
		badInput{name: "month", want: "422 invalid:schema /data/month:pattern", at: d.both(func(raw string) string {
			return strings.Replace(raw, `"month":"2026-11"`, `"month":"2026-11`+attack+`"`, 1)
		})},
		badInput{name: "date in a section", want: "422 invalid:schema /data/sections/identity/born:pattern", at: []badTry{post(d.person(`{"born":"2001-` + attack + `"}`))}},
		badInput{name: "id in data", want: "422 invalid:schema /data/case:pattern", at: []badTry{
			post(d.open("case.linked", d.caseID, `{"relation":"part_of","case":"`+attack+`"}`)),
			submit(d.signedData("case.linked", d.caseID, `{"relation":"part_of","case":"`+attack+`"}`)),
		}},
	)
}

func group19(d *badDoors, c string) []badInput {
	inArea := func(raw string) string {
		return strings.Replace(raw, `"area":{`, `"area":{"`+c+`":"`+c+`",`, 1)
	}
	signed := d.signedData("visit.recorded", d.world.ids.ID(), inData(`"` + c + `":1`)(`"data":` + badVisit)[len(`"data":`):])
	return []badInput{
		{name: "attribute", want: unknown, at: d.both(atTop(`"` + c + `":"` + c + `"`))},
		{name: "attribute of another extension", want: unknown, at: d.both(atTop(`"partitionkey":"` + c + `"`))},
		{name: "many attributes", want: unknown, at: d.both(func(raw string) string {
			var b strings.Builder
			for i := range 5000 {
				fmt.Fprintf(&b, `"%s%d":"%s",`, c, i, c)
			}
			return "{" + b.String() + raw[1:]
		})},
		{name: "in data", want: "422 invalid:schema /data:additionalProperties", at: d.both(inData(`"` + c + `":"` + c + `"`))},
		{name: "in data, well signed", want: "422 invalid:schema /data:additionalProperties", at: []badTry{submit(signed)}},
		{name: "deeper", want: "422 invalid:schema /data/area:additionalProperties", at: d.both(inArea)},
		{name: "in a section", want: "422 invalid:schema /data/sections/identity:additionalProperties", at: []badTry{post(d.person(`{"name":"x","` + c + `":"` + c + `"}`))}},
		{name: "in a batch of its own", want: "207", at: []badTry{
			post("["+inData(`"`+c+`":1`)(d.visit())+"]", "Content-Type", "application/cloudevents-batch+json"),
			post("["+d.person(`{"`+c+`":"`+c+`"}`)+"]", "Content-Type", "application/cloudevents-batch+json"),
		}},
		{name: "section", want: "400 invalid:malformed /data/sections:unexpected", at: []badTry{post(inData(`"sections":{"` + c + `":{"x":1}}`)(d.visit()))}},
		{name: "the desk's own sealed", want: "400 invalid:malformed /data/sealed:unexpected", at: []badTry{post(inData(`"sealed":["` + c + `"]`)(d.visit()))}},
	}
}

// takesAnyOrder shows that order is nobody's business: not the desk's, and not
// the signature's.
func (d *badDoors) takesAnyOrder(t *testing.T) {
	for _, try := range d.both(func(raw string) string {
		var doc map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &doc); err != nil {
			t.Fatal(err)
		}
		sorted, err := json.Marshal(doc) // by name; data, which is compact, stays as it was signed
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(string(sorted), `,"data":`, " \n,\t\"data\" : ", 1)
	}) {
		before := d.state(t)
		got := try.send(t, d)
		if after := d.state(t); got.short != "201" && got.short != "accepted" || after.Ledger != before.Ledger+1 {
			t.Errorf("%s: %s", try.door, got.short)
		}
		d.rest(t)
	}
}

func group21(d *badDoors, c string) []badInput {
	const wrong = "400 invalid:malformed /specversion:grammar"
	in := badInput{name: "other versions", want: wrong}
	for _, v := range []string{`"0.3"`, `"2.0"`, `"1.0 "`, `" 1.0"`, `"1"`, `"1.00"`, `"１.０"`, `1.0`, `null`, `""`, quoted(c)} {
		in.at = append(in.at, d.both(with("specversion", v))...)
	}
	binary := []string{"Content-Type", "application/json", "Ce-Id", d.world.ids.EventID(),
		"Ce-Type", "org.saphan.visit.recorded.v1", "Ce-Subject", d.world.ids.ID(), "Ce-Specversion"}
	in.at = append(in.at, post(badVisit, append(binary, "0.3")...), post(badVisit, append(binary, c)...))
	return []badInput{in, {name: "none", want: "422 invalid:schema /specversion:required", at: d.both(with("specversion", ""))}}
}

func group24(d *badDoors, c string) []badInput {
	fetched := &atomic.Int64{}
	lure := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	in := badInput{name: "elsewhere", want: "422 invalid:schema /dataschema:mismatch"}
	for _, v := range []string{
		lure.URL + "/" + c, "file:///etc/passwd?" + c, "data:application/json,{}#" + c, "urn:saphan:schema:common",
		"urn:saphan:schema:visit.recorded.v2", "urn:saphan:schema:finding.recorded.v1", "../visit/recorded.v1.json", c, "",
	} {
		in.at = append(in.at, d.both(with("dataschema", quoted(v)))...)
	}
	ref := badInput{name: "a reference in data", want: "422 invalid:schema /data:additionalProperties", at: d.both(inData(`"$ref":"` + lure.URL + `/` + c + `"`))}
	ref.at = append(ref.at, d.both(inData(`"$schema":"`+lure.URL+`/`+c+`"`))...)
	nothing := badInput{name: "nothing was fetched", want: "0 fetched", at: []badTry{{door: "the network", send: func(*testing.T, *badDoors) heard {
		lure.Close()
		return heard{short: fmt.Sprintf("%d fetched", fetched.Load())}
	}}}}
	return []badInput{in, ref, nothing}
}

func group25(d *badDoors, _ string) []badInput {
	var rows []badInput
	missing := func(name string, at ...badTry) {
		rows = append(rows, badInput{name: name, want: "422 invalid:schema /" + name + ":required", at: at})
	}
	for _, name := range []string{"specversion", "id", "type", "subject"} {
		missing(name, d.both(with(name, ""))...)
	}
	for _, name := range []string{"source", "time", "datacontenttype", "dataschema", "dataclassification", "traceparent", "dssematerial"} {
		missing(name, submit(with(name, "")(d.signedVisit())))
	}
	missing("data", d.both(func(raw string) string {
		return regexp.MustCompile(`,"data":\{.*\}`).ReplaceAllString(raw, `}`)
	})...)
	share := `{"referral":"` + d.world.ids.ID() + `"}`
	missing("data/to", post(d.open("content.shared", d.caseID, share)), submit(d.signedData("content.shared", d.caseID, share)))
	return append(rows, badInput{name: "everything in data", at: []badTry{
		post(d.open("case.linked", d.caseID, `{}`)), submit(d.signedData("case.linked", d.caseID, `{}`)),
	}, want: "422 invalid:schema /data/case:required /data/relation:required"})
}

// Ends and replacements that would be something else in a subject, a path, a
// header or a log.
var badIDs = []string{
	"", ".", "*", ">", ".>", ".*", "$JS.API.>", "\x00", "\r\nX: y", " ", "/../", "%2e%2e%2f", "%00", "'", `"`, "{{7*7}}", "\u200b", "\u202e", "é",
}

func group26(d *badDoors, c string) []badInput {
	const wrong = "400 invalid:malformed /id:grammar"
	good := d.world.ids.EventID()
	ids := []string{
		"", c, "$JS", strings.ToUpper(good), "{" + good + "}", strings.ReplaceAll(good, "-", ""), "0190163d-8694-439b-aea5-966c26f8ad91",
		"01ARZ3NDEKTSV4RRFFQ69G5FAV", "00000000-0000-0000-0000-000000000000", strings.Replace(good, "0", "０", 1), strings.Replace(good, "a", "а", 1),
	}
	for _, end := range badIDs[1:] {
		ids = append(ids, good+end)
	}
	in := badInput{name: "at the desk", want: wrong, sameBody: true}
	signed := badInput{name: "well signed", want: wrong, sameBody: true}
	cause := badInput{name: "of the cause", want: "400 invalid:malformed /causationid:grammar"}
	offer := badInput{name: "of an offer", want: "422 invalid:schema /data/offer:pattern"}
	for _, id := range ids {
		in.at = append(in.at, post(with("id", quoted(id))(d.visit())))
		cause.at = append(cause.at, d.both(with("causationid", quoted(id)))...)
		data := `{"referral":"` + d.world.ids.ID() + `","offer":` + quoted(id) + `}`
		offer.at = append(offer.at, post(d.open("referral.accepted", d.caseID, data)), submit(d.signedData("referral.accepted", d.caseID, data)))
		if id != "" && strings.TrimSpace(id) == id { // the SDK would trim it
			signed.at = append(signed.at, submit(d.signed(schemas.Draft{ID: id, Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)})))
		}
	}
	binary := []string{"Content-Type", "application/json", "Ce-Specversion", "1.0",
		"Ce-Type", "org.saphan.visit.recorded.v1", "Ce-Subject", d.world.ids.ID(), "Ce-Id"}
	for _, id := range []string{c, "%00", "%0d%0aX: " + c, good + "%2e*"} {
		in.at = append(in.at, post(badVisit, append(binary, id)...))
	}
	large := badInput{name: "1 MiB", want: tooLarge, at: []badTry{post(with("id", quoted(c+strings.Repeat("a", 1<<20)))(d.visit()))}}
	header := badInput{name: "24 KiB in a header", want: "431", at: []badTry{post(badVisit, append(binary, c+strings.Repeat("a", 24<<10))...)}}
	return []badInput{in, signed, cause, offer, large, header}
}

func group27(d *badDoors, c string) []badInput {
	subject := badInput{name: "case token", want: "400 invalid:malformed /subject:grammar"}
	receiver := badInput{name: "agency", want: "422 invalid:schema /data/to:pattern"}
	path := badInput{name: "in a path", want: "404 unknown:not_visible", sameBody: true}
	for _, end := range badIDs {
		id := c + end
		subject.at = append(subject.at, d.both(with("subject", quoted(d.caseID+end)))...)
		subject.at = append(subject.at, submit(d.signed(schemas.Draft{Type: "visit.recorded", Subject: id, Data: json.RawMessage(badVisit)})))
		if end == "" {
			subject.at = subject.at[2:] // the case id as it is names an inspection as well
			continue
		}
		data := d.request(id)
		receiver.at = append(receiver.at, post(d.open("referral.requested", d.caseID, data)), submit(d.signedData("referral.requested", d.caseID, data)))
		for _, at := range []string{"/v1/cases/%s/open", "/v1/referrals/%s/accept", "/v1/outbox/%s/retry"} {
			path.at = append(path.at, ask(fmt.Sprintf(at, hexed(id))))
		}
	}
	return []badInput{subject, receiver, path,
		{name: "the hub as an agency", want: "422 invalid:schema /data/to:not", at: []badTry{
			post(d.open("referral.requested", d.caseID, d.request("hub"))), submit(d.signedData("referral.requested", d.caseID, d.request("hub"))),
		}},
		{name: "who submits", want: "403 forbidden:agency", at: []badTry{
			rawSubmit("ngo-unregistered", d.signedVisit()),
		}},
		{name: "whose side", want: "422 invalid:account", at: []badTry{side(c + ".x"), side("*"), side(">"), side(""), side(sampleHarbour)}},
	}
}

// hexed escapes every byte for a path.
func hexed(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

// ask posts nothing to a path.
func ask(path string) badTry {
	return badTry{door: path, send: func(t *testing.T, d *badDoors) heard { return d.ask(t, path, nil) }}
}

// atGate submits where the wall of the bus has been passed.
func atGate(agency, body string) badTry {
	return badTry{door: "the gate", send: func(t *testing.T, d *badDoors) heard {
		_, err := d.site.hub.gate.Submit(t.Context(), services.Party{Agency: agency}, []byte(body))
		return hearError(err)
	}}
}

// side opens the bus as an account sees it.
func side(account string) badTry {
	return badTry{door: "side of an agency", send: func(_ *testing.T, d *badDoors) heard {
		_, err := natsbus.NewDesk(d.keeper, account)
		return hearError(err)
	}}
}

// request is the data of a request to one receiver, in JSON.
func (d *badDoors) request(to string) string {
	return `{"referral":"` + d.world.ids.ID() + `","service":"shelter","area":{"kind":"province","code":"TH-74"},` +
		`"age_class":"unsure","priority":"urgent","basis":"consent","to":` + quoted(to) + `}`
}

func group28(d *badDoors, c string) []badInput {
	const agency, hub = "urn:saphan:agency:", "urn:saphan:hub:"
	sources := []string{agency + sampleHarbour, agency + c, agency + samplePolice, hub + "routing", hub + "operator", hub + c}
	broken := []string{agency + sampleLabour + ".", agency + strings.ToUpper(sampleLabour), agency + "labour‐samutsakhon", agency + "xn--" + c + ".",
		agency + "แรงงาน", agency + "hub", agency, "urn:saphan:AGENCY:" + sampleLabour, " " + agency + sampleLabour, agency + sampleLabour + "\x00", sampleLabour, "https://" + c + ".example/", ""}
	posted := badInput{name: "at the desk", want: "403 forbidden:source", sameBody: true}
	for _, s := range append(broken, sources...) {
		posted.at = append(posted.at, post(with("source", quoted(s))(d.visit())))
	}
	binary := []string{"Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", d.world.ids.EventID(),
		"Ce-Type", "org.saphan.visit.recorded.v1", "Ce-Subject", d.world.ids.ID(), "Ce-Source"}
	posted.at = append(posted.at, post(badVisit, append(binary, agency+c)...), post(with("source", quoted(agency+c))(atTop(`"`+c+`":1`)(d.visit()))))
	submitted := badInput{name: "at the hub", want: "403 forbidden:source", sameBody: true}
	for _, s := range sources {
		party, _ := schemas.ParseSource(s)
		submitted.at = append(submitted.at, submit(d.signed(schemas.Draft{Author: party, Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)})))
	}
	written := badInput{name: "no source at all, at the hub", want: "400 invalid:malformed /source:grammar", sameBody: true}
	for _, s := range broken {
		written.at = append(written.at, submit(with("source", quoted(s))(d.signedVisit())))
	}
	foreign := badInput{name: "forged, at the other's door", want: forged, sameBody: true}
	for _, a := range []string{sampleHarbour, samplePolice} { // whom the transport vouches for may be audited
		foreign.at = append(foreign.at, rawSubmit(a, d.signed(schemas.Draft{Author: schemas.Party{Agency: a}, Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)})))
	}
	offered := `{"referral":"` + d.world.ids.ID() + `","to":"` + c + `","why":["area"]}`
	return []badInput{posted, submitted, written, foreign,
		{name: "a number", want: "400 invalid:malformed /source:grammar", at: d.both(with("source", "9007199254740993")), also: "9007199254740993"},
		{name: "of a suspended agency", want: "403 forbidden:agency", at: []badTry{atGate(samplePolice,
			d.signedBy(samplePolice, schemas.Draft{Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)}))}},
		{name: "the hub's own type, at the desk", want: "403 forbidden:author", at: []badTry{post(d.open("referral.offered", d.caseID, offered))}},
		{name: "the hub's own type, at the hub", want: "403 forbidden:signer", at: []badTry{submit(d.signedData("referral.offered", d.caseID, offered))}},
	}
}

func group29(d *badDoors, c string) []badInput {
	share := func(to string) string {
		return d.open("content.shared", d.caseID, `{"referral":"`+d.referralID()+`","to":"`+to+`","sections":{"offer":{"sex":"female","age_band":"15-17","urgent_medical":"no","wants":"`+c+`"}}}`)
	}
	rows := []badInput{
		{name: "content to an unknown one", want: "404 unknown:not_visible", at: []badTry{post(share(c))}},
		{name: "content to itself", want: "422 invalid:schema /data/to:self", at: []badTry{post(share(sampleLabour))}},
		{name: "content to a suspended one", want: "422 invalid:rule /data/to:receiver", at: []badTry{post(share(samplePolice))}, refused: 1, sealed: 1},
		{name: "a list", want: "422 invalid:schema /data/to:type", at: []badTry{
			post(strings.Replace(share("x"), `"to":"x"`, `"to":["`+c+`","`+c+`"]`, 1)),
			submit(d.signedData("content.shared", d.caseID, `{"referral":"`+d.referralID()+`","to":["`+c+`","`+c+`"]}`)),
		}},
		{name: "twice", want: twice, at: []badTry{
			post(strings.Replace(share(c), `"to":`, `"to":"`+sampleHarbour+`","to":`, 1)),
			submit(d.signedData("content.shared", d.caseID, `{"referral":"`+d.referralID()+`","to":"`+sampleHarbour+`","to":"`+c+`"}`)),
		}},
		{name: "empty", want: "422 invalid:schema /data/to:pattern", at: []badTry{post(share("")), submit(d.signedData("content.shared", d.caseID, `{"referral":"`+d.referralID()+`","to":""}`))}},
	}
	for to, code := range map[string]string{c: "receiver", samplePolice: "receiver", sampleLabour: "self"} {
		want := "422 invalid:rule /data/to:" + code
		rows = append(rows,
			badInput{name: "request to " + to, want: want, at: []badTry{post(d.open("referral.requested", d.caseID, d.request(to)))}, refused: 1},
			badInput{name: "signed request to " + to, want: want, at: []badTry{submit(d.signedData("referral.requested", d.caseID, d.request(to)))}})
	}
	return rows
}

func group36(d *badDoors, c string) []badInput {
	reused := "409 conflict:" + services.CodeIDReused
	var stored struct{ ID, Subject string }
	_ = json.Unmarshal([]byte(d.stored), &stored) // it is in the ledger: it can be read
	link := func(id string) string {
		data := json.RawMessage(`{"relation":"part_of","case":"` + d.world.ids.ID() + `"}`)
		return d.signedBy(sampleHarbour, schemas.Draft{ID: id, Type: "case.linked", Subject: d.caseID, Data: data})
	}
	claim := d.signedBy(sampleRiverside, schemas.Draft{ID: d.requestID(), Type: "referral.claimed", Subject: d.caseID,
		Data: json.RawMessage(`{"referral":"` + d.referralID() + `","offer":"` + d.offer + `"}`)})
	other := json.RawMessage(strings.Replace(badVisit, "routine", "complaint", 1))
	return []badInput{
		{name: "other bytes at the desk", want: reused, at: []badTry{
			post(inData(`"` + c + `":1`)(d.filed)), post(strings.Replace(d.filed, "routine", "complaint", 1)), post(d.filed + " "),
			post(with("subject", quoted(d.world.ids.ID()))(d.filed)),
		}},
		{name: "other bytes at the hub", want: reused, at: []badTry{
			submit(d.signed(schemas.Draft{ID: stored.ID, Type: "visit.recorded", Subject: stored.Subject, Data: other})),
		}},
		{name: "of somebody who is no party", want: "404 unknown:not_visible", sameBody: true, at: []badTry{
			rawSubmit(sampleHarbour, link(d.requestID())), rawSubmit(sampleHarbour, link("")),
		}},
		{name: "of another party", want: reused, at: []badTry{rawSubmit(sampleRiverside, claim)}},
	}
}

// keepsIDs shows that an id is taken in its scope, and nowhere else.
func (d *badDoors) keepsIDs(t *testing.T) {
	id, before := d.world.ids.EventID(), d.state(t)
	for _, agency := range []string{sampleLabour, sampleHarbour} {
		raw := d.signedBy(agency, schemas.Draft{ID: id, Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)})
		if _, err := d.whole.submit(t, agency, []byte(raw)); err != nil {
			t.Errorf("%s: %v", agency, err)
		}
	}
	if after := d.state(t); after.Ledger != before.Ledger+2 {
		t.Errorf("the ledger grew from %d to %d", before.Ledger, after.Ledger)
	}
	d.rest(t)
}

// storesOnce sends the same bytes at the same instant, through each door.
func (d *badDoors) storesOnce(t *testing.T) {
	const times = 20
	for _, try := range []badTry{post(d.visit()), receiptOf(d.signedVisit())} {
		before, answers, all := d.state(t), make([]heard, times), make([]func(), times)
		for i := range all {
			all[i] = func() { answers[i] = try.send(t, d) }
		}
		atOnce(all...)
		for _, a := range answers {
			if a.short != "201" || a.body != answers[0].body {
				t.Errorf("%s: %s %s, and %s", try.door, a.short, a.body, answers[0].body)
			}
		}
		if after := d.state(t); after.Ledger != before.Ledger+1 {
			t.Errorf("%s: stored %d times", try.door, after.Ledger-before.Ledger)
		}
		d.rest(t)
	}
}

// remembers sends what was accepted again, when it is too old to be new.
func (d *badDoors) remembers(t *testing.T) {
	tries := []badTry{post(d.filed), receiptOf(d.stored)}
	var first []heard
	for _, try := range tries {
		first = append(first, try.send(t, d))
	}
	d.closeFiles(t)
	d.stop(t)
	d.start(t)
	d.openSides(t)
	d.clock.Set(d.clock.Now().AddDate(0, 0, 100))
	before := d.state(t)
	for i, try := range tries {
		again := try.send(t, d)
		if first[i].short != "201" || again.short != "201" || again.body != first[i].body {
			t.Errorf("%s: %s %s, want %s %s", try.door, again.short, again.body, first[i].short, first[i].body)
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something was stored (-before +after):\n%s", cmp.Diff(before, after))
	}
}

// receiptOf submits, and answers as the HTTP API would.
func receiptOf(raw string) badTry {
	return badTry{door: "submit", send: func(t *testing.T, d *badDoors) heard {
		r, err := d.whole.submit(t, sampleLabour, []byte(raw))
		if err != nil {
			return hearError(err)
		}
		return heard{short: "201", body: fmt.Sprintf("%+v", r)}
	}}
}

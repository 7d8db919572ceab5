package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func group14(d *badDoors, c string) []badInput {
	const additional = "422 invalid:schema /data:additionalProperties"
	key := func(n int) string { return quoted(c+strings.Repeat("k", n)) + ":1" }
	names := func(n int) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, `,"%s%d":0`, c, i)
		}
		return all.String()[1:]
	}
	list := func(n int, of string) string { return "[" + strings.Repeat(of+",", n-1) + of + "]" }
	opened := `{"kind":"person","origin":"self","lead":"` + sampleLabour + `","areas":` + list(10_000, `{"kind":"at_sea"}`) + `}`
	return []badInput{
		{name: "name of 1 MiB", want: tooLarge, at: []badTry{post(inData(key(1 << 20))(d.visit())), post(atTop(key(1 << 20))(d.visit()))}},
		{name: "name of 1 MiB at the hub", want: "413 too_large:request", at: []badTry{submit(inData(key(1 << 20))(d.signedVisit()))}},
		{name: "name of 200 KiB", want: additional, at: d.both(inData(key(200 << 10)))},
		{name: "attribute of 200 KiB", want: unknown, at: d.both(atTop(key(200 << 10)))},
		{name: "10000 names", want: additional, at: d.both(inData(names(10_000)))},
		{name: "10000 attributes", want: unknown, at: d.both(atTop(names(10_000)))},
		{name: "list of 100000", want: additional, at: d.both(inData(`"` + c + `":` + list(100_000, "0")))},
		{name: "attribute that is a list of 100000", want: unknown, at: d.both(atTop(`"` + c + `":` + list(100_000, "0")))},
		{name: "list of 10000 where one belongs", want: "422 invalid:schema /data/areas:maxItems /data/areas:uniqueItems", at: []badTry{
			post(d.open("case.opened", d.world.ids.ID(), opened)), submit(d.signedData("case.opened", d.world.ids.ID(), opened)),
		}},
	}
}

func group33(d *badDoors, c string) []badInput {
	scope, span := d.world.ids.ID(), "00f067aa0ba902b7"
	in := badInput{name: "another trace", want: "422 invalid:schema /traceparent:mismatch"}
	for _, value := range []string{
		"00-" + scope + "-" + span + "-01", "00-" + strings.Repeat("0", 32) + "-" + span + "-01", "ff-" + scope + "-" + span + "-01",
		"00-" + strings.ToUpper(scope) + "-" + span + "-01", "00-" + c + "-" + span + "-01", c, "00-" + scope + "-" + span + "-01-" + c, strings.Repeat(c, 300),
	} {
		in.at = append(in.at, d.both(with("traceparent", quoted(value)))...)
	}
	beside := badInput{name: "what travels beside it", want: unknown}
	for _, name := range []string{"tracestate", "baggage", "b3"} {
		beside.at = append(beside.at, d.both(atTop(`"`+name+`":"name=`+strings.Repeat(c, 300)+`"`))...)
	}
	headers := badInput{name: "in headers", want: malformed, at: []badTry{
		post(`{"`+c, "Traceparent", "00-"+scope+"-"+span+"-01", "Tracestate", "a="+c, "Baggage", "name="+strings.Repeat(c, 300)),
	}}
	return []badInput{in, beside, headers}
}

// group39 is about times that cannot be, or are too far away. An agency's are written
// in whole minutes.
func group39(d *badDoors, c string) []badInput {
	const grammar, far = "400 invalid:malformed /time:grammar", "422 invalid:schema /time:time"
	written := badInput{name: "as it is written", want: grammar}
	for _, s := range []string{
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-12-31T23:59:60Z", "2026-02-30T10:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T10:00:00",
		"2026-11-24T10:00:00+07:00", "2026-11-24t10:00:00z", "2026-11-24", "2569-11-24T10:00:00Z", " 2026-11-24T10:00:00Z", "1764000000", c, "",
	} {
		written.at = append(written.at, d.both(with("time", quoted(s)))...)
	}
	desk := badInput{name: "too far away, at the desk", want: far, refused: 1} // by the hub's clock
	hub := badInput{name: "too far away, at the hub", want: far}
	for _, away := range []time.Duration{schemas.MaxAhead + time.Minute, time.Hour, 365 * 24 * time.Hour, -schemas.MaxAge - time.Minute, -10 * 365 * 24 * time.Hour} {
		at := d.clock.Now().Add(away).Truncate(time.Minute)
		desk.at = append(desk.at, post(with("time", quoted(schemas.FormatTime(at)))(d.visit())))
		hub.at = append(hub.at, submit(d.visitAt(at)))
	}
	return []badInput{written, desk, hub,
		{name: "a number", want: grammar, also: "1764000000", at: d.both(with("time", "1764000000"))},
	}
}

func (d *badDoors) visitAt(at time.Time) string {
	return d.signed(schemas.Draft{Type: "visit.recorded", Subject: d.world.ids.ID(), Time: at, Data: json.RawMessage(badVisit)})
}

// takesTimes files what happened as long ago, or as far ahead, as may be: a clock that
// is an hour late is no reason to lose a case.
func (d *badDoors) takesTimes(t *testing.T) {
	for _, away := range []time.Duration{-schemas.MaxAge + time.Minute, -7 * 24 * time.Hour, -time.Hour, 0, schemas.MaxAhead - time.Minute} {
		at := d.clock.Now().Add(away).Truncate(time.Minute)
		before := d.state(t)
		for _, try := range []badTry{post(with("time", quoted(schemas.FormatTime(at)))(d.visit())), receiptOf(d.visitAt(at))} {
			if got := try.send(t, d); got.short != "201" {
				t.Errorf("%v, %s: %s", away, try.door, got.short)
			}
		}
		d.rest(t)
		if after := d.state(t); after.Ledger != before.Ledger+2 {
			t.Errorf("%v: %s", away, cmp.Diff(before, after))
		}
	}
}

// group60 writes lines and colours of its own into a log that would repeat it.
func group60(d *badDoors, c string) []badInput {
	line := "\n" + `{"level":"info","message":"` + c + `"}` + "\r\n\x1b[2J\x1b[31m" + c + "\u2028\u0085"
	rows := []badInput{
		{name: "in a path", want: "404 unknown:not_visible", sameBody: true, at: []badTry{
			ask("/v1/cases/" + hexed(line) + "/open"), ask("/v1/referrals/" + hexed(line) + "/accept"),
		}},
		{name: "in no path", want: "404 unknown:not_visible", at: []badTry{ask("/" + hexed(line)), ask("/v1/events/" + hexed(line))}},
		{name: "in a media type", want: mediaType, at: []badTry{wire("X-A: 1\r\nContent-Encoding: " + c + `\n{"level":"info"}` + "\r\nContent-Length: 2\r\n\r\n{}")}},
		{name: "in a header", want: "400", at: []badTry{wire("User-Agent: \x1b[31m" + c + "\nX: y\r\nContent-Length: 2\r\n\r\n{}")}},
		{name: "in data", want: "422 invalid:schema /data/sector:enum", at: d.both(func(raw string) string {
			return strings.Replace(raw, `"sector":"C"`, `"sector":`+quoted(line), 1)
		})},
		{name: "as a name", want: unknown, at: d.both(atTop(quoted(line) + ":1"))},
	}
	for name, want := range map[string]string{
		"id": "400 invalid:malformed /id:grammar", "type": "422 invalid:schema /type:schema_unknown", "subject": "400 invalid:malformed /subject:grammar",
	} {
		rows = append(rows, badInput{name: name, want: want, at: d.both(with(name, quoted(line)))})
	}
	return rows
}

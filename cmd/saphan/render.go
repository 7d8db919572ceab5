package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without zone files still shows the time of Bangkok

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// Columns of a trace, in characters.
const (
	referenceColumn = 14
	aboutColumn     = 36
	timeColumn      = 11
	dateColumn      = 6 // what a date adds to it
	wordColumn      = 22
	agencyColumn    = 23
	sharedWords     = 28 // words of events that share a row
)

// Gaps of a trace: what is shown as one, and after what span a weekday no
// longer says which day it was.
const (
	gapShown = 90 * time.Minute
	weekSpan = 6 * 24 * time.Hour
)

// traceView is a case's trace as it is shown; its JSON is the trace alone.
type traceView struct {
	Case      string          `json:"case"`
	Reference string          `json:"reference"`
	Steps     []casefile.Step `json:"steps"`

	about []casefile.CodeRef // what the case is about
	whole string             // reference of the situation that it is part of
	site  []casefile.CodeRef // what is known of the place
	all   bool               // show what is hidden, too
}

// viewTrace puts together what a desk knows of a case.
func viewTrace(c desk.Case, steps []casefile.Step) traceView {
	v := traceView{Case: c.ID, Reference: c.Reference, Steps: steps, about: aboutCase(c)}
	if len(c.PartOf) > 0 {
		v.whole = schemas.Reference(c.PartOf[0])
	}
	for _, st := range steps {
		if st.Type == "finding.recorded" && (v.whole != "" || c.Kind == "situation") {
			v.site = siteOf(st)
			break
		}
	}
	return v
}

// aboutCase says what a case is about: its kind, and how old the person is.
func aboutCase(c desk.Case) []casefile.CodeRef {
	var about []casefile.CodeRef
	if c.Kind != "" {
		about = append(about, casefile.CodeRef{List: "case_kind", Code: c.Kind})
	}
	for _, r := range c.Referrals {
		if r.AgeClass != "" {
			return append(about, casefile.CodeRef{List: "age_class", Code: r.AgeClass})
		}
	}
	return about
}

// siteOf picks what a finding says of the place, coarse as it is.
func siteOf(st casefile.Step) []casefile.CodeRef {
	var site []casefile.CodeRef
	for _, list := range []string{"sector", "area", "people_band"} {
		for _, r := range st.Codes {
			if r.List == list {
				site = append(site, r)
			}
		}
	}
	return site
}

// traceRow is one line: the events of one agency in one minute.
type traceRow struct {
	at     time.Time
	agency string
	words  string
	note   string
}

// hidden are the steps that only --all shows: the first two are nouns.
var hidden = []string{"content", "access", "case.opened", "case.linked", "referral.delivered", "visit.recorded"}

// bangkok is the zone in which times are shown.
func bangkok(t time.Time) time.Time {
	zone, err := time.LoadLocation("Asia/Bangkok")
	if err != nil {
		return t.UTC()
	}
	return t.In(zone)
}

// renderTrace writes a trace as people read it, in one of the languages.
func renderTrace(w io.Writer, v traceView, lang string) error {
	var b strings.Builder
	b.WriteString(heading(v, lang))
	rows := traceRows(v, lang)
	left, words, days := timeColumn, wordColumn, weekdayOnly
	if len(rows) > 0 && rows[len(rows)-1].at.Sub(rows[0].at) >= weekSpan {
		left, days = left+dateColumn, withDate
	}
	for _, r := range rows {
		words = max(words, schemas.Columns(r.words)+2)
	}
	for i, r := range rows {
		if i > 0 {
			if gap := r.at.Sub(rows[i-1].at); gap > gapShown {
				line(&b, strings.Repeat(" ", left)+"┄ "+span(lang, gap)+" ┄")
			}
		}
		line(&b, pad(clock(lang, r.at, days), left)+pad(r.words, words)+
			pad(r.agency, agencyColumn)+r.note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// receiptRow is the receipt of an event of a type.
type receiptRow struct {
	typ string
	services.Receipt
}

// renderReceipt writes a receipt in the columns of a trace.
func renderReceipt(w io.Writer, r receiptRow, lang string) error {
	at := bangkok(r.Recorded)
	_, err := fmt.Fprintf(w, "  %s%ssha256 %.4s…  %s %s%s  %s\n",
		pad(say(lang, "receipt"), timeColumn), pad(word(r.typ, lang), wordColumn), r.SHA256,
		say(lang, "recorded"), clock(lang, at, weekdayOnly), at.Format(":05.000"), say(lang, "signed"))
	return err
}

func line(b *strings.Builder, s string) {
	b.WriteString("  " + strings.TrimRight(s, " ") + "\n")
}

// heading says which case it is, and what it belongs to.
func heading(v traceView, lang string) string {
	var b strings.Builder
	about := strings.Join(labels(v.about, lang), ", ")
	site := strings.Join(labels(v.site, lang), ", ")
	s := pad(v.Reference, referenceColumn)
	switch {
	case v.whole != "":
		s += pad(about, aboutColumn) + say(lang, "part_of", v.whole) + ", " + label("case_kind", "situation", lang)
	default:
		s += about
	}
	if site != "" {
		s += ": " + site
	}
	line(&b, s)
	return b.String()
}

// traceRows lays the steps out in rows.
func traceRows(v traceView, lang string) []traceRow {
	var rows []traceRow
	mistaken := mistakes(v.Steps)
	for i, st := range v.Steps {
		noun, _ := schemas.SplitName(st.Type)
		if !v.all && (slices.Contains(hidden, st.Type) || slices.Contains(hidden, noun) || mistaken[st.Referral]) {
			continue
		}
		next := traceRow{at: minute(st), agency: st.Agency, words: word(st.Type, lang), note: note(v.Steps, i, lang)}
		if n := len(rows); n > 0 && rows[n-1].takes(next) {
			rows[n-1].words += ", " + next.words
			rows[n-1].note = cmp.Or(rows[n-1].note, next.note)
			continue
		}
		rows = append(rows, next)
	}
	return rows
}

// mistakes are the referrals that should never have been filed.
func mistakes(steps []casefile.Step) map[string]bool {
	found := make(map[string]bool)
	for _, st := range steps {
		if st.Type == "referral.entered_in_error" {
			found[st.Referral] = true
		}
	}
	return found
}

// takes reports whether the next row can be shown in this one: the same agency
// in the same minute, words that fit, and not two notes to tell.
func (r traceRow) takes(next traceRow) bool {
	return r.agency == next.agency && r.at.Equal(next.at) && (r.note == "" || next.note == "") &&
		schemas.Columns(r.words+", "+next.words) <= sharedWords
}

// minute is the one in which a step was recorded, as it is shown.
func minute(st casefile.Step) time.Time { return bangkok(st.Time).Truncate(time.Minute) }

// word is what a trace calls an event.
func word(typ, lang string) string { return label("trace", typ, lang) }

// labels words codes.
func labels(refs []casefile.CodeRef, lang string) []string {
	out := make([]string, 0, len(refs))
	for _, r := range refs {
		out = append(out, label(r.List, r.Code, lang))
	}
	return out
}

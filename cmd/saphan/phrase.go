package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// languages are those that --lang takes; the first one is the default.
var languages = []string{"en", "th"}

// phrases are the words of a trace that belong to no code list.
var phrases = map[string]map[string]string{
	"en": {
		"part_of": "part of %s", "one_person": "%s person", "people": "%s people",
		"kind": "%s: %s", "kind.shelter": "%s for %s",
		"sealed": "sealed", "outcome": "outcome sealed for the sender",
		"spoken": "%s spoken", "after_offer": "%s after the offer", "after_filing": "%s after filing",
		"limit": "(limit %s)", "first_contact": "first contact", "next": "%s → next choice",
		"paused": "clock paused", "loop": "loop closed in %s",
		"by": "by %s, %s", "warning": "warning", "question": "question",
		"incomplete": "incomplete", "content_missing": "content missing",
		"minors":  "%d under 18 or unsure",
		"receipt": "receipt", "recorded": "recorded", "signed": "signed by hub",
		"under": "less than %s", "min": "%d min", "h": "%d h", "day": "%d day", "days": "%d days",
		"working_day": "%d working day", "working_days": "%d working days",
	},
	"th": {
		"part_of": "ส่วนหนึ่งของ %s", "one_person": "%s คน", "people": "%s คน",
		"kind": "%s: %s", "kind.shelter": "%sสำหรับ%s",
		"sealed": "ปิดผนึก", "outcome": "ผลปิดผนึกถึงผู้ส่ง",
		"spoken": "พูดภาษา%s", "after_offer": "%s หลังเสนอ", "after_filing": "%s หลังยื่น",
		"limit": "(กำหนด %s)", "first_contact": "พบครั้งแรก", "next": "%s → ลำดับถัดไป",
		"paused": "หยุดนับเวลา", "loop": "ครบวงจรใน %s",
		"by": "โดย %s, %s", "warning": "คำเตือน", "question": "คำถาม",
		"incomplete": "ข้อมูลไม่ครบ", "content_missing": "ยังไม่มีเนื้อหา",
		"minors":  "%d คนอายุต่ำกว่า 18 หรือไม่แน่ใจ",
		"receipt": "ใบรับ", "recorded": "บันทึก", "signed": "ลงนามโดยศูนย์กลาง",
		"under": "ไม่ถึง %s", "min": "%d นาที", "h": "%d ชม.", "day": "%d วัน", "days": "%d วัน",
		"working_day": "%d วันทำการ", "working_days": "%d วันทำการ",
	},
}

// weekdays are the short names of the days, Sunday first.
var weekdays = map[string][7]string{
	"en": {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	"th": {"อา.", "จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส."},
}

// say returns a phrase with its values filled in.
func say(lang, key string, values ...any) string {
	if len(values) == 0 {
		return phrases[lang][key]
	}
	return fmt.Sprintf(phrases[lang][key], values...)
}

// stateWords are the states whose word the list state has under another code.
var stateWords = map[string]string{string(casefile.OnHold): "held"}

// label words a code; a band of people with the noun.
func label(list, code, lang string) string {
	if list == "state" {
		code = cmp.Or(stateWords[code], code)
	}
	text := schemas.Label(list, code, lang)
	if list != "people_band" {
		return text
	}
	if code == "1" {
		return say(lang, "one_person", text)
	}
	return say(lang, "people", text)
}

// count says a number of things: the phrase of one, or of several.
func count(lang, key string, n int) string {
	if n != 1 {
		key += "s"
	}
	return say(lang, key, n)
}

// span says how long something took: in whole minutes that have passed, and
// above a day rounded to hours.
func span(lang string, d time.Duration) string {
	if d >= 24*time.Hour {
		d = d.Round(time.Hour)
	}
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	if days > 0 {
		parts = append(parts, count(lang, "day", days))
	}
	if hours > 0 {
		parts = append(parts, say(lang, "h", hours))
	}
	if d < time.Minute {
		return say(lang, "under", say(lang, "min", 1))
	}
	if minutes > 0 {
		parts = append(parts, say(lang, "min", minutes))
	}
	return strings.Join(parts, " ")
}

// limit says a period of the policy.
func limit(lang string, p schemas.Period) string {
	switch p.Unit {
	case schemas.UnitMinute:
		return say(lang, "min", p.N)
	case schemas.UnitHour:
		return say(lang, "h", p.N)
	case schemas.UnitWorkingDay:
		return count(lang, "working_day", p.N)
	}
	return count(lang, "day", p.N)
}

// dating says how a day is told.
type dating int

const (
	weekdayOnly dating = iota
	withDate           // where a weekday would not tell
)

// clock says when something was, in the time of Bangkok: "Mon 09:12", or
// "Mon 23/11 09:12".
func clock(lang string, t time.Time, d dating) string {
	s := weekdays[lang][t.Weekday()] + " "
	if d == withDate {
		s += strconv.Itoa(t.Day()) + "/" + strconv.Itoa(int(t.Month())) + " "
	}
	return s + t.Format("15:04")
}

// width is how many columns s takes: Thai vowels and tone marks above and below
// a letter take none.
func width(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			n++
		}
	}
	return n
}

// pad fills s up to n columns, and leaves two at least before what follows.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(2, n-width(s)))
}

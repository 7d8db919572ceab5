package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// languages are those that --lang takes; the first one is the default.
var languages = []string{"en", "th"}

// phrases are the words of a trace that belong to no code list.
var phrases = map[string]map[string]string{
	"en": {
		"part_of": "part of %s", "one_person": "%s person", "people": "%s people",
		"kind": "%s: %s", "kind.shelter": "%s for %s",
		"sealed": "sealed", "outcome": "outcome sealed for the sender",
		"spoken": "%s spoken", "permitted": "until safe: %s", "suggests": "names %s instead", "after_offer": "%s after the offer", "after_filing": "%s after filing",
		"limit": "(limit %s)", "first_contact": "first contact", "next": "%s → next choice",
		"paused": "clock paused", "loop": "loop closed in %s",
		"by": "by %s, %s", "warning": "warning", "question": "question",
		"incomplete": "incomplete", "content_missing": "content missing",
		"minors":  "%d under 18 or unsure",
		"receipt": "receipt", "recorded": "recorded", "signed": "signed by hub",
		"ago": "%s ago", "duty": "may not refuse", "none_there": "none in the directory works there",
		"nobody": "nobody: it would go to the coordinators, without a receiver",
		"under":  "less than %s", "min": "%d min", "h": "%d h", "day": "%d day", "days": "%d days",
		"working_day": "%d working day", "working_days": "%d working days",

		"screen.head": "Operational indicators %s, profile: %s.", "screen.none": "No operational indicators are ticked.",
		"screen.positive": "positive", "screen.not_positive": "not positive", "screen.nothing": "nothing ticked",
		"screen.rule": "%s (rule %s: %s)", "screen.a": "two strong", "screen.b": "one strong and another",
		"screen.c": "three medium", "screen.d": "two medium and a weak one",
		"screen.band": "Band", "screen.why": "Because", "screen.flags": "Strong, alone", "screen.ilo11": "ILO-11",
		"screen.ignored": "Not counted", "screen.ignored_why": "%s: not in the list for a child",
		"screen.recorded": "Recorded", "screen.reliability": "The account",
		"screen.means_not": "This is no verdict: people decide whether somebody was trafficked. One indicator can be enough to act, and you\n" +
			"do not need a band or proof to refer. Not ticked is not the same as absent. The ILO-11 are not counted.",
		"prompt.head": "Ask alone, with an independent interpreter. Each is a prompt to look; no number of them decides.",
		"prompt.look": "Look for",

		"schema.columns": "NAME|WORDS|FILED BY|SCOPE", "codes.columns": "LIST|CODES|ABOUT", "policies.columns": "POLICY|ABOUT", "code.columns": "CODE|WORDS",
		"source": "Source: %s", "docs.written": "%d files in %s",
		"docs.title":   "What can be said on Saphan",
		"docs.begin":   "Begin with `saphan schema show example`: a whole filing, from a visit to the request for a shelter. `saphan validate` checks a file without sending it.",
		"nothing_sent": "nothing was sent: %s", "nothing_wrong": "%s: %s, nothing wrong", "found_in": "%s: %s",
		"event": "%d event", "events": "%d events", "problem": "%d problem", "problems": "%d problems",
		"diff.same": "nothing changed", "diff.additive": "additive: readers and writers of the old version keep working",
		"diff.major":   "this needs a new major version",
		"diff.hint":    "give two versions of the JSON Schema of one type of event or section",
		"diff.readers": "readers keep working", "diff.readers_break": "readers of the old version break",
		"diff.writers": "writers keep working", "diff.writers_break": "writers of the old version break",
		"see_docs":    "saphan schema docs %s says what belongs in it",
		"see_example": "saphan schema show example is a whole filing; saphan schema ls lists the types",
	},
	"th": {
		"part_of": "ส่วนหนึ่งของ %s", "one_person": "%s คน", "people": "%s คน",
		"kind": "%s: %s", "kind.shelter": "%sสำหรับ%s",
		"sealed": "ปิดผนึก", "outcome": "ผลปิดผนึกถึงผู้ส่ง",
		"spoken": "พูดภาษา%s", "permitted": "จนกว่าจะปลอดภัย: %s", "suggests": "แนะนำ %s แทน", "after_offer": "%s หลังเสนอ", "after_filing": "%s หลังยื่น",
		"limit": "(กำหนด %s)", "first_contact": "พบครั้งแรก", "next": "%s → ลำดับถัดไป",
		"paused": "หยุดนับเวลา", "loop": "ครบวงจรใน %s",
		"by": "โดย %s, %s", "warning": "คำเตือน", "question": "คำถาม",
		"incomplete": "ข้อมูลไม่ครบ", "content_missing": "ยังไม่มีเนื้อหา",
		"minors":  "%d คนอายุต่ำกว่า 18 หรือไม่แน่ใจ",
		"receipt": "ใบรับ", "recorded": "บันทึก", "signed": "ลงนามโดยศูนย์กลาง",
		"ago": "%s ที่แล้ว", "duty": "ปฏิเสธไม่ได้", "none_there": "ไม่มีหน่วยงานในพื้นที่นี้ในทะเบียน",
		"nobody": "ไม่มีหน่วยงานรับ เรื่องจะไปถึงผู้ประสานงาน",
		"under":  "ไม่ถึง %s", "min": "%d นาที", "h": "%d ชม.", "day": "%d วัน", "days": "%d วัน",
		"working_day": "%d วันทำการ", "working_days": "%d วันทำการ",

		"screen.head": "ข้อบ่งชี้เชิงปฏิบัติการ %s กลุ่ม: %s", "screen.none": "ยังไม่ได้เลือกข้อบ่งชี้เชิงปฏิบัติการ",
		"screen.positive": "เข้าเกณฑ์", "screen.not_positive": "ไม่เข้าเกณฑ์", "screen.nothing": "ไม่ได้เลือก",
		"screen.rule": "%s (กฎ %s: %s)", "screen.a": "หนักสองข้อ", "screen.b": "หนักหนึ่งข้อกับอีกหนึ่งข้อ",
		"screen.c": "กลางสามข้อ", "screen.d": "กลางสองข้อกับเบาหนึ่งข้อ",
		"screen.band": "ระดับ", "screen.why": "เพราะ", "screen.flags": "หนักแต่เดี่ยว", "screen.ilo11": "ILO-11",
		"screen.ignored": "ไม่นับ", "screen.ignored_why": "%s: ไม่อยู่ในรายการสำหรับเด็ก",
		"screen.recorded": "ที่บันทึกไว้", "screen.reliability": "คำบอกเล่า",
		"screen.means_not": "นี่ไม่ใช่คำตัดสิน คนเป็นผู้ตัดสินว่าใครถูกค้ามนุษย์หรือไม่ ข้อบ่งชี้ข้อเดียวก็อาจพอให้ช่วยเหลือ\n" +
			"ส่งต่อได้โดยไม่ต้องมีระดับหรือหลักฐาน ข้อที่ไม่ได้เลือกไม่ได้แปลว่าไม่มี และไม่นับจำนวน ILO-11",
		"prompt.head": "ถามตามลำพัง โดยใช้ล่ามที่เป็นอิสระ แต่ละข้อชวนให้สังเกต ไม่มีจำนวนใดเป็นตัวตัดสิน",
		"prompt.look": "สังเกต",

		"schema.columns": "ชื่อ|คำที่แสดง|ผู้ยื่น|ขอบเขต", "codes.columns": "รายการ|จำนวน|เนื้อหา", "policies.columns": "นโยบาย|เนื้อหา", "code.columns": "รหัส|คำที่แสดง",
		"source": "ที่มา: %s", "docs.written": "%d ไฟล์ใน %s",
		"docs.title":   "สิ่งที่แจ้งได้บน Saphan",
		"docs.begin":   "เริ่มจาก `saphan schema show example` ซึ่งเป็นการยื่นทั้งชุด ตั้งแต่การตรวจจนถึงการขอที่พักพิง ใช้ `saphan validate` ตรวจไฟล์โดยไม่ส่ง",
		"nothing_sent": "ไม่มีการส่ง: %s", "nothing_wrong": "%s: %s ไม่พบปัญหา", "found_in": "%s: %s",
		"event": "%d เหตุการณ์", "events": "%d เหตุการณ์", "problem": "%d ปัญหา", "problems": "%d ปัญหา",
		"diff.same": "ไม่มีการเปลี่ยนแปลง", "diff.additive": "เป็นการเพิ่มเท่านั้น: ผู้อ่านและผู้เขียนรุ่นเดิมใช้งานได้ต่อไป",
		"diff.major":   "ต้องออกเป็นรุ่นหลักใหม่",
		"diff.hint":    "ให้ผังข้อมูล JSON สองรุ่นของชนิดเหตุการณ์หรือส่วนปิดผนึกเดียวกัน",
		"diff.readers": "ผู้อ่านใช้งานได้ต่อไป", "diff.readers_break": "ผู้อ่านรุ่นเดิมใช้งานไม่ได้",
		"diff.writers": "ผู้เขียนใช้งานได้ต่อไป", "diff.writers_break": "ผู้เขียนรุ่นเดิมใช้งานไม่ได้",
		"see_docs":    "ดูสิ่งที่ต้องมีด้วย saphan schema docs %s",
		"see_example": "ดูตัวอย่างการยื่นทั้งชุดด้วย saphan schema show example และชนิดทั้งหมดด้วย saphan schema ls",
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

// label words a code; a band of people with the noun.
func label(list, code, lang string) string {
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

// pad fills s up to n columns, and leaves two at least before what follows.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(2, n-schemas.Columns(s)))
}

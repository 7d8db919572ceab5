package casefile

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// Room is how much room an agency has for one service, or for some kinds of it.
type Room struct {
	Service  string   `json:"service"`            // a code of the list service
	Subtypes []string `json:"subtypes,omitempty"` // none: every kind of it
	// Capacity is what counts now: "ask" when what was said is too old.
	Capacity string `json:"capacity"`
	// Said is when it was said; zero when that is not known.
	Said time.Time `json:"said,omitzero"`
	// Until is when it ends to hold, as it was said (RFC 3339, UTC).
	Until string `json:"until,omitempty"`
}

// Rooms says how much room an agency has at an instant: one for each of its
// service lines, or several where it has said something of some kinds of the
// service only. At the zero instant nothing is too old.
func (a Agency) Rooms(at time.Time) []Room {
	var rooms []Room
	for _, line := range a.Services {
		rooms = append(rooms, a.rooms(line, at)...)
	}
	return rooms
}

// rooms parts one line by who has spoken last about each kind of the service.
func (a Agency) rooms(line schemas.ServiceLine, at time.Time) []Room {
	kinds := kindsOf(line)
	if len(kinds) == 0 {
		return []Room{a.room(line, a.lastWord(line.Service, ""), at)}
	}
	var rooms []Room
	for last := -1; last < len(a.Told); last++ {
		var about []string
		for _, kind := range kinds {
			if a.lastWord(line.Service, kind) == last {
				about = append(about, kind)
			}
		}
		if len(about) == 0 {
			continue
		}
		r := a.room(line, last, at)
		if r.Subtypes = about; len(about) == len(kinds) {
			r.Subtypes = line.Subtypes
		}
		rooms = append(rooms, r)
	}
	return rooms
}

// kindsOf are the kinds of the service that a line gives; none when the service
// has no kinds.
func kindsOf(line schemas.ServiceLine) []string {
	if len(line.Subtypes) > 0 {
		return line.Subtypes
	}
	var kinds []string
	for _, c := range schemas.Codes("service_subtype") {
		if c.Of == line.Service {
			kinds = append(kinds, c.Code)
		}
	}
	return kinds
}

// lastWord is the place in Told of what was said last about a kind of a service,
// or -1 when the line's own word is the last.
func (a Agency) lastWord(service, kind string) int {
	for i, told := range slices.Backward(a.Told) {
		if told.Service == service && anyOf(told.Subtypes, kind) {
			return i
		}
	}
	return -1
}

// room is what a line has by one word: one of Told, or its own at -1.
func (a Agency) room(line schemas.ServiceLine, word int, at time.Time) Room {
	r := Room{Service: line.Service, Subtypes: line.Subtypes, Capacity: line.Capacity, Said: a.Stated, Until: line.Until}
	if word >= 0 {
		told := a.Told[word]
		r.Capacity, r.Said, r.Until = told.Capacity, told.At, told.Until
	}
	if r.stale(at) {
		r.Capacity = "ask"
	}
	return r
}

// stale reports whether what was said does not count any more: after the instant
// until which it was said to hold, or else when it is old.
func (r Room) stale(at time.Time) bool {
	if at.IsZero() {
		return false
	}
	if until, err := time.Parse(time.RFC3339, r.Until); err == nil {
		return !at.Before(until)
	}
	holds, ok := schemas.CapacityHolds().Duration()
	return ok && !r.Said.IsZero() && at.Sub(r.Said) > holds
}

// bangkok is the zone of opening hours. Thailand has no summer time.
var bangkok = time.FixedZone("Asia/Bangkok", 7*60*60)

// days are the codes of the list weekday, by time.Weekday.
var days = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// OpenAt reports whether a service with these hours is open at an instant. It is
// always open without any hours, and at the zero instant.
func OpenAt(hours []schemas.Hours, at time.Time) bool {
	if len(hours) == 0 || at.IsZero() {
		return true
	}
	return slices.ContainsFunc(hours, func(h schemas.Hours) bool { return opens(h, at.In(bangkok)) })
}

// opens looks at the opening of the day, and at that of the night before.
func opens(h schemas.Hours, local time.Time) bool {
	const clock = "15:04"
	now := local.Format(clock)
	on := func(day time.Weekday) bool { return slices.Contains(h.Days, days[day]) }
	today, yesterday := on(local.Weekday()), on(local.AddDate(0, 0, -1).Weekday())
	if h.From < h.To {
		return today && h.From <= now && now < h.To
	}
	return today && h.From <= now || yesterday && now < h.To
}

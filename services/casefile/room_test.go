package casefile_test

import (
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

func TestOpenAt(t *testing.T) {
	t.Parallel()
	always := []schemas.Hours{{Days: []string{"sat"}, From: "00:00", To: "00:00"}}
	for _, test := range []struct {
		name  string
		hours []schemas.Hours
		at    string // in Bangkok
		want  bool
	}{
		{"none given", nil, "2026-11-23T03:00:00+07:00", true},
		{"the minute it opens", office, "2026-11-23T08:30:00+07:00", true},
		{"the minute before", office, "2026-11-23T08:29:59+07:00", false},
		{"the last minute", office, "2026-11-23T16:29:59+07:00", true},
		{"the minute it closes", office, "2026-11-23T16:30:00+07:00", false},
		{"on Sunday", office, "2026-11-22T12:00:00+07:00", false},
		{"Monday there, Sunday in UTC", office, "2026-11-23T06:00:00+07:00", false},
		{"Monday morning written in UTC", office, "2026-11-23T02:00:00Z", true},
		{"Monday evening there, working hours in UTC", office, "2026-11-23T12:00:00Z", false},
		{"at night", nights, "2026-11-23T23:00:00+07:00", true},
		{"past midnight", nights, "2026-11-24T06:29:00+07:00", true},
		{"in the morning", nights, "2026-11-24T06:30:00+07:00", false},
		{"the night before", nights, "2026-11-23T02:00:00+07:00", false},
		{"the night after", nights, "2026-11-24T20:00:00+07:00", false},
		{"a whole day begins", always, "2026-11-21T00:00:00+07:00", true},
		{"a whole day ends", always, "2026-11-22T00:00:00+07:00", false},
		{"two openings a day", append([]schemas.Hours{{Days: []string{"mon"}, From: "18:00", To: "20:00"}}, office...), "2026-11-23T19:00:00+07:00", true},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := casefile.OpenAt(test.hours, at); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if !casefile.OpenAt(office, time.Time{}) {
		t.Error("at no instant it is closed")
	}
}

// A word about room counts for a day, or until it says so itself.
func TestRoomGrowsOld(t *testing.T) {
	t.Parallel()
	const until = "2026-11-23T15:00:00Z" // an hour before
	line := func(capacity, until string) []schemas.ServiceLine {
		return []schemas.ServiceLine{{Service: "legal_aid", Capacity: capacity, Until: until}}
	}
	said := func(ago time.Duration, capacity, until string) []casefile.Told {
		return []casefile.Told{{At: night.Add(-ago), AgencyCapacityChanged: schemas.AgencyCapacityChanged{
			Service: "legal_aid", Capacity: capacity, Until: until,
		}}}
	}
	day := 24 * time.Hour
	for _, test := range []struct {
		name   string
		agency casefile.Agency
		want   string
	}{
		{"stated today", casefile.Agency{Services: line("capacity", ""), Stated: night.Add(-time.Hour)}, "capacity"},
		{"stated a day ago", casefile.Agency{Services: line("capacity", ""), Stated: night.Add(-day)}, "capacity"},
		{"stated longer ago", casefile.Agency{Services: line("capacity", ""), Stated: night.Add(-day - time.Millisecond)}, "ask"},
		{"full grows old as well", casefile.Agency{Services: line("none", ""), Stated: night.Add(-2 * day)}, "ask"},
		{"nobody knows when", casefile.Agency{Services: line("none", "")}, "none"},
		{"until an hour ago", casefile.Agency{Services: line("none", until), Stated: night.Add(-2 * time.Hour)}, "ask"},
		{"full until Thursday, said three days ago", casefile.Agency{Services: line("capacity", ""), Told: said(72*time.Hour, "none", "2026-11-26T15:00:00Z")}, "none"},
		{"until tomorrow", casefile.Agency{Services: line("none", "2026-11-24T15:00:00Z"), Stated: night}, "none"},
		{"said since", casefile.Agency{Services: line("capacity", ""), Stated: night.Add(-2 * day), Told: said(time.Hour, "none", "")}, "none"},
		{"said too long ago", casefile.Agency{Services: line("capacity", ""), Told: said(2*day, "none", "")}, "ask"},
		{"said until an hour ago", casefile.Agency{Services: line("capacity", ""), Told: said(3*time.Hour, "none", until)}, "ask"},
		{"said a moment after", casefile.Agency{Services: line("capacity", ""), Told: said(-time.Second, "none", "")}, "none"},
	} {
		rooms := test.agency.Rooms(night)
		if len(rooms) != 1 || rooms[0].Capacity != test.want {
			t.Errorf("%s: %+v, want %s", test.name, rooms, test.want)
		}
	}
}

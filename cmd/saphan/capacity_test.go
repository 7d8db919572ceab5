package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// TestAShelterSaysThatItIsFull over the real bus: nobody at the hub is asked, the
// next referral goes elsewhere, every desk knows it with a signature that holds,
// and after a day without a word it is asked again.
func TestAShelterSaysThatItIsFull(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	w.rest(t)
	ctx := within(t)
	as := func(agency string, args ...string) said {
		return runWith(ctx, "", filepath.Join(deskDir(w.dir, agency), "desk.json"), args...)
	}
	first := func() string {
		told, err := w.desks[sampleLabour].Route(ctx, desk.RouteInput{Asked: shelterFor("")})
		if err != nil || len(told.Candidates) == 0 {
			t.Fatalf("nobody: %+v, %v", told, err)
		}
		return told.Candidates[0].Agency
	}
	if got := first(); got != sampleRiverside {
		t.Fatalf("at first %s would be asked", got)
	}
	until := w.clock.Now().Add(48 * time.Hour).Format(time.RFC3339)
	if got := as(sampleRiverside, "agency", "capacity", "shelter", "none", "--until", until); got.exit != 0 ||
		!strings.HasPrefix(got.out, "  room changed          shelter, full   receipt ") {
		t.Fatalf("said: %+v", got)
	}
	if _, err := w.site.hub.knows(ctx, sampleRiverside, func(a casefile.Agency) bool { return len(a.Told) == 1 }); err != nil {
		t.Fatal(err)
	}
	if got := first(); got != sampleHarbour {
		t.Errorf("with riverside full, %s would be asked", got)
	}
	agencies, err := w.desks[sampleLabour].Agencies(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range agencies {
		if a.ID == sampleRiverside && (len(a.Room) != 1 || a.Room[0].Capacity != "none" || a.Room[0].Until != until) {
			t.Errorf("another desk knows %+v", a.Room)
		}
	}
	r := w.request(t)
	w.rest(t)
	if got := w.offeredTo(t, r); got != sampleHarbour {
		t.Errorf("offered to %s", got)
	}
	w.clock.Set(w.clock.Now().Add(73 * time.Hour))
	if got := first(); got != sampleRiverside { // what it said is over: both are to be asked, and its office is nearer
		t.Errorf("when its word is over %s would be asked", got)
	}
	r = w.request(t)
	w.rest(t)
	if got := w.offeredTo(t, r); got != sampleRiverside {
		t.Errorf("when its word is over, offered to %s", got)
	}
	again(t, w)
}

// again: a desk that reads everything anew verifies what agencies said as well.
func again(t *testing.T, w *whole) {
	t.Helper()
	w.stop(t)
	w.start(t)
	agencies, err := w.desks[sampleLabour].Agencies(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range agencies {
		if a.ID == sampleRiverside && (len(a.Room) != 1 || a.Room[0].Capacity != "ask") {
			t.Errorf("after a restart: %+v", a.Room)
		}
	}
}

// offeredTo is whom the latest offer of a referral went to, as its sender sees it.
func (w *whole) offeredTo(t *testing.T, r referral) string {
	t.Helper()
	steps, err := w.desks[sampleLabour].Trace(within(t), r.caseID)
	if err != nil {
		t.Fatal(err)
	}
	to := ""
	for _, st := range steps {
		if st.Type == "referral.offered" {
			to = st.Agency
		}
	}
	return to
}

// TestNobodySpeaksForAnothersRoom: the gate refuses it, whoever signs.
func TestNobodySpeaksForAnothersRoom(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	w.rest(t)
	full := schemas.AgencyCapacityChanged{Service: "shelter", Capacity: "none"}
	for _, row := range []struct {
		who, about string
		said       schemas.AgencyCapacityChanged
		want       services.Kind
	}{
		{sampleHarbour, sampleRiverside, full, services.Unknown},
		{sampleHarbour, "shelter-nowhere", full, services.Forbidden},
		{sampleCoordinator, sampleRiverside, full, services.Forbidden},
		{samplePolice, samplePolice, full, services.Invalid}, // it lists no shelter
		{sampleHarbour, sampleHarbour, full, ""},
	} {
		raw := w.sign(t, row.who, schemas.Draft{Type: agencyCapacityChanged, Subject: row.about, Data: row.said})
		if _, err := w.submit(t, row.who, raw); services.KindOf(err) != row.want {
			t.Errorf("%s about %s: %v, want %q", row.who, row.about, err, row.want)
		}
	}
	raw := w.sign(t, sampleHarbour, schemas.Draft{Type: "agency.changed", Subject: sampleHarbour, Data: schemas.AgencyChanged{Status: "active"}})
	if _, err := w.submit(t, sampleHarbour, raw); services.KindOf(err) != services.Forbidden {
		t.Errorf("an agency changes itself: %v", err)
	}
}

func TestAgenciesAreListedWithTheirRoom(t *testing.T) {
	t.Parallel()
	c := &command{lang: "en"}
	now := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	for want, room := range map[string]casefile.Room{
		"shelter: free, 40 min ago":                {Service: "shelter", Capacity: "capacity", Said: now.Add(-40 * time.Minute)},
		"shelter (women, children): full":          {Service: "shelter", Subtypes: []string{"women", "children"}, Capacity: "none"},
		"legal aid: ask first, 3 days ago":         {Service: "legal_aid", Capacity: "ask", Said: now.Add(-72 * time.Hour)},
		"shelter: free, less than 1 min ago":       {Service: "shelter", Capacity: "capacity", Said: now.Add(time.Second)},
		"shelter: waiting list, 2 h 5 min ago":     {Service: "shelter", Capacity: "waitlist", Said: now.Add(-125 * time.Minute)},
		"investigation: free, 1 day 1 h ago":       {Service: "investigation", Capacity: "capacity", Said: now.Add(-25 * time.Hour)},
		"shelter (families): free, 23 h 1 min ago": {Service: "shelter", Subtypes: []string{"family"}, Capacity: "capacity", Said: now.Add(-23*time.Hour - time.Minute)},
	} {
		if got := c.room(room, now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRouteAsksTheDesk(t *testing.T) {
	t.Parallel()
	d := &cliDesk{route: desk.Route{Simulation: casefile.Simulation{
		Candidates: []services.Candidate{{Agency: sampleHarbour, Why: []string{"named"}}},
	}}}
	expect(t, d.play(t, "", "route", "simulate", "--service", "shelter", "--subtype", "women,children", "--area", "at_sea",
		"--age-class", "unsure", "--to", sampleHarbour, "--at", "2026-11-23T23:00:00+07:00"), said{0,
		"ORDER  AGENCY           WHY\n1      shelter-harbour  named by the sender\n", ""})
	if d.routed.Asked.Area != (schemas.Area{Kind: "at_sea"}) || len(d.routed.Asked.Subtypes) != 2 || d.routed.Asked.To != sampleHarbour ||
		!d.routed.At.Equal(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("asked %+v", d.routed)
	}
	d.err = services.Refuse(services.Later, "bus_away")
	if got := d.play(t, "", "route", "simulate", "--service", "shelter", "--area", "TH-74", "--age-class", "adult"); got.exit != 7 {
		t.Errorf("got %+v", got)
	}
}

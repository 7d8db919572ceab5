package httpapi_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// fakeFeed is a feed in memory, whose places have gaps. The zero value is empty.
type fakeFeed struct {
	feed struct {
		sync.Mutex
		told []desk.Told
		news chan struct{}
		err  error
	}
}

func (d *fakeFeed) Feed(ctx context.Context, after uint64, limit int) ([]desk.Told, uint64, error) {
	d.feed.Lock()
	defer d.feed.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, after, err
	}
	i, _ := slices.BinarySearchFunc(d.feed.told, after+1, func(e desk.Told, place uint64) int { return int(e.Place) - int(place) })
	found := d.feed.told[i:min(i+limit, len(d.feed.told))]
	if len(found) > 0 {
		after = found[len(found)-1].Place
	}
	return found, after, d.feed.err
}

func (d *fakeFeed) Last(context.Context) (uint64, error) {
	d.feed.Lock()
	defer d.feed.Unlock()
	if len(d.feed.told) == 0 {
		return 0, d.feed.err
	}
	return d.feed.told[len(d.feed.told)-1].Place, d.feed.err
}

func (d *fakeFeed) News() <-chan struct{} {
	d.feed.Lock()
	defer d.feed.Unlock()
	if d.feed.news == nil {
		d.feed.news = make(chan struct{})
	}
	return d.feed.news
}

// show adds facts, two places apart, and wakes who waits.
func (d *fakeFeed) show(facts ...services.Fact) {
	d.feed.Lock()
	defer d.feed.Unlock()
	for _, f := range facts {
		d.feed.told = append(d.feed.told, desk.Told{Place: uint64(2*len(d.feed.told) + 2), Fact: f})
	}
	if d.feed.news != nil {
		close(d.feed.news)
		d.feed.news = nil
	}
}

// Event holds one event of one case, whatever the feed has.
func (d *fakeFeed) Event(_ context.Context, name, event string) (services.Fact, error) {
	d.feed.Lock()
	defer d.feed.Unlock()
	for _, e := range d.feed.told {
		if e.Fact.Scope().ID == name && e.Fact.ID() == event {
			return e.Fact, nil
		}
	}
	if name != caseID && name != schemas.Reference(caseID) || event != eventID {
		return services.Fact{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	raw, err := signedVisit()
	return services.Fact{Bytes: raw}, cmp.Or(d.feed.err, err)
}

// signedVisit is the event of visit, as a desk signs it.
func signedVisit() ([]byte, error) {
	e, err := schemas.Draft{
		ID: eventID, Author: schemas.Party{Agency: labour}, Type: "visit.recorded", Subject: caseID, Time: time.Unix(1795400000, 0),
		Data: json.RawMessage(`{"kind":"routine","area":{"kind":"province","code":"TH-74"},"sector":"C","month":"2026-11"}`),
	}.Event()
	if err != nil {
		return nil, err
	}
	return schemas.Encode(e, "c2lnbmVk")
}

// told makes facts: the first of each case opens it, so to speak.
func told(t testing.TB, n, cases int, names ...string) []services.Fact {
	t.Helper()
	facts, dawn := make([]services.Fact, n), time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC)
	for i := range facts {
		d := schemas.Draft{
			ID: schemas.DeriveEventID(dawn, "test", fmt.Sprint(i), "", 0), Author: schemas.Party{Agency: labour},
			Type: "case.linked", Subject: fmt.Sprintf("%032x", i%cases+1), Time: dawn,
			Data: schemas.CaseLinked{Link: schemas.Link{Relation: "family", Case: caseID}},
		}
		if len(names) > 0 && names[i%len(names)] == "referral.held" {
			d.Type, d.Data = "referral.held", schemas.ReferralHeld{InReferral: schemas.InReferral{Referral: referral}, Reason: "other"}
		}
		e, err := d.Event()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := schemas.Encode(e, "c2lnbmVk")
		if err != nil {
			t.Fatal(err)
		}
		if facts[i], err = services.NewFact(raw, uint64(i), dawn, ""); err != nil {
			t.Fatal(err)
		}
	}
	return facts
}

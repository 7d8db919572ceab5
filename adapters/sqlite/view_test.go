package sqlite_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

const (
	caseA  = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
	caseB  = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"
	eventA = "01a20647-3660-7aaa-9ee7-f93b091b009a"
	eventB = "01a20647-3660-7bbb-9ee7-f93b091b009a"
	eventC = "01a20647-3660-7ccc-9ee7-f93b091b009a"
)

var dawn = time.Date(2026, 11, 23, 2, 41, 7, 123e6, time.UTC)

func newContext() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}

// write encodes an event with a signature that nobody checks here.
func write(t testing.TB, d schemas.Draft) []byte {
	t.Helper()
	e, err := d.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, "c2lnbmVk")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// linked is a fact of a case.
func linked(t testing.TB, id, subject string, sequence uint64) services.Fact {
	t.Helper()
	return fact(t, schemas.Draft{
		ID: id, Author: schemas.Party{Agency: "labour-samutsakhon"}, Type: "case.linked",
		Subject: subject, Time: dawn, Data: schemas.CaseLinked{Link: schemas.Link{Relation: "part_of", Case: caseB}},
	}, sequence)
}

func fact(t testing.TB, d schemas.Draft, sequence uint64) services.Fact {
	t.Helper()
	f, err := services.NewFact(write(t, d), sequence, dawn, "ledger.example")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// put stores a fact, and the case as it were with one referral and one item.
func put(t testing.TB, v *sqlite.View, f services.Fact) {
	t.Helper()
	err := v.Put(t.Context(), desk.Change{Fact: f, Case: &desk.Case{
		ID: f.Scope().ID, Changed: dawn.Add(time.Duration(f.Sequence) * time.Second),
		Referrals: []desk.Referral{{ID: f.Scope().ID}}, Items: []desk.Item{{Need: desk.NeedDecide}},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func factsOf(t testing.TB, v *sqlite.View, id string) []string {
	t.Helper()
	facts, err := v.Facts(t.Context(), schemas.Scope{Kind: schemas.ScopeCase, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range facts {
		ids = append(ids, f.ID())
	}
	return ids
}

func expect[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	v := open(t, t.TempDir()).View
	late, early := linked(t, eventA, caseA, 9), linked(t, eventB, caseA, 3)
	for _, f := range []services.Fact{late, early, late, linked(t, eventA, caseB, 5)} {
		put(t, v, f)
	}
	expect(t, "in ledger order, each once", factsOf(t, v, caseA), []string{eventB, eventA})
	expect(t, "one id in two scopes", factsOf(t, v, caseB), []string{eventA})

	facts, err := v.Facts(t.Context(), schemas.Scope{Kind: schemas.ScopeCase, ID: caseA})
	if err != nil {
		t.Fatal(err)
	}
	got := facts[1]
	if !bytes.Equal(got.Bytes, late.Bytes) || got.Sequence != 9 || !got.Recorded.Equal(dawn) || got.Subject != "ledger.example" {
		t.Errorf("fact: %d, %v, %s", got.Sequence, got.Recorded, got.Subject)
	}
	all, err := v.Facts(t.Context(), schemas.Scope{Kind: schemas.ScopeCase})
	if err != nil || len(all) != 3 {
		t.Errorf("facts of the kind: %d, %v", len(all), err)
	}
}

func TestCases(t *testing.T) {
	t.Parallel()
	v := open(t, t.TempDir()).View
	put(t, v, linked(t, eventA, caseA, 1))
	put(t, v, linked(t, eventB, caseB, 2))
	quiet := "ccccccccccccccccccccccccccccccc3"
	err := v.Put(t.Context(), desk.Change{
		Fact: linked(t, eventC, quiet, 3), Case: &desk.Case{ID: quiet, Changed: dawn.Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		q    desk.Query
		want []string
	}{
		{"all", desk.Query{}, []string{quiet, caseB, caseA}},
		{"one", desk.Query{Prefix: caseA}, []string{caseA}},
		{"a reference", desk.Query{Prefix: caseB[:10]}, []string{caseB}},
		{"a needle", desk.Query{Prefix: "' OR 1=1 --"}, nil},
		{"with something to do", desk.Query{Needs: true}, []string{caseB, caseA}},
		{"of a referral", desk.Query{Referral: caseA}, []string{caseA}},
		{"of no referral", desk.Query{Referral: quiet}, nil},
		{"few", desk.Query{Limit: 2}, []string{quiet, caseB}},
	} {
		cases, err := v.Cases(t.Context(), row.q)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		var ids []string
		for _, c := range cases {
			ids = append(ids, c.ID)
		}
		expect(t, row.name, ids, row.want)
	}
}

// What is withdrawn is not in any file any more, while they are open.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	v := open(t, folder).View
	gone := linked(t, eventA, caseA, 1)
	put(t, v, gone)
	put(t, v, linked(t, eventA, caseB, 1))
	ended := fact(t, schemas.Draft{
		ID: eventC, Author: schemas.Party{Service: schemas.Delivery}, Type: "access.ended", Subject: caseA, Time: dawn,
		Data: schemas.AccessEnded{Cause: eventB, Events: []string{eventA}},
	}, 2)
	if !inFolder(t, folder, gone.Bytes) {
		t.Fatal("the test looks for bytes that never were there")
	}
	err := v.Put(t.Context(), desk.Change{Fact: ended, Withdrawn: []desk.Location{{Scope: gone.Scope(), Event: eventA}}})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "facts", factsOf(t, v, caseA), []string{eventC})
	expect(t, "of another case", factsOf(t, v, caseB), []string{eventA})
	if cases, err := v.Cases(t.Context(), desk.Query{Referral: caseA}); err != nil || len(cases) > 0 {
		t.Errorf("the case is listed: %v, %v", cases, err)
	}
	if inFolder(t, folder, gone.Bytes) {
		t.Error("the withdrawn event is still on the disk")
	}
}

func inFolder(t *testing.T, folder string, needle []byte) bool {
	t.Helper()
	for _, name := range []string{"view.db", "view.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err == nil && bytes.Contains(raw, needle) {
			return true
		}
	}
	return false
}

// A change is stored whole or not at all.
func TestHalfAChange(t *testing.T) {
	t.Parallel()
	v := open(t, t.TempDir()).View
	put(t, v, linked(t, eventA, caseA, 1))
	twice := &desk.Case{ID: caseA, Referrals: []desk.Referral{{ID: caseB}, {ID: caseB}}}
	err := v.Put(t.Context(), desk.Change{Fact: linked(t, eventB, caseA, 2), Case: twice,
		Withdrawn: []desk.Location{{Scope: schemas.Scope{Kind: schemas.ScopeCase, ID: caseA}, Event: eventA}}})
	if err == nil {
		t.Fatal("a case with one referral twice was stored")
	}
	expect(t, "facts", factsOf(t, v, caseA), []string{eventA})
	if cases, err := v.Cases(t.Context(), desk.Query{Referral: caseA}); err != nil || len(cases) != 1 {
		t.Errorf("the case is not as it was: %v, %v", cases, err)
	}
}

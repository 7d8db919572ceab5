package casefile_test

import (
	"fmt"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// benchCase is a case of 2,500 events, most of them links.
func benchCase(b *testing.B) (*world, []services.Fact) {
	b.Helper()
	w := sixAgencies(&testing.T{})
	w.tell("09:00 labour-one case.opened P1 origin=self")
	w.tell("09:01 labour-one referral.requested P1 referral=R1")
	for i := len(w.facts); i < 2500; i++ {
		raw := w.write(schemas.Draft{
			Author: schemas.Party{Agency: "labour-one"}, Type: "case.linked", Subject: w.id("P1"),
			Time: w.facts[0].Recorded, Data: schemas.CaseLinked{Link: schemas.Link{Relation: "part_of", Case: fmt.Sprintf("%032x", i+1000)}},
		})
		f, err := services.NewFact(raw, uint64(i+1), w.facts[0].Recorded, "")
		if err != nil {
			b.Fatal(err)
		}
		w.facts = append(w.facts, f)
	}
	return w, w.facts
}

func BenchmarkFold(b *testing.B) {
	_, facts := benchCase(b)
	for b.Loop() {
		casefile.Fold(facts)
	}
}

func BenchmarkEntitled(b *testing.B) {
	w, facts := benchCase(b)
	s := casefile.Fold(facts)
	for b.Loop() {
		casefile.Entitled(s, w)
	}
}

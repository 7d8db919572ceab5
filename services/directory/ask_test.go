package directory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/directory"
)

func ask(t *testing.T, d *directory.Directory, request services.AskRequest) services.AskReply {
	t.Helper()
	reply, err := answer(d, services.Party{Agency: labour}, services.VerbAsk, request)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func answer(d *directory.Directory, from services.Party, verb string, request any) (services.AskReply, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return services.AskReply{}, err
	}
	reply, _, err := d.Answer(context.Background(), from, services.Request{Verb: verb, Body: body})
	if err != nil {
		return services.AskReply{}, err
	}
	return reply.(services.AskReply), nil
}

func full(t *testing.T) *directory.Directory {
	d := directory.New()
	apply(t, d,
		fact(t, 1, "agency.registered", schemas.HubAgency, registered("hub")),
		fact(t, 2, "agency.registered", labour, registered("labour_office")),
		fact(t, 3, "agency.registered", shelter, registered("shelter", beds)),
		fact(t, 4, "agency.registered", harbour, registered("shelter", schemas.ServiceLine{Service: "shelter", Capacity: "none"})),
		fact(t, 5, "agency.changed", shelter, schemas.AgencyChanged{Status: "active"}),
	)
	return d
}

func sequences(reply services.AskReply) []uint64 {
	var all []uint64
	for _, e := range reply.Events {
		all = append(all, e.Sequence)
	}
	return all
}

func TestAskForAll(t *testing.T) {
	t.Parallel()
	d := full(t)
	reply := ask(t, d, services.AskRequest{})
	if got := sequences(reply); !slices.Equal(got, []uint64{1, 2, 3, 4, 5}) || reply.Candidates != nil {
		t.Errorf("events %v, candidates %v; want all events in order and no candidates", got, reply.Candidates)
	}
	cache := directory.New() // a desk's
	for _, e := range reply.Events {
		f, err := e.Fact()
		if err != nil {
			t.Fatal(err)
		}
		apply(t, cache, f)
	}
	if diff := cmp.Diff(d.Agencies(), cache.Agencies()); diff != "" {
		t.Errorf("a desk's cache (-hub +desk):\n%s", diff)
	}
}

func TestAskForARoute(t *testing.T) {
	t.Parallel()
	route := schemas.ReferralRequested{Service: "shelter", Area: province, AgeClass: "adult"}
	reply := ask(t, full(t), services.AskRequest{Route: &route})
	if len(reply.Candidates) != 1 || reply.Candidates[0].Agency != shelter {
		t.Errorf("candidates %+v, want the shelter with a bed", reply.Candidates)
	}
	if got := sequences(reply); !slices.Equal(got, []uint64{1, 2, 3, 5}) {
		t.Errorf("events %v, want those of the hub, the asker and the candidate", got)
	}
}

// padded is a fact of an agency in so many bytes, blanks outside its data.
func padded(t *rapid.T, sequence, size int, typ, agency string, data any) services.Fact {
	f := fact(t, sequence, typ, agency, data)
	f, err := services.NewFact(append(f.Bytes, bytes.Repeat([]byte(" "), max(0, size-len(f.Bytes)))...), f.Sequence, f.Recorded, f.Subject)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Whatever the sizes, and wherever the asker stands: the pages together are all
// that it does not have, each once and in order, and each fits into a message.
func TestPagesAreTheWhole(t *testing.T) {
	t.Parallel()
	const message = 500 << 10 // of the bus, without what is around an answer
	rapid.Check(t, func(t *rapid.T) {
		d := directory.New()
		var all []uint64
		sequence := 0
		for range rapid.IntRange(0, 10).Draw(t, "facts") {
			sequence += rapid.IntRange(1, 1<<40).Draw(t, "others between")
			size := rapid.SampledFrom([]int{0, 5_000, 90_000, 140_000, schemas.MaxEvent}).Draw(t, "size")
			agency := rapid.SampledFrom([]string{labour, shelter, harbour}).Draw(t, "agency")
			if rapid.Bool().Draw(t, "registers") {
				apply(t, d, padded(t, sequence, size, "agency.registered", agency, registered("shelter", beds)))
			} else {
				status := rapid.SampledFrom([]string{"active", "suspended", "closed"}).Draw(t, "status")
				apply(t, d, padded(t, sequence, size, "agency.changed", agency, schemas.AgencyChanged{Status: status}))
			}
			all = append(all, uint64(sequence))
		}
		request := services.AskRequest{After: rapid.SampledFrom(append([]uint64{0, 7}, all...)).Draw(t, "after")}
		want := slices.DeleteFunc(slices.Clone(all), func(s uint64) bool { return s <= request.After })
		var got []uint64
		for more := true; more; {
			reply, err := answer(d, services.Party{Agency: labour}, services.VerbAsk, request)
			if err != nil {
				t.Fatal(err)
			}
			if raw, err := json.Marshal(reply); err != nil || len(raw) > message {
				t.Fatalf("a page of %d bytes, %v", len(raw), err)
			}
			if more = reply.More; more && len(reply.Events) == 0 {
				t.Fatal("more, behind nothing")
			}
			got = append(got, sequences(reply)...)
			if more {
				request.After = got[len(got)-1]
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("pages hold %v, want %v", got, want)
		}
	})
}

func TestAskRefuses(t *testing.T) {
	t.Parallel()
	d := full(t)
	for _, test := range []struct {
		name    string
		from    services.Party
		verb    string
		request any
		kind    services.Kind
		problem schemas.Problem
	}{
		{"a service", services.Party{Service: schemas.Routing}, services.VerbAsk, services.AskRequest{}, services.Forbidden, schemas.Problem{}},
		{"another verb", services.Party{Agency: labour}, services.VerbOpen, services.AskRequest{}, services.Invalid, schemas.Problem{}},
		{"no request", services.Party{Agency: labour}, services.VerbAsk, "words", services.Invalid, schemas.Problem{}},
		{"no service", services.Party{Agency: labour}, services.VerbAsk,
			services.AskRequest{Route: &schemas.ReferralRequested{Area: province, AgeClass: "adult"}},
			services.Invalid, schemas.Problem{Pointer: "/route/service", Code: "required"}},
		{"area of no kind", services.Party{Agency: labour}, services.VerbAsk,
			services.AskRequest{Route: &schemas.ReferralRequested{Service: "shelter", Area: schemas.Area{Kind: "moon"}, AgeClass: "adult"}},
			services.Invalid, schemas.Problem{Pointer: "/route/area/kind", Code: "enum"}},
		{"age that is no class", services.Party{Agency: labour}, services.VerbAsk,
			services.AskRequest{Route: &schemas.ReferralRequested{Service: "shelter", Area: province, AgeClass: "17"}},
			services.Invalid, schemas.Problem{Pointer: "/route/age_class", Code: "enum"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := answer(d, test.from, test.verb, test.request)
			if services.KindOf(err) != test.kind {
				t.Fatalf("Answer = %v, want %s", err, test.kind)
			}
			if ps := services.AsError(err).Problems; test.problem != (schemas.Problem{}) && !slices.Equal(ps, []schemas.Problem{test.problem}) {
				t.Errorf("problems %v, want %v", ps, test.problem)
			}
		})
	}
}

package services_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// The table of kinds decides what becomes of a fact, and a bug never stops the
// facts behind it.
func TestRunnerSettlesByKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		handle error
		want   string
		last   string // what becomes of it at the last try
	}{
		{"handled", nil, "1 ack", "1 ack"},
		{"conflict", services.RefuseIn("accepted", "offer_closed"), "1 ack", "1 ack"},
		{"later", services.Refuse(services.Later, services.CodeBusAway), "1 nak 1s", "1 nak 1s"},
		{"unknown", services.Refuse(services.Unknown, services.CodeNotVisible), "1 nak 1s", "1 term unknown.not_visible"},
		{"wrapped", fmt.Errorf("read case: %w", services.Refuse(services.Later, services.CodeMoved)), "1 nak 1s", "1 nak 1s"},
		{"no kind", errors.New("bug"), "1 nak 1s", "1 term internal.bug"},
		{"invalid", services.Refuse(services.Invalid, "schema"), "1 term invalid.schema", "1 term invalid.schema"},
		{"forbidden", services.Refuse(services.Forbidden, "role"), "1 term forbidden.role", "1 term forbidden.role"},
		{"unauthorized", services.Refuse(services.Unauthorized, "signature"), "1 term unauthorized.signature", "1 term unauthorized.signature"},
		{"too large", services.Refuse(services.TooLarge, "too_large"), "1 term too_large.too_large", "1 term too_large.too_large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := &source{}
			first := fact(t, 1, "referral.contact_made", schemas.ReferralContactMade{})
			src.add(&delivery{fact: first, tries: services.MaxTries - 1})
			src.add(&delivery{fact: first, tries: services.MaxTries})
			src.add(&delivery{fact: fact(t, 2, "referral.contact_made", schemas.ReferralContactMade{})})
			s := service{func(f services.Fact) ([]services.Decision, error) {
				if f.Sequence == 1 {
					return nil, test.handle
				}
				return nil, nil
			}}
			if err := (services.Runner{}).Project(t.Context(), src, s); !errors.Is(err, io.EOF) {
				t.Fatalf("Project = %v, want the source's end", err)
			}
			if want := []string{test.want, test.last, "2 ack"}; !slices.Equal(src.log, want) {
				t.Errorf("settled %q, want %q", src.log, want)
			}
		})
	}
}

func TestRunnerTerminatesWhatPanics(t *testing.T) {
	t.Parallel()
	src := &source{}
	src.add(&delivery{fact: fact(t, 1, "referral.contact_made", schemas.ReferralContactMade{})})
	s := service{func(services.Fact) ([]services.Decision, error) { panic("Invented Person One") }}
	var seen error
	r := services.Runner{Observe: func(_ context.Context, name string, _ services.Fact, err error) { seen = err }}
	if err := r.React(t.Context(), src, s); !errors.Is(err, io.EOF) {
		t.Fatalf("React = %v, want the source's end", err)
	}
	if want := []string{"1 term panic"}; !slices.Equal(src.log, want) {
		t.Errorf("settled %q, want %q", src.log, want)
	}
	if services.KindOf(seen) != services.Internal || strings.Contains(seen.Error(), "Invented") {
		t.Errorf("observed %v, want a bug that does not say what the panic said", seen)
	}
	if _, err := r.Ask(t.Context(), s, services.Party{}, services.Request{}); services.KindOf(err) != services.Internal {
		t.Errorf("Ask = %v, want Internal", err)
	}
}

// What is handed to a service out of its turn ends as it would have in its turn,
// but for the trying again: whoever hands it over is told why not.
func TestRunnerHandsOverAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		handle error
		want   string
	}{
		{"handled", nil, ""},
		{"conflict", services.RefuseIn("accepted", "offer_closed"), ""},
		{"later", services.Refuse(services.Later, services.CodeBusAway), "later.bus_away"},
		{"no kind", errors.New("bug"), "internal.bug"},
		{"invalid", services.Refuse(services.Invalid, "schema"), "invalid.schema"},
		{"panic", errors.New("panic"), "panic"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := fact(t, 1, "referral.contact_made", schemas.ReferralContactMade{})
			var handled, observed int
			s := service{func(got services.Fact) ([]services.Decision, error) {
				if handled++; got.ID() != f.ID() {
					t.Error("handed over another fact")
				}
				if test.want == "panic" {
					panic("Invented Person One")
				}
				return nil, test.handle
			}}
			r := services.Runner{Observe: func(context.Context, string, services.Fact, error) { observed++ }}
			for _, l := range []services.Loop{r.Reacting(s), services.Projecting(s)} {
				if got := r.Again(t.Context(), l, f); got != test.want || l.Name != "routing" {
					t.Errorf("%s says %q, want %q", l.Name, got, test.want)
				}
			}
			if handled != 2 || observed != 2 {
				t.Errorf("handled %d times, observed %d times", handled, observed)
			}
			if got := r.Again(t.Context(), r.Reacting(s), fact(t, 2, "case.linked", schemas.CaseLinked{})); got != "" || handled != 2 {
				t.Errorf("a type that it does not handle: %q", got)
			}
		})
	}
}

func TestRunnerTerminatesWhatIsNoFact(t *testing.T) {
	t.Parallel()
	src := &source{}
	src.add(&delivery{err: services.Refuse(services.Invalid, schemas.CodeUnknownType)})
	s := service{func(services.Fact) ([]services.Decision, error) {
		t.Error("handled what is no fact")
		return nil, nil
	}}
	if err := (services.Runner{}).Project(t.Context(), src, s); !errors.Is(err, io.EOF) {
		t.Fatalf("Project = %v, want the source's end", err)
	}
	if want := []string{"0 term invalid.schema_unknown"}; !slices.Equal(src.log, want) {
		t.Errorf("settled %q, want %q", src.log, want)
	}
}

func TestRunnerStops(t *testing.T) {
	t.Parallel()
	s := service{func(services.Fact) ([]services.Decision, error) { return nil, nil }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (services.Runner{}).Project(ctx, &source{}, s); err != nil {
		t.Errorf("Project after its context ended = %v, want nil", err)
	}
	src := &source{}
	src.add(&delivery{fact: fact(t, 1, "referral.contact_made", schemas.ReferralContactMade{}), failed: io.ErrClosedPipe})
	src.add(&delivery{fact: fact(t, 2, "referral.contact_made", schemas.ReferralContactMade{})})
	if err := (services.Runner{}).Project(t.Context(), src, s); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Project = %v, want that it could not settle", err)
	}
	if len(src.deliveries) != 1 {
		t.Error("went on although it could not settle")
	}
}

// A decision becomes an event whose id, time and cause come from the fact that
// it follows from: whoever decides the same, decides the same event.
func TestRunnerPublishes(t *testing.T) {
	t.Parallel()
	cause := fact(t, 1, "referral.contact_made", schemas.ReferralContactMade{})
	decide := service{func(f services.Fact) ([]services.Decision, error) {
		decided := make([]services.Decision, 2)
		for i := range decided {
			decided[i] = services.Decision{Type: "referral.no_receiver", Subject: "somewhere", Cause: f, Ordinal: i}
		}
		return decided, nil
	}}
	var want []string
	for i := range 2 {
		id := schemas.DeriveEventID(cause.Recorded, "routing", cause.ID(), "referral.no_receiver", i)
		want = append(want, fmt.Sprintf("urn:saphan:hub:routing %s referral.no_receiver %s somewhere %s",
			id, cause.ID(), schemas.FormatTime(cause.Recorded)))
	}
	refused := services.RefuseIn("accepted", "offer_closed")
	later := services.Refuse(services.Later, services.CodeBusAway)
	for _, test := range []struct {
		name      string
		answers   []error
		submitted []string
		settled   string
	}{
		{"both", nil, want, "1 ack"},
		{"first decided before", []error{refused}, want, "1 ack"},
		{"both decided before", []error{refused, refused}, want, "1 ack"},
		{"first later", []error{later}, want[:1], "1 nak 1s"},
		{"second later", []error{nil, later}, want, "1 nak 1s"},
		{"first refused", []error{services.Refuse(services.Invalid, "schema")}, want[:1], "1 nak 1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := (&source{}).add(&delivery{fact: cause})
			g := &gate{answers: test.answers}
			r := services.Runner{Gate: g, Author: author{}}
			if err := r.React(t.Context(), src, decide); !errors.Is(err, io.EOF) {
				t.Fatalf("React = %v, want the source's end", err)
			}
			if !slices.Equal(g.submitted, test.submitted) {
				t.Errorf("submitted\n%s\nwant\n%s", strings.Join(g.submitted, "\n"), strings.Join(test.submitted, "\n"))
			}
			if !slices.Equal(src.log, []string{test.settled}) {
				t.Errorf("settled %q, want %q", src.log, test.settled)
			}
		})
	}
}

func TestRunnerHandsAReactorOnlyWhatItHandles(t *testing.T) {
	t.Parallel()
	src := &source{}
	src.add(&delivery{fact: fact(t, 1, "case.linked", schemas.CaseLinked{})})
	src.add(&delivery{fact: fact(t, 2, "referral.contact_made", schemas.ReferralContactMade{})})
	var handled []uint64
	s := service{func(f services.Fact) ([]services.Decision, error) {
		handled = append(handled, f.Sequence)
		return nil, nil
	}}
	if err := (services.Runner{}).React(t.Context(), src, s); !errors.Is(err, io.EOF) {
		t.Fatalf("React = %v, want the source's end", err)
	}
	if !slices.Equal(handled, []uint64{2}) || !slices.Equal(src.log, []string{"1 ack", "2 ack"}) {
		t.Errorf("handled %v, settled %q; want 2 alone handled, both acknowledged in order", handled, src.log)
	}
}

// An answer leaves only with all that it decided in the ledger. When it was
// overtaken it is made anew.
func TestRunnerAnswersAfterFiling(t *testing.T) {
	t.Parallel()
	refused := services.RefuseIn("revoked", "ended")
	for _, test := range []struct {
		name     string
		answers  []error // of the gate
		own      error   // of the answerer
		kind     services.Kind
		answered int
	}{
		{"filed", nil, nil, "", 1},
		{"overtaken once", []error{refused}, nil, "", 2},
		{"overtaken for ever", []error{refused, refused, refused, refused}, nil, services.Later, 3},
		{"not filed", []error{services.Refuse(services.Later, services.CodeBusAway)}, nil, services.Later, 1},
		{"refused itself", nil, refused, services.Conflict, 1},
		{"moved itself", nil, services.Refuse(services.Later, services.CodeMoved), services.Later, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answered := 0
			s := service{func(f services.Fact) ([]services.Decision, error) {
				answered++
				return []services.Decision{{Type: "content.opened", Cause: fact(t, 1, "case.opened", schemas.CaseOpened{})}}, test.own
			}}
			r := services.Runner{Gate: &gate{answers: test.answers}, Author: author{}}
			reply, err := r.Ask(t.Context(), s, services.Party{Agency: "labour-example"}, services.Request{})
			if services.KindOf(err) != test.kind || answered != test.answered {
				t.Errorf("Ask = %v after %d answers, want kind %q after %d", err, answered, test.kind, test.answered)
			}
			if (err == nil) != (reply == "reply") {
				t.Errorf("reply %v together with error %v", reply, err)
			}
		})
	}
}

func TestRunnerCannotWrite(t *testing.T) {
	t.Parallel()
	src := (&source{}).add(&delivery{fact: fact(t, 1, "referral.contact_made", schemas.ReferralContactMade{})})
	s := service{func(f services.Fact) ([]services.Decision, error) {
		return []services.Decision{{Type: "referral.no_receiver", Cause: f}}, nil
	}}
	g := &gate{}
	r := services.Runner{Gate: g, Author: author{err: errors.New("no key")}}
	if err := r.React(t.Context(), src, s); !errors.Is(err, io.EOF) {
		t.Fatalf("React = %v, want the source's end", err)
	}
	if len(g.submitted) != 0 || !slices.Equal(src.log, []string{"1 nak 1s"}) {
		t.Errorf("submitted %q, settled %q; want nothing, tried again", g.submitted, src.log)
	}
}

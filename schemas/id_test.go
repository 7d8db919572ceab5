package schemas_test

import (
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

func TestGrammarsOfIDs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		valid func(string) bool
		good  string
	}{
		{"agency", schemas.ValidAgency, "shelter-harbour"},
		{"id", schemas.ValidID, caseID},
		{"event", schemas.ValidEventID, eventID},
		{"digest", schemas.ValidDigest, schemas.Digest(nil)},
	} {
		if !tc.valid(tc.good) {
			t.Errorf("%s refuses %q", tc.name, tc.good)
		}
		for _, s := range append(awkward, tc.good+"\n", tc.good+".", " "+tc.good) { // groups 26, 27
			if tc.valid(s) {
				t.Errorf("%s takes %.40q", tc.name, s)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-4, "abc"
	if got := schemas.Digest([]byte("abc")); got != abc {
		t.Error(got)
	}
}

func TestPartiesAndSources(t *testing.T) {
	t.Parallel()
	for _, p := range []schemas.Party{{Agency: "shelter-harbour"}, {Service: schemas.Routing}} {
		if got, ok := schemas.ParseSource(p.Source()); !ok || got != p {
			t.Errorf("%s reads as %+v", p.Source(), got)
		}
	}
	e, err := schemas.Decode(accepted(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := schemas.AuthorOf(e); got != "shelter-harbour" {
		t.Error(got)
	}
}

func TestWhatIsNoCaseHasNoReferenceAndNoTrace(t *testing.T) {
	t.Parallel()
	for _, s := range awkward {
		if got := schemas.Reference(s); got != "" {
			t.Errorf("%.40q has the reference %s", s, got)
		}
		if got := schemas.TraceParent(schemas.Scope{Kind: schemas.ScopeCase, ID: s}, eventID); got != "" {
			t.Errorf("%.40q has the trace %s", s, got)
		}
		if _, ok := schemas.EventTime(s); ok {
			t.Errorf("%.40q holds a time", s)
		}
	}
}

func TestReferenceForgivesHowItIsTyped(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"K7QM-3F9X-S": "99ef41bd3d", "k7qm3f9xs": "99ef41bd3d", " k7qm-3f9x-s ": "99ef41bd3d",
		"K7QM-3F9X-T": "", "K7QM-3F9X": "", "K7QM-3F9U-S": "", "": "", "K7QM-3F9X-S-S": "",
	} {
		if got, _ := schemas.ParseReference(s); got != want {
			t.Errorf("%q means %q, want %q", s, got, want)
		}
	}
}

func TestDeriveIDIsTheSameForTheSame(t *testing.T) {
	t.Parallel()
	const cause = "0190163d-8694-739b-aea5-966c26f8ad91"
	id := schemas.DeriveID("shelter-harbour", cause, "referral")
	if !schemas.ValidID(id) || id != schemas.DeriveID("shelter-harbour", cause, "referral") {
		t.Errorf("derived id %q", id)
	}
	for _, other := range []string{
		schemas.DeriveID("shelter-riverside", cause, "referral"), schemas.DeriveID("shelter-harbour", cause, "case"),
	} {
		if other == id {
			t.Error("another cause has the same id")
		}
	}
}

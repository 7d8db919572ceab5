package schemas_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
)

func TestASentenceNamesTheLimitAndTheMember(t *testing.T) {
	t.Parallel()
	offer := func(member string) string {
		return `{"sex":"male","age_band":"18-24","urgent_medical":"no",` + member + `}`
	}
	for _, tc := range []struct{ schema, data, want, meaning string }{
		{"referral.requested", requested(`{"kind":"province"}`),
			"Fill this in when kind is province: a code of the list area (77).", "Province, ISO 3166-2:TH; only with kind province."},
		{"referral.requested", requested(`{"kind":"at_sea","code":"TH-74"}`), "Give only kind unless kind is province.", "Where help is needed."},
		{"referral.no_receiver", `{"referral":7}`, "Give another kind of value here: in quotes, 32 lower-case hex digits, not all zero.", "The referral that it is about."},
		{"referral.no_receiver", `{"referral":"7"}`, "Write it so: 32 lower-case hex digits, not all zero.", "The referral that it is about."},
		{"referral.no_receiver", `{"referral":"` + referral + `","x":1}`, "Leave out what is none of: referral.", ""},
		{"case.opened", `{"kind":"situation","origin":"tip","lead":"ngo-x","sealed":[{"section":"identity","digest":"` + strings.Repeat("ab", 32) + `"}]}`,
			"Use this value when kind is situation: site.", ""},
		{"agency.changed", `{"keys":[{"use":"signing","key":"QUJD"}]}`, "Write it so when use is signing: text that fits ^[A-Za-z0-9+/]{43}=$.", ""},
		{"section.offer", offer(`"nights":366`), "Use a number of at most 365.", "For how many nights, as far as known; 0 for none."},
		{"section.offer", offer(`"nights":-1`), "Use a number of at least 0.", ""},
		{"section.offer", offer(`"call_back":"` + strings.Repeat("1", 25) + `"`), "Shorten this to at most 24 characters.", ""},
		{"section.offer", offer(`"knows":""`), "Fill this in: text, at most 4000 characters; it may have line breaks.", ""},
		{"section.offer", offer(`"pick_up":{}`), "Fill this in: an object with kind, code.", "Province of the meeting; never an address."},
		{"section.offer", offer(`"already_called":[` + strings.Repeat(`{"whom":"a"},`, 10) + `{"whom":"a"}]`), "Give at most 10.", ""},
		{"section.identity", `{}`, "Fill in at least 1 of: name, other_names, born, age_stated, age_in_document, sex, recognised_by.", ""},
		{"finding.recorded", `{"violations":["none_found","violence"],"area":{"kind":"at_sea"},"sector":"A","month":"2026-11","people":"1"}`,
			"Give at most 1 when none_found is among them.", ""},
	} {
		ps := problemsIn(t, tc.schema, tc.data)
		if len(ps) != 1 {
			t.Errorf("%s: %d problems", tc.schema, len(ps))
			continue
		}
		if got := schemas.Sentence(ps[0], "en"); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.schema, ps[0].Pointer, got, tc.want)
		}
		if got := schemas.Meaning(ps[0]); tc.meaning != "" && got != tc.meaning {
			t.Errorf("%s %s means %q", tc.schema, ps[0].Pointer, got)
		}
	}
}

func problemsIn(t testing.TB, name, data string) schemas.Problems {
	t.Helper()
	err := schemas.CheckData(name, []byte(data))
	if section, ok := strings.CutPrefix(name, "section."); ok {
		err = schemas.CheckSection(section, []byte(data))
	}
	var ps schemas.Problems
	if err != nil && !errors.As(err, &ps) {
		t.Fatal(err)
	}
	return ps
}

func TestASentenceAboutTheEnvelopeSaysHowToWriteIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ member, value, want string }{
		{"id", `"x"`, "Write it so: a new id that you make for this event"},
		{"subject", `"x"`, "Write it so: what it is about"},
		{"time", `"yesterday"`, "Write it so: when it happened: an instant in UTC, as in 2026-11-23T02:41:00Z"},
		{"type", "", "Fill this in: the type of event"},
		{"type", `"org.saphan.referral.eaten.v1"`, "Use a type of event that this version knows; saphan schema ls lists them."},
		{"colour", `"red"`, "Leave out what is none of: specversion, id, source,"},
		{"dssematerial", `"x"`, "Leave this out: the desk writes it."},
		{"data", `{"referral":"` + referral + `","sections":{"offer":{}}}`, "Leave out the sections: none can come with this type."},
	} {
		_, err := schemas.DecodeOpen(set(t, example(t, "referral.revoked", ".ok.json"), tc.member, tc.value), labour)
		var ps schemas.Problems
		if !errors.As(err, &ps) || !strings.HasPrefix(schemas.Sentence(ps[0], "en"), tc.want) {
			t.Errorf("%s: %v: %q", tc.member, err, schemas.Sentence(append(ps, schemas.Problem{})[0], "en"))
		}
	}
}

// Whatever is wrong with an example, its sentence is whole in both languages.
func TestEverySentenceIsWhole(t *testing.T) {
	t.Parallel()
	r := pcg(7)
	all := breeds(t)
	seen := map[string]bool{}
	for range 20_000 {
		b := pick(r, all...)
		mutant, ok := mutate(r, b.good, pick(r, mutations...))
		if !ok {
			continue
		}
		for _, p := range problemsIn(t, b.name, quoteJSON(t, mutant)) {
			seen[p.Code] = true
			en, th := schemas.Sentence(p, "en"), schemas.Sentence(p, "th")
			if en == "" || en == th || placeholder.MatchString(en+th) || strings.Contains(en, "its schema") {
				t.Errorf("%s %s %s: %q, %q", b.name, p.Code, p.Rule, en, th)
			}
			if p.Rule != "" && schemas.Meaning(p) == "" {
				t.Errorf("%s: nobody says what the member means: %s", b.name, p.Rule)
			}
		}
	}
	for _, code := range strings.Fields("required enum type additionalProperties pattern not minLength maxLength minItems maxItems uniqueItems minProperties maxProperties minimum maximum") {
		if !seen[code] {
			t.Errorf("no mutant had a problem %s", code)
		}
	}
}

func quoteJSON(t testing.TB, v any) string {
	t.Helper()
	return string(marshal(t, v))
}

// A problem can come from another party, with any rule.
func TestARuleOfOthersIsHarmless(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SliceOf(rapid.SampledFrom(strings.Fields("properties area then else if items $ref allOf required 0 -1 x ~1 enum $defs"))).Draw(t, "tokens")
		p := schemas.Problem{Code: "required", Pointer: "/data/x", Rule: rapid.SampledFrom([]string{
			"urn:saphan:schema:referral.requested.v1#", "urn:saphan:schema:common#", "", "#", "x#",
		}).Draw(t, "id") + "/" + strings.Join(tokens, "/")}
		if schemas.Sentence(p, "en") == "" {
			t.Error("no sentence")
		}
		_ = schemas.Meaning(p)
	})
}

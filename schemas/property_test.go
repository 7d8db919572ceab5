package schemas_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
)

// Generators of what ids are made of.
var (
	instants = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMilli(rapid.Int64Range(946684800000, 7258118399999).Draw(t, "ms")).UTC()
	})
	randomIDs = rapid.Custom(func(t *rapid.T) string {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")
		return hex.EncodeToString(append(b[:15], b[15]|1))
	})
	agencies = rapid.StringMatching(`[a-z][a-z0-9-]{3,30}`)
)

func TestDerivedIDsHoldTheirInstant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at, author := instants.Draw(t, "at"), agencies.Draw(t, "author")
		cause, typ := rapid.String().Draw(t, "cause"), rapid.String().Draw(t, "type")
		id := schemas.DeriveEventID(at, author, cause, typ, 0)
		if got, ok := schemas.EventTime(id); !ok || !got.Equal(at) {
			t.Fatalf("%s holds %v, want %v", id, got, at)
		}
		if id != schemas.DeriveEventID(at, author, cause, typ, 0) {
			t.Fatal("the same cause gives two ids")
		}
		if id == schemas.DeriveEventID(at, author, cause, typ, 1) {
			t.Fatal("two ordinals give one id")
		}
	})
}

func TestNewIDsHaveTheirGrammar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at, fill := instants.Draw(t, "at"), rapid.Byte().Draw(t, "byte")
		g := schemas.IDs{Now: func() time.Time { return at }, Fill: func(b []byte) {
			for i := range b {
				b[i] = fill
			}
			fill++ // so that all zero bytes do not come for ever
		}}
		if id := g.ID(); !schemas.ValidID(id) {
			t.Fatalf("id %q", id)
		}
		id := g.EventID()
		if got, ok := schemas.EventTime(id); !ok || !got.Equal(at) {
			t.Fatalf("event id %q", id)
		}
	})
}

func TestReferenceLeadsBackToTheCase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := randomIDs.Draw(t, "id")
		ref := schemas.Reference(id)
		typed := ref
		if rapid.Bool().Draw(t, "as typed") {
			typed = strings.NewReplacer("-", "", "0", "o", "1", "l").Replace(" " + strings.ToLower(ref))
		}
		if prefix, ok := schemas.ParseReference(typed); !ok || prefix != id[:10] {
			t.Fatalf("%q leads to %q, not to %q", typed, prefix, id)
		}
	})
}

func TestReferenceCatchesOneWrongSign(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ref := strings.ReplaceAll(schemas.Reference(randomIDs.Draw(t, "id")), "-", "")
		i := rapid.IntRange(0, len(ref)-1).Draw(t, "place")
		sign := rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ")).Draw(t, "sign")
		wrong := ref[:i] + string(sign) + ref[i+1:]
		if _, ok := schemas.ParseReference(wrong); ok && wrong != ref {
			t.Fatalf("%q passes for %q", wrong, ref)
		}
	})
}

func TestEncodedEventsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draft(t)
		e, err := d.Event()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := schemas.Encode(e, signature)
		if err != nil {
			t.Fatal(err)
		}
		got, err := schemas.Decode(raw)
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		if !bytes.Equal(got.Data(), e.Data()) || !bytes.Contains(raw, got.Data()) {
			t.Fatalf("data changed: %s, %s", e.Data(), got.Data())
		}
		e.SetExtension(schemas.ExtSignature, signature)
		again, err := schemas.Encode(got, schemas.Extension(got, schemas.ExtSignature))
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("written again it differs: %v\n%s\n%s", err, raw, again)
		}
		if diff := cmp.Diff(e.Extensions(), got.Extensions()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func draft(t *rapid.T) schemas.Draft {
	typ := rapid.SampledFrom(schemas.Types()).Draw(t, "type")
	d := schemas.Draft{
		Author: schemas.Party{Agency: agencies.Draw(t, "agency")}, Type: typ.Name,
		Time: instants.Draw(t, "time"), Subject: randomIDs.Draw(t, "subject"),
		Data: rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "data"),
	}
	if typ.Author != schemas.AnyAgency {
		d.Author = schemas.Party{Service: typ.Author}
	}
	if typ.Scope == schemas.ScopeAgency {
		d.Subject = agencies.Draw(t, "directory")
	}
	d.ID = schemas.DeriveEventID(d.Time, d.Subject, "", d.Type, 0)
	if rapid.Bool().Draw(t, "caused") {
		d.Cause = schemas.DeriveEventID(d.Time, d.Subject, "", d.Type, 1)
	}
	return d
}

// seed adds every example to the corpus.
func seed(f *testing.F) {
	f.Helper()
	paths, err := filepath.Glob("*/*.ok.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, s := range []string{"", "{}", "[", `{"data":{"n":1e999}}`, `{"id":"\ud800"}`, "\uFEFF{}"} {
		f.Add([]byte(s))
	}
}

// isProblems reports whether a refusal is a list with codes that have sentences.
func isProblems(err error) bool {
	var ps schemas.Problems
	if !errors.As(err, &ps) || len(ps) == 0 {
		return false
	}
	for _, p := range ps {
		if p.Code == "" || schemas.Label("problem", p.Code, "en") == p.Code {
			return false
		}
	}
	return true
}

func FuzzDecode(f *testing.F) {
	seed(f)
	f.Add(accepted(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := schemas.Decode(raw)
		if err != nil {
			if !isProblems(err) {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		if !bytes.Contains(raw, e.Data()) || !json.Valid(e.Data()) || !schemas.ScopeOf(e).Valid() || e.Validate() != nil {
			t.Fatal("accepted, but is no event")
		}
		if err := schemas.Check(e); err != nil && !isProblems(err) {
			t.Fatalf("checked without a reason: %v", err)
		}
	})
}

func FuzzDecodeOpen(f *testing.F) {
	seed(f)
	f.Add(schemas.Example())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := schemas.DecodeOpenBatch(raw, labour); err != nil && !isProblems(err) {
			t.Fatalf("refused without a reason: %v", err)
		}
		o, err := checkOpen(raw)
		if err != nil {
			if !isProblems(err) {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		typ, ok := schemas.TypeNamed(o.Type)
		if !ok || !json.Valid(o.Data) {
			t.Fatal("accepted, but is no event")
		}
		if _, err := typ.Payload(o.Data); err != nil {
			t.Fatalf("accepted, but does not fit its struct: %v", err)
		}
	})
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"K7QM-3F9X-S", "k7qm3f9xs", "", "--------", "00000000O", "ſſſſ-ſſſſ-ſ", "K7QM-3F9X-*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		prefix, ok := schemas.ParseReference(s)
		if !ok {
			return
		}
		ref := schemas.Reference(prefix + strings.Repeat("f", 22))
		if again, ok := schemas.ParseReference(ref); !ok || again != prefix {
			t.Fatalf("%q means %q, whose reference means %q", s, prefix, again)
		}
	})
}

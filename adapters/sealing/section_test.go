package sealing_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/adapters/sealing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

var header = desk.SectionHeader{
	Case:    "9f0c1d2e3f405162738495a6b7c8d9ea",
	Event:   "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
	Section: "offer",
	Sender:  "labour-samutsakhon",
}

// sealer has no key of its own: none is needed to seal.
var sealer sealing.Sealer

// deskOf is the sealer of who has the identity.
func deskOf(id *sealing.Identity) sealing.Sealer { return sealing.Sealer{Own: id} }

func newIdentity(t testing.TB) *sealing.Identity {
	t.Helper()
	id, err := sealing.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func seal(t testing.TB, plaintext []byte, to ...*sealing.Identity) []byte {
	t.Helper()
	sealed, err := sealer.Seal(header, plaintext, recipients(to...))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func recipients(ids ...*sealing.Identity) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.Recipient()
	}
	return texts
}

// refused fails the test unless err is the refusal.
func refused(t testing.TB, err error, kind services.Kind, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted; want %s: %s", kind, code)
	}
	if e := services.AsError(err); e.Kind != kind || e.Code != code {
		t.Fatalf("refused with %v; want %s: %s", err, kind, code)
	}
}

func TestEveryRecipientOpens(t *testing.T) {
	t.Parallel()
	ids := []*sealing.Identity{newIdentity(t), newIdentity(t), newIdentity(t)}
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 2048).Draw(t, "plaintext")
		sealed, err := sealer.Seal(header, plaintext, recipients(ids...))
		if err != nil {
			t.Fatal(err)
		}
		if len(plaintext) > 8 && bytes.Contains(sealed, plaintext) {
			t.Fatal("the plaintext shows in the sealed section")
		}
		reader := rapid.SampledFrom(ids).Draw(t, "reader")
		got, err := deskOf(reader).Open(header, sealed)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("opened to %d bytes, %v; want the %d sealed", len(got), err, len(plaintext))
		}
	})
}

func TestSealingTwiceDiffers(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	if bytes.Equal(seal(t, []byte("the same"), id), seal(t, []byte("the same"), id)) {
		t.Error("one plaintext was sealed to the same bytes twice")
	}
}

func TestOpenByAnotherIdentity(t *testing.T) {
	t.Parallel()
	sealed := seal(t, []byte("Invented Person One"), newIdentity(t))
	_, err := deskOf(newIdentity(t)).Open(header, sealed)
	refused(t, err, services.Forbidden, sealing.CodeNotYours)
}

func TestMovedSection(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	sealed := seal(t, []byte("Invented Person One"), id)
	tests := map[string]func(*desk.SectionHeader){
		"case":          func(h *desk.SectionHeader) { h.Case = "00000000000000000000000000000001" },
		"event":         func(h *desk.SectionHeader) { h.Event = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c" },
		"section":       func(h *desk.SectionHeader) { h.Section = "account" },
		"prefix":        func(h *desk.SectionHeader) { h.Section = "offe" },
		"sender":        func(h *desk.SectionHeader) { h.Sender = "shelter-harbour" },
		"nothing given": func(h *desk.SectionHeader) { *h = desk.SectionHeader{} },
	}
	for name, move := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := header
			move(&h)
			content, err := deskOf(id).Open(h, sealed)
			refused(t, err, services.Invalid, sealing.CodeMoved)
			if content != nil || strings.Contains(err.Error(), "Invented") {
				t.Error("a refused section shows its content")
			}
		})
	}
}

func TestForeignPlaintext(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	to, err := age.ParseHybridRecipient(id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	for _, plaintext := range []string{"", "no line at all", "saphan-section/1 \n"} {
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(plaintext)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = deskOf(id).Open(header, sealed.Bytes())
		refused(t, err, services.Invalid, sealing.CodeMoved)
	}
}

func TestDamagedSection(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	plaintext := []byte("Invented Person One")
	sealed := seal(t, plaintext, id)
	rapid.Check(t, func(t *rapid.T) {
		damaged := bytes.Clone(sealed)
		switch rapid.SampledFrom([]string{"flip", "truncate", "append"}).Draw(t, "damage") {
		case "flip":
			bit := rapid.IntRange(0, 8*len(sealed)-1).Draw(t, "bit")
			damaged[bit/8] ^= 1 << (bit % 8)
		case "truncate":
			damaged = damaged[:rapid.IntRange(0, len(sealed)-1).Draw(t, "length")]
		case "append":
			damaged = append(damaged, rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "tail")...)
		}
		content, err := deskOf(id).Open(header, damaged)
		if err == nil || content != nil {
			t.Fatal("a damaged section was opened")
		}
		switch e := services.AsError(err); e.Code {
		case sealing.CodeDamaged, sealing.CodeNotYours:
		default:
			t.Fatalf("refused with %v", err)
		}
	})
}

// Group 53 of the bad inputs: nothing but the one way of sealing is opened, however
// well the rest fits.
func TestOtherSuitesAreNotOpened(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	good := string(seal(t, []byte("Invented Person One"), id))
	head, stanza, _ := strings.Cut(good, "-> ")
	line, body, _ := strings.Cut(stanza, "\n")
	name, share, _ := strings.Cut(line, " ")
	spelled := func(line string) string { return head + "-> " + line + "\n" + body }
	for name, in := range map[string]string{
		"another version":        strings.Replace(good, "age-encryption.org/v1", "age-encryption.org/v2", 1),
		"X25519 in its place":    spelled("X25519 " + share),
		"an unknown suite":       spelled("mlkem1024 " + share),
		"suite 0":                spelled("0 " + share),
		"no share":               spelled(name),
		"a share of zeros":       spelled(name + " " + strings.Repeat("A", len(share))),
		"a share in two":         spelled(name + " " + share + " " + share),
		"a share that is longer": spelled(name + " " + share + "AAAA"),
		"a share spelled anew":   spelled(name + " " + share[:len(share)-1] + string(share[len(share)-1]+1)),
		"padded":                 spelled(name + " " + share + "="),
		"for a passphrase":       sealedWith(t, passphrase(t)),
		"for X25519":             sealedWith(t, classic(t)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := deskOf(id).Open(header, []byte(in))
			if err == nil || content != nil {
				t.Fatal("opened")
			}
			if e := services.AsError(err); e.Code != sealing.CodeDamaged && e.Code != sealing.CodeNotYours {
				t.Errorf("refused with %v", err)
			}
		})
	}
	if content, err := deskOf(id).Open(header, []byte(spelled(line))); err != nil || content == nil {
		t.Fatalf("what is not changed: %v", err)
	}
}

// sealedWith seals a section to another kind of recipient.
func sealedWith(t *testing.T, to age.Recipient) string {
	t.Helper()
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write([]byte("saphan-section/1 " + header.Case + " " + header.Event + " offer " + header.Sender + "\n{}"))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return sealed.String()
}

func passphrase(t *testing.T) age.Recipient {
	t.Helper()
	r, err := age.NewScryptRecipient("invented")
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(10)
	return r
}

func classic(t *testing.T) age.Recipient {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.Recipient()
}

func TestSizeLimit(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	// What sealing adds grows with the number of 64 KiB chunks, so the largest
	// plaintext is found from one of nearly its size.
	near := schemas.MaxSection - 4096
	largest := near + schemas.MaxSection - len(seal(t, make([]byte, near), id))

	sealed := seal(t, make([]byte, largest), id)
	if len(sealed) != schemas.MaxSection {
		t.Fatalf("sealed to %d bytes; want exactly %d", len(sealed), schemas.MaxSection)
	}
	if content, err := deskOf(id).Open(header, sealed); err != nil || len(content) != largest {
		t.Errorf("the largest section opens to %d bytes, %v", len(content), err)
	}
	for _, size := range []int{largest + 1, schemas.MaxSection, schemas.MaxSection + 1} {
		_, err := sealer.Seal(header, make([]byte, size), recipients(id))
		refused(t, err, services.TooLarge, schemas.CodeTooLarge)
	}
	_, err := deskOf(id).Open(header, append(sealed, 0))
	refused(t, err, services.TooLarge, schemas.CodeTooLarge)
}

func TestRecipientsCountOnce(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	once := seal(t, []byte("text"), id)
	twice := seal(t, []byte("text"), id, id, id)
	if len(once) != len(twice) {
		t.Errorf("sealed to %d bytes for one recipient, and to %d for the same one thrice", len(once), len(twice))
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	good := newIdentity(t).Recipient()
	tests := map[string][]string{
		"nobody":           nil,
		"empty":            {""},
		"not post-quantum": {good, classic.Recipient().String()},
		"a secret key":     {classic.String()},
		"one letter wrong": {good[:len(good)-1] + "b"},
		"an ssh key":       {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInvented"},
	}
	for name, to := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sealer.Seal(header, []byte("Invented Person One"), to)
			if err == nil {
				t.Fatal("sealed")
			}
			if s := err.Error(); strings.Contains(s, "age1") || strings.Contains(s, "AGE-") || strings.Contains(s, "Invented") {
				t.Errorf("error %q repeats its input", s)
			}
		})
	}
}

func TestSealChecksHeader(t *testing.T) {
	t.Parallel()
	to := recipients(newIdentity(t))
	tests := map[string]func(*desk.SectionHeader){
		"no case":          func(h *desk.SectionHeader) { h.Case = "" },
		"no event":         func(h *desk.SectionHeader) { h.Event = "" },
		"no section":       func(h *desk.SectionHeader) { h.Section = "" },
		"no sender":        func(h *desk.SectionHeader) { h.Sender = "" },
		"two in a section": func(h *desk.SectionHeader) { h.Section = "offer account" },
		"line in a sender": func(h *desk.SectionHeader) { h.Sender = "a\nb" },
		"line after case":  func(h *desk.SectionHeader) { h.Case += "\n" },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := header
			spoil(&h)
			if _, err := sealer.Seal(h, nil, to); err == nil {
				t.Error("sealed")
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	id := newIdentity(f)
	f.Add([]byte(""))
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Add(seal(f, []byte("text"), newIdentity(f)))
	f.Fuzz(func(t *testing.T, ciphertext []byte) {
		content, err := deskOf(id).Open(header, ciphertext)
		if err == nil || content != nil {
			t.Fatal("opened what nobody sealed to this identity")
		}
		if k := services.KindOf(err); k != services.Invalid && k != services.Forbidden && k != services.TooLarge {
			t.Fatalf("refused with kind %q", k)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	to := recipients(newIdentity(b), newIdentity(b), newIdentity(b))
	plaintext := make([]byte, 4<<10)
	rand.Read(plaintext)
	b.SetBytes(int64(len(plaintext)))
	for b.Loop() {
		if _, err := sealer.Seal(header, plaintext, to); err != nil {
			b.Fatal(err)
		}
	}
}

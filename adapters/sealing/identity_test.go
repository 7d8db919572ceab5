package sealing_test

import (
	"bytes"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/saphan-project/saphan/adapters/sealing"
)

func TestIdentityInText(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	parsed, err := sealing.ParseIdentity(id.Text())
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Recipient() != id.Recipient() || !bytes.Equal(parsed.Text(), id.Text()) {
		t.Error("the parsed identity is another one")
	}
	got, err := deskOf(parsed).Open(header, seal(t, []byte("text"), id))
	if err != nil || string(got) != "text" {
		t.Errorf("the parsed identity opens to %q, %v", got, err)
	}
}

// The command age reads it.
func TestIdentityIsInTheFormatOfAge(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	parsed, err := age.ParseIdentities(bytes.NewReader(id.Text()))
	if err != nil || len(parsed) != 1 {
		t.Fatalf("%d identities, %v", len(parsed), err)
	}
	if !strings.HasPrefix(string(id.Text()), "# public key: "+id.Recipient()+"\nAGE-SECRET-KEY-PQ-1") {
		t.Error("the text does not begin with the public key, and then the secret one")
	}
}

func TestParseIdentityRefuses(t *testing.T) {
	t.Parallel()
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	secret := hybrid.String()
	tests := map[string]struct{ text, says string }{
		"empty":            {"", "one age identity"},
		"no key":           {"# nothing here\n", "one age identity"},
		"two keys":         {secret + "\n" + secret + "\n", "one age identity"},
		"damaged":          {secret[:len(secret)-1] + "?", "one age identity"},
		"not post-quantum": {classic.String(), "post-quantum"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sealing.ParseIdentity([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v; want an error that says %q", err, test.says)
			}
			if strings.Contains(err.Error(), "AGE-SECRET") {
				t.Error("the error repeats the key")
			}
		})
	}
}

func FuzzParseIdentity(f *testing.F) {
	id := newIdentity(f)
	f.Add(id.Text())
	f.Add([]byte("# public key: age1pq1invented\nAGE-SECRET-KEY-PQ-1INVENTED\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		id, err := sealing.ParseIdentity(text)
		if err != nil {
			return
		}
		again, err := sealing.ParseIdentity(id.Text())
		if err != nil || again.Recipient() != id.Recipient() {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

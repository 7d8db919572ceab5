package webhook_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	hooks "github.com/saphan-project/saphan/adapters/webhook"
	"github.com/saphan-project/saphan/services/webhook"
)

const (
	eventID = "0190163d-8694-739b-aea5-966c26f8ad91"
	// The example of the libraries of Standard Webhooks, which all of them test with.
	standardSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	standardID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	standardBody      = `{"test": 2432232314}`
	standardSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var (
	standardTime = time.Unix(1614265330, 0)
	noon         = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// keyOf returns a key that follows from a letter, and what its receiver is told: the
// secret and the public key.
func keyOf(letter string) (k webhook.SigningKey, secret, public string) {
	k = webhook.SigningKey{Secret: bytes.Repeat([]byte(letter), 32), Seed: bytes.Repeat([]byte(letter), 32)}
	pub, _ := ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)
	k.Public = webhook.PublicPrefix + base64.StdEncoding.EncodeToString(pub)
	return k, webhook.SecretPrefix + base64.StdEncoding.EncodeToString(k.Secret), k.Public
}

// received is what came to a receiver.
type received struct {
	method string
	header http.Header
	body   []byte
}

// receive serves a receiver on the own machine, and returns its address and what it
// got, which is to be read when the attempt is over.
func receive(t testing.TB, answer http.HandlerFunc) (string, *received) {
	t.Helper()
	got := &received{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = received{r.Method, r.Header.Clone(), body}
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func sender(t testing.TB) *hooks.Sender {
	t.Helper()
	return hooks.New(hooks.Config{Origin: "saphan.example.org", Loopback: true, Now: func() time.Time { return noon }})
}

// sample is an event as a receiver gets it, from a real request. Another implementation
// of the standard checks it with what keyOf tells the receiver of a key; it wants an
// instant that is now.
func sample(t testing.TB, at time.Time, keys ...webhook.SigningKey) received {
	t.Helper()
	url, got := receive(t, nil)
	o := sender(t).Send(context.Background(), webhook.Request{
		URL: url, Keys: keys, At: at, Message: webhook.Message{ID: eventID, Body: []byte(`{"specversion":"1.0","id":"` + eventID + `"}`)},
	})
	if !o.OK() {
		t.Fatalf("got %+v", o)
	}
	return *got
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	k, secret, public := keyOf("a")
	got := sample(t, noon, k)
	want := http.Header{
		"Content-Type": {"application/cloudevents+json"}, "User-Agent": {"Saphan"}, "Content-Length": {"65"},
		"Webhook-Id": {eventID}, "Webhook-Timestamp": {"1795435200"}, "Webhook-Request-Origin": {"saphan.example.org"},
	}
	for name := range got.header {
		if name != "Webhook-Signature" && got.header.Get(name) != want.Get(name) {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want.Get(name))
		}
	}
	if got.method != "POST" || len(got.header) != len(want)+1 {
		t.Errorf("got %+v", got)
	}
	list := strings.Split(got.header.Get("webhook-signature"), " ")
	if len(list) != 2 || !strings.HasPrefix(list[0], "v1,") || !strings.HasPrefix(list[1], "v1a,") {
		t.Errorf("signatures %q", list)
	}
	for _, key := range []string{secret, public} {
		if id, err := hooks.Verify([]string{key}, got.header, got.body, noon); err != nil || id != eventID {
			t.Errorf("%s: %q, %v", key, id, err)
		}
	}
}

// The secret of the standard signs as the standard's libraries do.
func TestTheExampleOfTheStandard(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(standardSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	k, _, _ := keyOf("a")
	k.Secret = secret
	url, got := receive(t, nil)
	sender(t).Send(t.Context(), webhook.Request{
		URL: url, Keys: []webhook.SigningKey{k}, At: standardTime, Message: webhook.Message{ID: standardID, Body: []byte(standardBody)},
	})
	if list := strings.Split(got.header.Get("webhook-signature"), " "); list[0] != standardSignature {
		t.Errorf("signed %q, want %q", list[0], standardSignature)
	}
	h := header(standardID, "1614265330", standardSignature)
	if id, err := hooks.Verify([]string{standardSecret}, h, []byte(standardBody), standardTime); err != nil || id != standardID {
		t.Errorf("%q, %v", id, err)
	}
}

func header(id, timestamp, signature string) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h
}

// While one key takes the other's place, either is enough.
func TestWhileKeysChangeEitherVerifies(t *testing.T) {
	t.Parallel()
	before, secret1, public1 := keyOf("a")
	after, secret2, public2 := keyOf("b")
	_, secret3, public3 := keyOf("c")
	got := sample(t, noon, after, before)
	for _, key := range []string{secret1, public1, secret2, public2} {
		if _, err := hooks.Verify([]string{key}, got.header, got.body, noon); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if _, err := hooks.Verify([]string{secret3, key}, got.header, got.body, noon); err != nil {
			t.Errorf("with another key before it: %v", err)
		}
	}
	if _, err := hooks.Verify([]string{secret3, public3}, got.header, got.body, noon); !errors.Is(err, hooks.ErrSignature) {
		t.Errorf("an unknown key: %v", err)
	}
}

// Group 64: what is old, what is not signed, and ids with dots.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	k, secret, public := keyOf("a")
	got := sample(t, noon, k)
	id, at, list := eventID, "1795435200", got.header.Get("webhook-signature")
	v1, v1a, _ := strings.Cut(list, " ")
	short := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23))
	long := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))
	for name, row := range map[string]struct {
		key    string
		header http.Header
		body   string
		now    time.Time
		want   error
	}{
		"good":                  {secret, header(id, at, list), "", noon, nil},
		"just in time":          {secret, header(id, at, list), "", noon.Add(5 * time.Minute), nil},
		"too old":               {secret, header(id, at, list), "", noon.Add(5*time.Minute + time.Second), hooks.ErrTimestamp},
		"too new":               {public, header(id, at, list), "", noon.Add(-5*time.Minute - time.Second), hooks.ErrTimestamp},
		"another time":          {secret, header(id, "1795435201", list), "", noon, hooks.ErrSignature},
		"another id":            {public, header(id[:35]+"2", at, list), "", noon, hooks.ErrSignature},
		"another body":          {secret, header(id, at, list), "{}", noon, hooks.ErrSignature},
		"no id":                 {secret, header("", at, list), "", noon, hooks.ErrHeaders},
		"no timestamp":          {secret, header(id, "", list), "", noon, hooks.ErrHeaders},
		"no signature":          {secret, header(id, at, ""), "", noon, hooks.ErrSignature},
		"dot in the id":         {secret, header(id+".1795435200", at, list), "", noon, hooks.ErrHeaders},
		"long id":               {secret, header(strings.Repeat("a", 257), at, list), "", noon, hooks.ErrHeaders},
		"fraction":              {secret, header(id, at+".0", list), "", noon, hooks.ErrHeaders},
		"exponent":              {secret, header(id, "1.7e9", list), "", noon, hooks.ErrHeaders},
		"sign":                  {secret, header(id, "+"+at, list), "", noon, hooks.ErrHeaders},
		"zeros":                 {secret, header(id, "00"+at, list), "", noon, hooks.ErrHeaders},
		"huge":                  {secret, header(id, "9223372036854775807", list), "", noon, hooks.ErrHeaders},
		"version":               {secret, header(id, at, "v2"+v1[2:]), "", noon, hooks.ErrSignature},
		"v1a with the secret":   {secret, header(id, at, v1a), "", noon, hooks.ErrSignature},
		"v1 with the public":    {public, header(id, at, v1), "", noon, hooks.ErrSignature},
		"MAC under v1a":         {public, header(id, at, "v1a"+v1[2:]), "", noon, hooks.ErrSignature},
		"cut":                   {secret, header(id, at, v1[:len(v1)-4]), "", noon, hooks.ErrSignature},
		"empty signature":       {secret, header(id, at, "v1,"), "", noon, hooks.ErrSignature},
		"behind many":           {secret, header(id, at, strings.Repeat("v1,AAAA ", 15)+v1), "", noon, nil},
		"behind too many":       {secret, header(id, at, strings.Repeat("v1,AAAA ", 16)+v1), "", noon, hooks.ErrSignature},
		"no key":                {"", header(id, at, list), "", noon, hooks.ErrKey},
		"key without prefix":    {strings.TrimPrefix(secret, "whsec_"), header(id, at, list), "", noon, hooks.ErrKey},
		"secret key":            {"whsk_" + strings.TrimPrefix(secret, "whsec_"), header(id, at, list), "", noon, hooks.ErrKey},
		"short secret":          {short, header(id, at, list), "", noon, hooks.ErrKey},
		"long secret":           {long, header(id, at, list), "", noon, hooks.ErrKey},
		"secret as public":      {"whpk_" + strings.TrimPrefix(long, "whsec_"), header(id, at, list), "", noon, hooks.ErrKey},
		"secret with a newline": {secret + "\n", header(id, at, list), "", noon, hooks.ErrKey},
	} {
		body := got.body
		if row.body != "" {
			body = []byte(row.body)
		}
		told, err := hooks.Verify([]string{row.key}, row.header, body, row.now)
		if !errors.Is(err, row.want) || (row.want == nil) != (err == nil) || (err == nil) != (told == id) {
			t.Errorf("%s: %q, %v, want %v", name, told, err, row.want)
		}
	}
}

// FuzzVerify: nothing that comes from outside breaks it, or is taken for signed.
func FuzzVerify(f *testing.F) {
	k, secret, public := keyOf("a")
	got := sample(f, noon, k)
	id, at, list := got.header.Get("webhook-id"), got.header.Get("webhook-timestamp"), got.header.Get("webhook-signature")
	f.Add(id, at, list, got.body)
	f.Add(id, at, "v1, v1a, ,", []byte("."))
	f.Fuzz(func(t *testing.T, id2, at2, list2 string, body []byte) {
		told, err := hooks.Verify([]string{secret, public}, header(id2, at2, list2), body, noon)
		if err == nil && (told != id || at2 != at || !bytes.Equal(body, got.body)) {
			t.Errorf("took %q %q %q %q", id2, at2, list2, body)
		}
	})
}

package natsbus_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
)

func FuzzDecodeAnswer(f *testing.F) {
	for _, s := range []string{
		`{"reply":{"event":"x"}}`, `{"reply":null}`, `{"error":{"kind":"later","code":"moved"}}`, `{"error":{}}`,
		`{"error":null}`, `{}`, `[]`, `{"reply":{},"error":{}}`, `{"reply":[]}`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r services.Receipt
		err := natsbus.DecodeAnswer(raw, &r)
		var refused *services.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%v is no refusal", err)
		}
		if err == nil && !bytes.Contains(raw, []byte(`{`)) {
			t.Fatal("read a reply out of nothing")
		}
	})
}

func FuzzParseCredentials(f *testing.F) {
	f.Add([]byte("-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\nSUAx\n------END USER NKEY SEED------\n"))
	f.Add([]byte("eyJ0eXAi.e30.x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := natsbus.ParseCredentials(text); err != nil && !errors.Is(err, natsbus.ErrCredentials) {
			t.Fatal(err)
		}
	})
}

func FuzzParseUserKey(f *testing.F) {
	k, err := natsbus.GenerateUserKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Text())
	f.Add([]byte("SAAx\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := natsbus.ParseUserKey(text)
		if err != nil && !errors.Is(err, natsbus.ErrUserKey) {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(bytes.TrimSpace(k.Text()), bytes.TrimSpace(text)) {
			t.Fatal("read another key")
		}
	})
}

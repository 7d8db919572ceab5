package signing_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// directory is a fixed casefile.Directory.
type directory []casefile.Agency

func (d directory) Agency(id string) (casefile.Agency, bool) {
	for _, a := range d {
		if a.ID == id {
			return a, true
		}
	}
	return casefile.Agency{}, false
}

func (d directory) Agencies() []casefile.Agency { return d }

func signingKey(n byte, service string) schemas.Key {
	return schemas.Key{Use: "signing", Key: signing.FormatPublicKey(public(n)), Service: service}
}

func TestRing(t *testing.T) {
	t.Parallel()
	ring := signing.NewRing(public(9), directory{
		{ID: schemas.HubAgency, Status: "active", Keys: []schemas.Key{
			signingKey(4, schemas.Routing), signingKey(5, schemas.Vault),
			signingKey(6, ""), signingKey(7, schemas.Operator),
		}},
		{ID: "shelter-harbour", Status: "active", Keys: []schemas.Key{
			signingKey(1, ""), signingKey(2, ""), signingKey(8, schemas.Routing),
			{Use: "sealing", Key: "age1pq1invented"}, {Use: "signing", Key: "invented"},
		}},
		{ID: "shelter-riverside", Status: "closed", Keys: []schemas.Key{signingKey(3, "")}},
		{ID: "shelter-keyless", Status: "active"},
	})
	tests := map[string]struct {
		party schemas.Party
		want  []byte
	}{
		"operator is the root alone": {schemas.Party{Service: schemas.Operator}, []byte{9}},
		"service of the hub":         {schemas.Party{Service: schemas.Routing}, []byte{4}},
		"another service":            {schemas.Party{Service: schemas.Vault}, []byte{5}},
		"service without keys":       {schemas.Party{Service: schemas.Delivery}, nil},
		"agency, its own keys":       {harbour, []byte{1, 2}},
		"closed agency":              {river, []byte{3}},
		"agency without keys":        {schemas.Party{Agency: "shelter-keyless"}, nil},
		"unknown agency":             {schemas.Party{Agency: "nobody"}, nil},
		"hub is no agency":           {schemas.Party{Agency: schemas.HubAgency}, nil},
		"agency that says operator":  {schemas.Party{Agency: "nobody", Service: schemas.Operator}, nil},
		"agency that says a service": {schemas.Party{Agency: "shelter-harbour", Service: schemas.Routing}, nil},
		"nobody":                     {schemas.Party{}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []ed25519.PublicKey
			for _, n := range test.want {
				want = append(want, public(n))
			}
			got := ring.SigningKeys(test.party)
			if !slices.EqualFunc(got, want, func(a, b ed25519.PublicKey) bool { return a.Equal(b) }) {
				t.Errorf("got %d keys; want those of %v", len(got), test.want)
			}
		})
	}
}

func TestRingBeforeAnybodyIsRegistered(t *testing.T) {
	t.Parallel()
	v := signing.NewVerifier(signing.NewRing(public(9), directory{}))
	d := schemas.Draft{
		ID: eventID, Author: schemas.Party{Service: schemas.Operator},
		Type: "agency.registered", Subject: "shelter-harbour", Time: accepted().Time,
		Data: schemas.AgencyRegistered{Kind: "shelter"},
	}
	if err := v.Verify(decode(t, write(t, 9, d))); err != nil {
		t.Errorf("signed by the root: %v", err)
	}
	refused(t, v.Verify(decode(t, write(t, 1, d))))
}

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	good := signing.FormatPublicKey(public(1))
	if key, err := signing.ParsePublicKey(good); err != nil || !key.Equal(public(1)) {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{"", good + "\n", good[:40], "A" + good, good + good, strings.TrimRight(good, "=")} {
		if _, err := signing.ParsePublicKey(bad); err == nil {
			t.Errorf("read a key of %d characters", len(bad))
		}
	}
}

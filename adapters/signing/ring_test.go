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

func retired(k schemas.Key) schemas.Key {
	k.Retired = true
	return k
}

func TestRing(t *testing.T) {
	t.Parallel()
	ring := signing.NewRing(public(9), directory{
		{ID: schemas.HubAgency, Status: "active", Keys: []schemas.Key{
			signingKey(4, schemas.Routing), signingKey(5, schemas.Vault),
			signingKey(6, ""), signingKey(7, schemas.Operator), retired(signingKey(10, schemas.Routing)),
		}},
		{ID: "shelter-harbour", Status: "active", Keys: []schemas.Key{
			signingKey(1, ""), signingKey(2, ""), signingKey(8, schemas.Routing),
			{Use: "sealing", Key: "age1pq1invented"}, {Use: "signing", Key: "invented"}, retired(signingKey(11, "")),
		}},
		{ID: "shelter-riverside", Status: "closed", Keys: []schemas.Key{signingKey(3, "")}},
		{ID: "shelter-keyless", Status: "active"},
	})
	tests := map[string]struct {
		party   schemas.Party
		present []byte
		retired []byte
	}{
		"operator is the root alone": {schemas.Party{Service: schemas.Operator}, []byte{9}, nil},
		"service of the hub":         {schemas.Party{Service: schemas.Routing}, []byte{4}, []byte{10}},
		"another service":            {schemas.Party{Service: schemas.Vault}, []byte{5}, nil},
		"service without keys":       {schemas.Party{Service: schemas.Delivery}, nil, nil},
		"agency, its own keys":       {harbour, []byte{1, 2}, []byte{11}},
		"closed agency":              {river, []byte{3}, nil},
		"agency without keys":        {schemas.Party{Agency: "shelter-keyless"}, nil, nil},
		"unknown agency":             {schemas.Party{Agency: "nobody"}, nil, nil},
		"hub is no agency":           {schemas.Party{Agency: schemas.HubAgency}, nil, nil},
		"agency that says operator":  {schemas.Party{Agency: "nobody", Service: schemas.Operator}, nil, nil},
		"agency that says a service": {schemas.Party{Agency: "shelter-harbour", Service: schemas.Routing}, nil, nil},
		"nobody":                     {schemas.Party{}, nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, of := range []struct {
				ring *signing.Ring
				want []byte
			}{{ring.Present(), test.present}, {ring, slices.Concat(test.present, test.retired)}} {
				got := of.ring.SigningKeys(test.party)
				if !slices.EqualFunc(got, of.want, func(a ed25519.PublicKey, n byte) bool { return a.Equal(public(n)) }) {
					t.Errorf("got %d keys; want those of %v", len(got), of.want)
				}
			}
		})
	}
}

// An event that a retired key has signed is refused by whoever lets events in, in the
// words for an unknown key, and verified by everybody else.
func TestARetiredKeySignsNothingNew(t *testing.T) {
	t.Parallel()
	ring := signing.NewRing(public(9), directory{
		{ID: schemas.HubAgency, Status: "active", Keys: []schemas.Key{signingKey(5, schemas.Routing), retired(signingKey(4, schemas.Routing))}},
		{ID: harbour.Agency, Status: "active", Keys: []schemas.Key{signingKey(2, ""), retired(signingKey(1, ""))}},
	})
	offered := accepted()
	offered.Author, offered.Type, offered.Data = routing, "referral.offered", schemas.ReferralOffered{To: harbour.Agency, Why: []string{"service"}}
	for _, test := range []struct {
		draft        schemas.Draft
		past, signer byte
	}{{accepted(), 1, 2}, {offered, 4, 5}} {
		gate, desk := signing.NewVerifier(ring.Present()), signing.NewVerifier(ring)
		refused(t, gate.Verify(decode(t, write(t, test.past, test.draft))))
		for _, err := range []error{
			gate.Verify(decode(t, write(t, test.signer, test.draft))),
			desk.Verify(decode(t, write(t, test.signer, test.draft))),
			desk.Verify(decode(t, write(t, test.past, test.draft))),
		} {
			if err != nil {
				t.Error(err)
			}
		}
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

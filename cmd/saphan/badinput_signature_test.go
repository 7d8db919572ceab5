package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// group30 is about sections that are named and not there, there and for another
// event, or in a place that takes none.
func group30(d *badDoors, c string) []badInput {
	const missing = "503 later:no_section"
	const sealed = "invented ciphertext" // that the vault takes
	digest := schemas.Digest([]byte(sealed))
	share := func(list string) string {
		return d.signedData("content.shared", d.caseID, `{"referral":"`+d.referralID()+`","to":"`+sampleRiverside+`","sealed":`+list+`}`)
	}
	one := func(section, digest string) string {
		return `{"section":` + quoted(section) + `,"digest":` + quoted(digest) + `}`
	}
	inOpen := func(typ, subject, data, sections string) badTry {
		return post(d.open(typ, subject, strings.TrimSuffix(data, "}")+`,"sections":`+sections+`}`))
	}
	return []badInput{
		{name: "one that nobody has put", want: missing, at: []badTry{submit(share("[" + one("offer", digest) + "]"))}},
		{name: "one put for another event", want: missing, sealed: 1, at: []badTry{d.sealedFor(sampleLabour, sealed, share("["+one("offer", digest)+"]"))}},
		{name: "one put by another agency", want: missing, sealed: 1, at: []badTry{d.sealedFor(sampleHarbour, sealed, share("["+one("offer", digest)+"]"))}},
		{name: "none", want: "422 invalid:schema /data/sealed:minItems", at: []badTry{submit(share("[]"))}},
		{name: "an unknown one", want: "422 invalid:schema /data/sealed/0/section:enum", at: []badTry{submit(share("[" + one(c, digest) + "]"))}},
		{name: "a digest that is none", want: "422 invalid:schema /data/sealed/0/digest:pattern", at: []badTry{submit(share("[" + one("offer", c) + "]"))}},
		{name: "more than there are", want: "422 invalid:schema /data/sealed:maxItems", at: []badTry{submit(share("[" + strings.Repeat(one("offer", digest)+",", 99) + one("offer", digest) + "]"))}},
		{name: "where none belongs", want: "400 invalid:malformed /data/sections:unexpected", at: []badTry{
			inOpen("visit.recorded", d.world.ids.ID(), badVisit, `{"identity":{"name":"`+c+`"}}`),
		}},
		{name: "where another one belongs", want: "400 invalid:malformed /data/sections:unexpected", at: []badTry{
			inOpen("screening.completed", d.caseID, `{"decision":"continue"}`, `{"account":{"statement":"x"},"contact":{"phone":"`+c+`"}}`),
		}},
	}
}

// sealedFor has an agency put a section for an event of its own first, which is not
// the one that names it.
func (d *badDoors) sealedFor(agency, content, raw string) badTry {
	try := submit(raw)
	send := try.send
	try.send = func(t *testing.T, d *badDoors) heard {
		var e struct{ ID string }
		if err := json.Unmarshal([]byte(raw), &e); err != nil {
			t.Fatal(err)
		}
		r := services.SealRequest{Event: d.world.ids.EventID(), Section: "offer", Ciphertext: []byte(content)}
		if agency != sampleLabour {
			r.Event = e.ID // the very event, under another agency
		}
		if _, err := d.site.desks.running(agency).bus.Seal(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		return send(t, d)
	}
	return try
}

// group49 signs with whatever key is not a present one of the agency. One that was
// renewed is in rotate_test.go.
func group49(d *badDoors, c string) []badInput {
	draft := func() schemas.Draft {
		return schemas.Draft{Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)}
	}
	in := badInput{name: "another key", want: forged, sameBody: true}
	for _, file := range []string{
		"desks/" + sampleHarbour + "/signing.pem", "desks/" + samplePolice + "/signing.pem", // another agency's, a suspended one's
		"hub/operator.pem", "hub/intake.pem", "hub/routing.pem", "hub/vault.pem", // the hub speaks for no agency
	} {
		key, err := signingForm.keep(filepath.Join(d.dir, filepath.FromSlash(file)))
		if err != nil {
			key = nil // signs nothing, and the row fails
		}
		in.at = append(in.at, submit(d.signedWith(key, sampleLabour, draft())))
	}
	fresh, err := signing.GenerateKey()
	if err != nil {
		fresh = nil
	}
	in.at = append(in.at, submit(d.signedWith(fresh, sampleLabour, draft()))) // one that nobody has announced yet
	own := signing.KeyID(d.ownKey(sampleLabour).Public().(ed25519.PublicKey))
	foreign := d.signedWith(fresh, sampleLabour, draft())
	in.at = append(in.at, submit(d.enveloped(foreign, func(e *badEnvelope) { e.Signatures[0].KeyID = own }))) // under a name that is known
	return []badInput{in,
		{name: "none", want: "422 invalid:schema /dssematerial:required", at: []badTry{
			submit(with("dssematerial", "")(d.signedVisit())), rawSubmit(sampleLabour, with("dssematerial", "")(d.signedVisit())),
		}},
		{name: "none, for a key of that name", want: forged, at: []badTry{
			submit(d.enveloped(d.signedVisit(), func(e *badEnvelope) { e.Signatures[0].Sig = base64.StdEncoding.EncodeToString([]byte(c)) })),
		}},
	}
}

func (d *badDoors) ownKey(agency string) ed25519.PrivateKey {
	keys, err := openDeskKeys(deskDir(d.dir, agency))
	if err != nil {
		return make(ed25519.PrivateKey, ed25519.PrivateKeySize)
	}
	return keys.signing
}

// group50 is a sample at the gate of what adapters/signing holds in its own tests
// against everything that an envelope may be.
func group50(d *badDoors, c string) []badInput {
	in := badInput{name: "envelopes", want: forged, sameBody: true}
	for _, change := range []func(*badEnvelope){
		func(e *badEnvelope) { e.Signatures = append(e.Signatures, e.Signatures[0]) },
		func(e *badEnvelope) { e.Signatures = nil },
		func(e *badEnvelope) { e.PayloadType = "application/vnd.in-toto+json" },
		func(e *badEnvelope) { e.PayloadType = signing.ReceiptType },
		func(e *badEnvelope) { e.Payload = base64.StdEncoding.EncodeToString([]byte(`{"core":"` + c + `"}`)) },
		func(e *badEnvelope) { d.resigned(e, `,"signedextattrs":[`, `,"signedextattrs":["`+c+`",`) },
		func(e *badEnvelope) { d.resigned(e, `"signedextattrs":`, `"`+c+`":`) },
		func(e *badEnvelope) { d.resigned(e, `"causationid",`, `"causationid","causationid",`) },
		func(e *badEnvelope) { d.resigned(e, `{`, `{"core":"AAAA",`) },
	} {
		in.at = append(in.at, submit(d.enveloped(d.signedVisit(), change)))
	}
	var other struct{ Dssematerial string }
	_ = json.Unmarshal([]byte(d.signedVisit()), &other) // it is ours
	in.at = append(in.at, submit(with("dssematerial", quoted(other.Dssematerial))(d.signedVisit())))
	return []badInput{in,
		{name: "an attribute that is not signed", want: unknown, at: []badTry{submit(atTop(`"` + c + `":"x"`)(d.signedVisit()))}},
		{name: "longer than any", want: forged, at: []badTry{
			submit(with("dssematerial", quoted(strings.Repeat("QUJD", 50_000)))(d.signedVisit())),
		}},
	}
}

// badEnvelope is the attribute dssematerial, as DSSE has it.
type badEnvelope struct {
	PayloadType string `json:"payloadType"`
	Payload     string `json:"payload"`
	Signatures  []struct {
		KeyID string `json:"keyid"`
		Sig   string `json:"sig"`
	} `json:"signatures"`
}

// enveloped changes the envelope of a signed event.
func (d *badDoors) enveloped(raw string, change func(*badEnvelope)) string {
	var e struct{ Dssematerial []byte }
	var envelope badEnvelope
	if err := json.Unmarshal([]byte(raw), &e); err != nil {
		return err.Error()
	}
	if err := json.Unmarshal(e.Dssematerial, &envelope); err != nil {
		return err.Error()
	}
	change(&envelope)
	text, err := json.Marshal(envelope)
	if err != nil {
		return err.Error()
	}
	return with("dssematerial", quoted(base64.StdEncoding.EncodeToString(text)))(raw)
}

// resigned changes what is signed, and signs that with the labour office's own key.
func (d *badDoors) resigned(e *badEnvelope, old, text string) {
	body, _ := base64.StdEncoding.DecodeString(e.Payload) // it is ours
	body = []byte(strings.Replace(string(body), old, text, 1))
	e.Payload = base64.StdEncoding.EncodeToString(body)
	e.Signatures[0].Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(d.ownKey(sampleLabour), fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(body), body)))
}

package signing_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
)

var verifier = signing.NewVerifier(keys)

func TestWriteIsVerified(t *testing.T) {
	t.Parallel()
	offered := accepted()
	offered.Author, offered.Type = routing, "referral.offered"
	offered.Data = schemas.ReferralOffered{To: harbour.Agency, Why: []string{"service"}}
	offered.Time, _ = schemas.EventTime(offered.ID)
	bare := accepted()
	bare.Cause = ""
	tests := map[string]struct {
		key   byte
		draft schemas.Draft
	}{
		"agency":              {1, accepted()},
		"with another key":    {2, accepted()},
		"without a cause":     {1, bare},
		"hub, to the instant": {4, offered},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := write(t, test.key, test.draft)
			if !bytes.Equal(raw, write(t, test.key, test.draft)) {
				t.Error("the same draft gave other bytes")
			}
			e := decode(t, raw)
			if err := verifier.Verify(e); err != nil {
				t.Error(err)
			}
			if !e.Time().Equal(test.draft.Time) {
				t.Errorf("time is %v; want %v", e.Time(), test.draft.Time)
			}
		})
	}
}

func TestWriteCutsWhatIsNotCovered(t *testing.T) {
	t.Parallel()
	d := accepted()
	d.Author, d.Type, d.Data = routing, "referral.offered", schemas.ReferralOffered{}
	d.Time = d.Time.Add(1234 * time.Millisecond)
	e := decode(t, write(t, 4, d))
	if want := d.Time.Truncate(time.Second); !e.Time().Equal(want) {
		t.Errorf("time is %v; want %v", e.Time(), want)
	}
	if err := verifier.Verify(e); err != nil {
		t.Error(err)
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*schemas.Draft){
		"unknown type": func(d *schemas.Draft) { d.Type = "referral.invented" },
		"no json":      func(d *schemas.Draft) { d.Data = make(chan int) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := accepted()
			spoil(&d)
			if _, err := signing.NewAuthor(testKey(1)).Write(d); err == nil {
				t.Error("written")
			}
		})
	}
	if _, err := signing.NewAuthor(nil).Write(accepted()); err == nil {
		t.Error("written without a key")
	}
}

// TestDigests computes what is signed once more, by hand.
func TestDigests(t *testing.T) {
	t.Parallel()
	e := decode(t, write(t, 1, accepted()))
	core := digest(eventID, "urn:saphan:agency:shelter-harbour", "1.0",
		"org.saphan.referral.accepted.v1", "application/json", "urn:saphan:schema:referral.accepted.v1",
		caseID, "2026-03-02T10:05:00Z", string(e.Data()))
	ext := digest(causeID, "restricted", "00-"+caseID+"-8a9b0c1d2e3f4a5b-01")
	want := fmt.Sprintf(`{"core":%q,"ext":%q,"signedextattrs":["causationid","dataclassification","traceparent"]}`, core, ext)
	got, err := base64.StdEncoding.DecodeString(envelope(t, e).Payload)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("signed\n%s; want\n%s", got, want)
	}
}

func TestEveryManipulationIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*schemas.Event){
		"id":               func(e *schemas.Event) { e.SetID(causeID) },
		"source":           func(e *schemas.Event) { e.SetSource(river.Source()) },
		"source of hub":    func(e *schemas.Event) { e.SetSource(routing.Source()) },
		"source of nobody": func(e *schemas.Event) { e.SetSource("urn:saphan:agency:nobody") },
		"foreign source":   func(e *schemas.Event) { e.SetSource("urn:example") },
		"specversion":      func(e *schemas.Event) { e.SetSpecVersion("0.3") },
		"type":             func(e *schemas.Event) { e.SetType("org.saphan.referral.declined.v1") },
		"datacontenttype":  func(e *schemas.Event) { e.SetDataContentType("text/plain") },
		"dataschema":       func(e *schemas.Event) { e.SetDataSchema("urn:saphan:schema:referral.declined.v1") },
		"no dataschema":    func(e *schemas.Event) { e.SetDataSchema("") },
		"subject":          func(e *schemas.Event) { e.SetSubject("00000000000000000000000000000001") },
		"no subject":       func(e *schemas.Event) { e.SetSubject("") },
		"time":             func(e *schemas.Event) { e.SetTime(e.Time().Add(time.Second)) },
		"fraction of time": func(e *schemas.Event) { e.SetTime(e.Time().Add(time.Millisecond)) },
		"no time":          func(e *schemas.Event) { e.SetTime(time.Time{}) },
		"data":             func(e *schemas.Event) { e.DataEncoded = append([]byte(" "), e.DataEncoded...) },
		"no data":          func(e *schemas.Event) { e.DataEncoded = nil },
		"data as base64":   func(e *schemas.Event) { e.DataBase64 = true },
		"cause":            func(e *schemas.Event) { e.SetExtension(schemas.ExtCause, eventID) },
		"no cause":         func(e *schemas.Event) { e.SetExtension(schemas.ExtCause, nil) },
		"classification":   func(e *schemas.Event) { e.SetExtension(schemas.ExtClassification, "internal") },
		"trace":            func(e *schemas.Event) { e.SetExtension(schemas.ExtTraceParent, nil) },
		"unsigned text":    func(e *schemas.Event) { e.SetExtension("extra", "text") },
		"unsigned number":  func(e *schemas.Event) { e.SetExtension("extra", 7) },
		"unsigned empty":   func(e *schemas.Event) { e.SetExtension("extra", "") },
		"no signature":     func(e *schemas.Event) { e.SetExtension(schemas.ExtSignature, nil) },
		"empty signature":  func(e *schemas.Event) { e.SetExtension(schemas.ExtSignature, "") },
		"binary signature": func(e *schemas.Event) {
			e.SetExtension(schemas.ExtSignature, []byte(schemas.Extension(*e, schemas.ExtSignature)))
		},
	}
	for name, manipulate := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, write(t, 1, accepted()))
			manipulate(&e)
			refused(t, verifier.Verify(e))
		})
	}
	refused(t, verifier.Verify(schemas.Event{}))
}

// An absent attribute and an empty one have the same digest, so an empty one
// must be refused as such.
func TestEmptyIsNotAbsent(t *testing.T) {
	t.Parallel()
	d := accepted()
	d.Cause = ""
	e := decode(t, write(t, 1, d))
	e.SetExtension(schemas.ExtCause, "")
	refused(t, verifier.Verify(e))
}

func TestEveryChangedByteIsRefused(t *testing.T) {
	t.Parallel()
	raw := write(t, 1, accepted())
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(raw)
		at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
		changed[at] = rapid.ByteRange(' ', '~').Filter(func(b byte) bool { return b != raw[at] }).Draw(t, "byte")
		e, err := schemas.Decode(changed)
		if err == nil && verifier.Verify(e) == nil {
			t.Fatal("a changed event was verified")
		}
	})
}

func TestForeignKeyIsRefused(t *testing.T) {
	t.Parallel()
	e := decode(t, write(t, 3, accepted()))
	refused(t, verifier.Verify(e))

	env := envelope(t, e)
	for _, keyID := range []string{signing.KeyID(public(1)), "", "testkey"} {
		env.Signatures[0].KeyID = keyID
		refused(t, verifier.Verify(attach(t, e, env)))
	}
}

func TestEnvelopeIsRead(t *testing.T) {
	t.Parallel()
	e := decode(t, write(t, 1, accepted()))
	good := envelope(t, e)
	other := envelope(t, decode(t, write(t, 2, accepted())))
	payload, sig := good.Payload, good.Signatures[0]
	raw := func(text string) schemas.Event {
		changed := e.Clone()
		changed.SetExtension(schemas.ExtSignature, text)
		return changed
	}
	encoded := schemas.Extension(e, schemas.ExtSignature)
	document, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(doc string) schemas.Event { return raw(base64.StdEncoding.EncodeToString([]byte(doc))) }
	text := string(document)
	body, err := base64.StdEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]schemas.Event{
		"foreign type":       attach(t, e, sealWith(1, signing.ReceiptType, string(body))),
		"no key id":          attach(t, e, dsse.Envelope{PayloadType: signing.PayloadType, Payload: payload, Signatures: []dsse.Signature{{Sig: sig.Sig}}}),
		"another key's id":   attach(t, e, dsse.Envelope{PayloadType: signing.PayloadType, Payload: payload, Signatures: []dsse.Signature{{KeyID: other.Signatures[0].KeyID, Sig: sig.Sig}}}),
		"no signature":       attach(t, e, dsse.Envelope{PayloadType: signing.PayloadType, Payload: payload}),
		"two signatures":     attach(t, e, dsse.Envelope{PayloadType: signing.PayloadType, Payload: payload, Signatures: []dsse.Signature{sig, other.Signatures[0]}}),
		"the same twice":     attach(t, e, dsse.Envelope{PayloadType: signing.PayloadType, Payload: payload, Signatures: []dsse.Signature{sig, sig}}),
		"wrong payload type": attach(t, e, dsse.Envelope{PayloadType: signing.ReceiptType, Payload: payload, Signatures: good.Signatures}),
		"no payload":         attach(t, e, dsse.Envelope{PayloadType: signing.PayloadType, Signatures: good.Signatures}),
		"no object":          encode("[]"),
		"null":               encode("null"),
		"not json":           encode("dsse"),
		"not utf-8":          encode(strings.Replace(text, "{", "{\"a\":\"\xff\",", 1)),
		"a name twice":       encode(strings.Replace(text, "{", `{"payloadType":"x",`, 1)),
		"something after it": encode(text + "{}"),
		"other letter case":  encode(strings.Replace(text, `"payload"`, `"Payload"`, 1)),
		"too long":           encode(text + strings.Repeat(" ", signing.MaxMaterial)),
		"not base64":         raw("!" + encoded[1:]),
		"line break":         raw(encoded[:8] + "\n" + encoded[8:]),
	}
	for name, changed := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, verifier.Verify(changed))
		})
	}
	tolerated := map[string]schemas.Event{
		"unknown name":  encode(strings.Replace(text, "{", `{"invented":1,`, 1)),
		"written apart": encode(strings.ReplaceAll(text, ",", ",\n ")),
	}
	for name, changed := range tolerated {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := verifier.Verify(changed); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMaterialIsHeldAgainstTheExtension holds envelopes that the right key has
// signed against the extension's constraints, cases 8a to 8f among them.
func TestMaterialIsHeldAgainstTheExtension(t *testing.T) {
	t.Parallel()
	e := decode(t, write(t, 1, accepted()))
	payload, err := base64.StdEncoding.DecodeString(envelope(t, e).Payload)
	if err != nil {
		t.Fatal(err)
	}
	core, rest, _ := strings.Cut(string(payload), `,"ext":`)
	ext, attrs, _ := strings.Cut(rest, `,"signedextattrs":`)
	attrs = strings.TrimSuffix(attrs, "}")
	swapped := `["traceparent","causationid","dataclassification"]`
	tests := map[string]string{
		"8a repetition":      core + `,"ext":` + ext + `,"signedextattrs":["causationid","causationid"]}`,
		"8b context":         core + `,"ext":` + ext + `,"signedextattrs":["causationid","dataclassification","traceparent","id"]}`,
		"8c itself":          core + `,"ext":` + ext + `,"signedextattrs":["dssematerial"]}`,
		"8d without ext":     core + `,"signedextattrs":` + attrs + `}`,
		"8e without names":   core + `,"ext":` + ext + `}`,
		"core alone":         core + `}`,
		"names in order":     core + `,"ext":` + ext + `,"signedextattrs":` + swapped + `}`,
		"fewer names":        core + `,"ext":` + ext + `,"signedextattrs":["causationid","dataclassification"]}`,
		"no core":            `{"ext":` + ext + `,"signedextattrs":` + attrs + `}`,
		"short core":         `{"core":"AAAA","ext":` + ext + `,"signedextattrs":` + attrs + `}`,
		"other core":         `{"core":"` + digest("x") + `","ext":` + ext + `,"signedextattrs":` + attrs + `}`,
		"other ext":          core + `,"ext":"` + digest("x") + `","signedextattrs":` + attrs + `}`,
		"core twice":         core + `,"core":"` + digest("x") + `","ext":` + ext + `,"signedextattrs":` + attrs + `}`,
		"null":               `null`,
		"empty":              ``,
		"names are no array": core + `,"ext":` + ext + `,"signedextattrs":{}}`,
	}
	for name, payload := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, verifier.Verify(attach(t, e, sealWith(1, signing.PayloadType, payload))))
		})
	}
	t.Run("8f unsupported type", func(t *testing.T) {
		t.Parallel()
		changed := e.Clone()
		changed.Context.(interface {
			SetExtension(string, any) error
		}).SetExtension(schemas.ExtCause, true)
		refused(t, verifier.Verify(changed))
	})
	t.Run("unknown name is ignored", func(t *testing.T) {
		t.Parallel()
		payload := `{"invented":{},` + strings.TrimPrefix(string(payload), "{")
		if err := verifier.Verify(attach(t, e, sealWith(1, signing.PayloadType, payload))); err != nil {
			t.Error(err)
		}
	})
}

func TestSignatureOfAnotherEventIsRefused(t *testing.T) {
	t.Parallel()
	e := decode(t, write(t, 1, accepted()))
	d := accepted()
	d.ID = causeID
	refused(t, verifier.Verify(attach(t, e, envelope(t, decode(t, write(t, 1, d))))))
}

func FuzzVerify(f *testing.F) {
	e := decode(f, write(f, 1, accepted()))
	f.Add(schemas.Extension(e, schemas.ExtSignature), "")
	f.Add("", "")
	f.Add("e30=", "{}")
	f.Add("", `{"core":"","ext":"","signedextattrs":[]}`)
	honest := envelope(f, e)
	f.Fuzz(func(t *testing.T, signature, payload string) {
		changed := e.Clone()
		if payload != "" {
			changed = attach(t, e, sealWith(1, signing.PayloadType, payload))
		} else {
			changed.SetExtension(schemas.ExtSignature, signature)
		}
		if verifier.Verify(changed) != nil {
			return
		}
		// What is verified says the same as the honest signature, however it is
		// written: the payload that was signed, or one with names to ignore.
		if payload == "" && envelope(t, changed).Payload != honest.Payload {
			t.Fatal("a signature that nobody made was verified")
		}
	})
}

package signing

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	strictjson "github.com/go-json-experiment/json"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/saphan-project/saphan/schemas"
)

const (
	// PayloadType is the DSSE payload type of a signed event. Source, also of all
	// else here: github.com/cloudevents/spec at commit
	// d54e6bbc367755d227302d81e2969542cd7e8ecd,
	// cloudevents/extensions/verifiability.md.
	PayloadType = "https://cloudevents.io/verifiability/dsse/v0.1"
	// MaxMaterial is how long dssematerial may be, in characters of base64. Ours
	// has about 800.
	MaxMaterial = 4 << 10
)

// encode64 writes standard base64.
func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// decode64 reads what encode64 writes, and no other spelling of it: the
// standard library forgives line breaks and trailing bits.
func decode64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil && encode64(b) == s
}

// material is what is signed in place of the event.
type material struct {
	Core  []byte   `json:"core"`
	Ext   []byte   `json:"ext"`
	Attrs []string `json:"signedextattrs"`
}

// materialOf computes what the author of the event must have signed.
func materialOf(e schemas.Event) material {
	return material{
		Core:  coreDigest(e),
		Ext:   extDigest(e, schemas.SignedExtensions),
		Attrs: schemas.SignedExtensions,
	}
}

func (m material) equal(o material) bool {
	return string(m.Core) == string(o.Core) && string(m.Ext) == string(o.Ext) && slices.Equal(m.Attrs, o.Attrs)
}

// coreDigest hashes the context attributes in the order of the extension's
// signing protocol, step 3, and then data. An absent one counts as empty.
func coreDigest(e schemas.Event) []byte {
	when := ""
	if !e.Time().IsZero() {
		when = e.Time().UTC().Format(time.RFC3339)
	}
	return digest([]byte(e.ID()), []byte(e.Source()), []byte(e.SpecVersion()), []byte(e.Type()),
		[]byte(e.DataContentType()), []byte(e.DataSchema()), []byte(e.Subject()), []byte(when), e.Data())
}

// extDigest hashes the named extension attributes, all of them strings, in the
// given order. An absent one counts as empty.
func extDigest(e schemas.Event, names []string) []byte {
	values := make([][]byte, len(names))
	for i, name := range names {
		values[i] = []byte(schemas.Extension(e, name))
	}
	return digest(values...)
}

// digest is the SHA-256 of the SHA-256s of the parts.
func digest(parts ...[]byte) []byte {
	all := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256(p)
		all.Write(sum[:])
	}
	return all.Sum(nil)
}

// encodeMaterial writes dssematerial.
func encodeMaterial(env *dsse.Envelope) (string, error) {
	raw, err := json.Marshal(env)
	if err != nil {
		return "", fmt.Errorf("encode envelope: %w", err)
	}
	return encode64(raw), nil
}

// decodeMaterial reads dssematerial. It reports false for what is too long, not
// in base64, not JSON in UTF-8, holds a name twice or a base64 value in another
// than its one spelling, is of a foreign payload type, or has not exactly one
// signature. Unknown names are ignored, as the extension demands.
func decodeMaterial(s string) (*dsse.Envelope, material, bool) {
	var env dsse.Envelope
	var m material
	if len(s) > MaxMaterial {
		return nil, m, false
	}
	raw, ok := decode64(s)
	if !ok || strictjson.Unmarshal(raw, &env) != nil {
		return nil, m, false
	}
	if env.PayloadType != PayloadType || len(env.Signatures) != 1 {
		return nil, m, false
	}
	if _, ok := decode64(env.Signatures[0].Sig); !ok {
		return nil, m, false
	}
	body, ok := decode64(env.Payload)
	if !ok || strictjson.Unmarshal(body, &m) != nil {
		return nil, m, false
	}
	return &env, m, true
}

// onlySigned reports whether every extension attribute of the event is under
// its signature, is a string and is not empty: to the digest, absent and empty
// are the same.
func onlySigned(e schemas.Event) bool {
	for name, value := range e.Extensions() {
		text, ok := value.(string)
		if !ok || text == "" {
			return false
		}
		if name != schemas.ExtSignature && !slices.Contains(schemas.SignedExtensions, name) {
			return false
		}
	}
	return true
}

// timeCovered reports whether the event's time is under its signature whole:
// it has no fraction of a second, or it is the instant in the event's id.
func timeCovered(e schemas.Event) bool {
	if e.Time().Nanosecond() == 0 {
		return true
	}
	inID, ok := schemas.EventTime(e.ID())
	return ok && e.Time().Equal(inID)
}

// coverTime cuts off what a signature would not cover of the event's time.
func coverTime(e *schemas.Event) {
	if !timeCovered(*e) {
		e.SetTime(e.Time().Truncate(time.Second))
	}
}

// complete reports whether the event has every attribute that the digest would
// take for an empty one if it were absent, and carries data as JSON.
func complete(e schemas.Event) bool {
	return e.DataContentType() != "" && e.DataSchema() != "" && e.Subject() != "" &&
		!e.Time().IsZero() && !e.DataBase64
}

package signing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/saphan-project/saphan/schemas"
)

// The test vectors of the extension, as far as they follow from its text; see the
// package comment for the others.

func vectorEvent(t *testing.T) schemas.Event {
	t.Helper()
	e, err := schemas.Draft{ID: "1", Type: "agency.changed", Subject: "none", Time: time.Unix(0, 0)}.Event()
	if err != nil {
		t.Fatal(err)
	}
	e.SetSource("example/uri")
	e.SetType("example.type")
	e.SetSubject("")
	e.SetTime(time.Time{})
	e.SetDataSchema("")
	e.DataEncoded = []byte(`{"hello":"world"}`)
	return e
}

func TestVectorCoreDigest(t *testing.T) {
	t.Parallel()
	e := vectorEvent(t)
	e.SetType("example.type.binary")
	e.SetDataContentType("application/octet-stream")
	e.DataEncoded = []byte("\xf0\x9f\xa4\xa1")
	const case5 = "qCSeiZkS+hH9WiClfq6plfqYNVy2kvxWRfoBrLEzoDk="
	if got := base64.StdEncoding.EncodeToString(coreDigest(e)); got != case5 {
		t.Errorf("core digest of case 5 is %s; want %s", got, case5)
	}
}

func TestVectorExtDigest(t *testing.T) {
	t.Parallel()
	e := vectorEvent(t)
	e.SetExtension("exta", "value1")
	e.SetExtension("extb", "value2")
	tests := map[string]struct {
		attrs []string
		want  string
	}{
		"case 6b": {[]string{"exta"}, "kU1P8bDaEnyNhglWzdTJNHh77khNWSZebBUxufVM2pU="},
		"case 7":  {[]string{"exta", "extb"}, "HB1pe431FoQZRsJbyLNMq0QaAvqPtmhdi8dHGShbJAU="},
	}
	for name, test := range tests {
		if got := base64.StdEncoding.EncodeToString(extDigest(e, test.attrs)); got != test.want {
			t.Errorf("extension digest of %s is %s; want %s", name, got, test.want)
		}
	}
}

// TestVectorTime shows what cases 3 and 4 ask for: one instant, one digest, to
// the second.
func TestVectorTime(t *testing.T) {
	t.Parallel()
	digests := map[string]bool{}
	for _, text := range []string{"2020-06-18T17:24:53Z", "2020-06-18T19:24:53+02:00", "2020-06-18T17:24:53.999Z"} {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		e := vectorEvent(t)
		e.SetTime(when)
		digests[string(coreDigest(e))] = true
	}
	if len(digests) != 1 {
		t.Errorf("one second has %d digests", len(digests))
	}
}

// TestVectorSignature checks that envelopes are read, and the bytes under a
// signature put together, as the extension's authors did: with their key.
func TestVectorSignature(t *testing.T) {
	t.Parallel()
	vectors := map[string]string{
		"case 3": "eyJwYXlsb2FkVHlwZSI6Imh0dHBzOi8vY2xvdWRldmVudHMuaW8vdmVyaWZpYWJpbGl0eS9kc3NlL3YwLjEiLCJwYXlsb2FkIjoiZXlKamIzSmxJam9pZDB0RFlUaHpjVE5rZVdjdk1EQmFhVVJSZVM5aFdFRlpNWFJsY0ZGdWNrdE1ZVFo0VURCWk0wUXZVVDBpZlE9PSIsInNpZ25hdHVyZXMiOlt7ImtleWlkIjoidGVzdGtleSIsInNpZyI6IlVNcWlOWXA3U1FacTZNSGRtczRkbjJtc0hHaW5MSHZaYVVWM2doY2ovY241QmkzZDVqejBzZmhtOXBaODlDY09hK1dXdGpZNmNadmo3Yy90T1dzVFZnPT0ifV19",
		"case 5": "eyJwYXlsb2FkVHlwZSI6Imh0dHBzOi8vY2xvdWRldmVudHMuaW8vdmVyaWZpYWJpbGl0eS9kc3NlL3YwLjEiLCJwYXlsb2FkIjoiZXlKamIzSmxJam9pY1VOVFpXbGFhMU1yYUVnNVYybERiR1p4Tm5Cc1puRlpUbFo1TW10MmVGZFNabTlDY2t4RmVtOUVhejBpZlE9PSIsInNpZ25hdHVyZXMiOlt7ImtleWlkIjoidGVzdGtleSIsInNpZyI6IkYyaXAweG1nSlgzdWdIWkM2dE1ycjdBMkVxYWkwOHJhR3JUd2R5aC9PR0RJSXJGN0J5TTJ5SVRMS3FOckYzZHpaR1IybzBDczlmRUJGZEx4Uk9VeUVRPT0ifV19",
	}
	for name, vector := range vectors {
		env, m, ok := decodeMaterial(vector)
		if !ok || len(m.Core) != sha256.Size || m.Ext != nil || m.Attrs != nil {
			t.Errorf("%s is not read", name)
			continue
		}
		sig, _ := decode64(env.Signatures[0].Sig)
		payload, _ := decode64(env.Payload)
		if err := (vectorKey{}).Verify(context.Background(), dsse.PAE(env.PayloadType, payload), sig); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// vectorKey is the public key of the test vectors, ECDSA over P-256.
type vectorKey struct{}

func (vectorKey) Verify(_ context.Context, data, sig []byte) error {
	x, _ := new(big.Int).SetString("46950820868899156662930047687818585632848591499744589407958293238635476079160", 10)
	y, _ := new(big.Int).SetString("5640078356564379163099075877009565129882514886557779369047442380624545832820", 10)
	point := make([]byte, 65)
	point[0] = 4 // both coordinates follow, uncompressed
	x.FillBytes(point[1:33])
	y.FillBytes(point[33:])
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return errors.New("signature does not fit")
	}
	return nil
}

func TestMaterialOfEveryEventNamesTheSameAttributes(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(materialOf(vectorEvent(t)))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Attrs []string `json:"signedextattrs"`
		Ext   []byte   `json:"ext"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Attrs) != len(schemas.SignedExtensions) || len(m.Ext) != sha256.Size {
		t.Errorf("signed over %v; want %v", m.Attrs, schemas.SignedExtensions)
	}
}

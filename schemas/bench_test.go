package schemas_test

import (
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

// BenchmarkDecodeAndCheck is what the gate does with every event before it looks
// at the case.
func BenchmarkDecodeAndCheck(b *testing.B) {
	raw := accepted(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		e, err := schemas.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		if err := schemas.Check(e); err != nil {
			b.Fatal(err)
		}
	}
}

package schemas

import (
	"strconv"
	"strings"
)

// crockford is Crockford's base 32 alphabet followed by the five symbols that
// only a check symbol (modulo 37) can be.
// Source: D. Crockford, "Base 32", https://www.crockford.com/base32.html
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"

const (
	referenceDigits = 8  // base 32 digits
	referencePrefix = 10 // hex digits of the case id: 40 bits
)

// Reference returns the short name that people say and write for a case: the
// first 40 bits of its id as eight base 32 digits and a check symbol, as in
// "K7QM-3F9X-S". It is looked up among one's own cases only, is no secret, and
// two cases may share it. It is empty when id is not a case id.
func Reference(id string) string {
	if !ValidID(id) {
		return ""
	}
	n, err := strconv.ParseUint(id[:referencePrefix], 16, 64)
	if err != nil {
		return ""
	}
	var d [referenceDigits]byte
	for i, rest := referenceDigits-1, n; i >= 0; i-- {
		d[i] = crockford[rest%32]
		rest /= 32
	}
	return string(d[:4]) + "-" + string(d[4:]) + "-" + string(crockford[n%37])
}

// ParseReference reads a reference as a person types it: lower case, missing
// hyphens, and O, I and L for 0, 1 and 1 are forgiven. It returns the first ten
// hex digits of the case ids that the reference can mean, and false when s is
// none or its check symbol does not fit.
func ParseReference(s string) (prefix string, ok bool) {
	s = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), "-", ""))
	if len(s) != referenceDigits+1 {
		return "", false
	}
	s = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s)
	var n uint64
	for _, c := range s[:referenceDigits] {
		v := strings.IndexRune(crockford, c)
		if v < 0 || v > 31 {
			return "", false
		}
		n = n*32 + uint64(v)
	}
	if strings.IndexByte(crockford, s[referenceDigits]) != int(n%37) {
		return "", false
	}
	h := strconv.FormatUint(n, 16)
	return strings.Repeat("0", referencePrefix-len(h)) + h, true
}

package schemas

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Every id has one fixed grammar, checked before the id may become part of a
// subject, a path or a query: the broker would store "a.*" as a literal.
var (
	agencyGrammar = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)
	idGrammar     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	eventGrammar  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	digestGrammar = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// zeroID is refused everywhere: W3C Trace Context forbids it as a trace id.
const zeroID = "00000000000000000000000000000000"

// ValidAgency reports whether s is an agency id: a lower-case letter, then 1
// to 30 lower-case letters, digits or hyphens.
func ValidAgency(s string) bool { return agencyGrammar.MatchString(s) }

// ValidID reports whether s is the id of a case, inspection, referral or
// batch: 16 bytes as 32 lower-case hex digits, not all of them zero.
func ValidID(s string) bool { return idGrammar.MatchString(s) && s != zeroID }

// ValidEventID reports whether s is an event id: a lower-case UUID, version 7.
func ValidEventID(s string) bool { return eventGrammar.MatchString(s) }

// ValidDigest reports whether s is a SHA-256 digest as 64 lower-case hex digits.
func ValidDigest(s string) bool { return digestGrammar.MatchString(s) }

// Digest returns the SHA-256 of b as 64 lower-case hex digits.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// IDs makes new ids from a clock and a source of chance, which a test or the
// demonstration replaces.
type IDs struct {
	// Now is the clock.
	Now func() time.Time
	// Fill fills its argument with random bytes; it cannot fail.
	Fill func([]byte)
}

// ID returns a new random id for a case, inspection, referral or batch.
func (g IDs) ID() string {
	var b [16]byte
	for {
		g.Fill(b[:])
		if id := hex.EncodeToString(b[:]); id != zeroID {
			return id
		}
	}
}

// EventID returns a new event id: the present millisecond and 74 random bits.
func (g IDs) EventID() string {
	var b [16]byte
	g.Fill(b[6:])
	return uuid7(g.Now(), b)
}

// DeriveEventID returns the id of an event that follows from another one
// without a person's decision. It holds the instant at which the cause was
// recorded and 74 bits of SHA-256(author, cause, type, ordinal): two copies of
// the same author derive the same id, so the ledger keeps one of the two.
// Ordinal tells several events of one type with one cause apart.
func DeriveEventID(recorded time.Time, author, cause, typ string, ordinal int) string {
	seed := strings.Join([]string{author, cause, typ, strconv.Itoa(ordinal)}, "\n")
	sum := sha256.Sum256([]byte(seed))
	var b [16]byte
	copy(b[6:], sum[:10])
	return uuid7(recorded, b)
}

// DeriveID returns the id of a referral, case or batch that follows from an event
// without a person's decision: 128 bits of SHA-256(author, cause, what). What
// tells several ids with one cause apart. Two copies of the same author derive the
// same id.
func DeriveID(author, cause, what string) string {
	for ordinal := 0; ; ordinal++ {
		seed := strings.Join([]string{"id", author, cause, what, strconv.Itoa(ordinal)}, "\n")
		sum := sha256.Sum256([]byte(seed))
		if id := hex.EncodeToString(sum[:16]); id != zeroID {
			return id
		}
	}
}

// EventTime returns the millisecond that an event id holds, in UTC, and false
// when s is not an event id.
func EventTime(s string) (time.Time, bool) {
	if !ValidEventID(s) {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(s[:8]+s[9:13], 16, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(ms).UTC(), true
}

// uuid7 lays out RFC 9562 §5.7: 48 bits of milliseconds, version, variant, and
// whatever b holds in the other 74 bits.
func uuid7(t time.Time, b [16]byte) string {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli())<<16)
	copy(b[:6], ms[:6])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

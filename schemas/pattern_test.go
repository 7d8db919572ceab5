package schemas_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// Group 18: patterns are RE2 by construction, so no input makes them slow. What
// is left to look at is that each is anchored at both ends.
func TestPatternsAreAnchoredAndLinear(t *testing.T) {
	t.Parallel()
	attack := strings.Repeat("a0-1.", 40<<10) + "!"
	for _, path := range schemaFiles(t) {
		for _, n := range nodes(t, path) {
			pattern, ok := n.part["pattern"].(string)
			if !ok {
				continue
			}
			re, err := regexp.Compile(pattern)
			if err != nil || !strings.HasPrefix(pattern, "^") || !strings.HasSuffix(pattern, "$") {
				t.Errorf("%s: %v", n.at, err)
				continue
			}
			began := time.Now()
			re.MatchString(attack)
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s took %v", n.at, took)
			}
		}
	}
}

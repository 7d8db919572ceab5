package schemas_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

func TestEveryPolicyCanBeRead(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("policy/*.json")
	if err != nil || len(paths) == 0 || len(paths) != len(schemas.Policies()) {
		t.Fatalf("%d files, %d names, %v", len(paths), len(schemas.Policies()), err)
	}
	for _, name := range schemas.Policies() {
		want, err := os.ReadFile("policy/" + name + ".json")
		got, ok := schemas.Policy(name)
		if err != nil || !ok || !bytes.Equal(got, want) || !json.Valid(got) {
			t.Errorf("%s: not its file, %v", name, err)
		}
		if schemas.AboutPolicy(name) == "" {
			t.Errorf("%s: not said what it is about", name)
		}
	}
	for _, name := range []string{"", "KINDS", "kinds.json", "../codes/area"} {
		if _, ok := schemas.Policy(name); ok || schemas.AboutPolicy(name) != "" {
			t.Errorf("%q is a policy", name)
		}
	}
}

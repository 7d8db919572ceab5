package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"saphan": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"empty": emptyFolder, "trace": oneTrace},
	})
}

// emptyFolder checks that nothing is in a folder.
func emptyFolder(ts *testscript.TestScript, _ bool, args []string) {
	left, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("%s holds %s and more", args[0], left[0].Name())
	}
}

// oneTrace checks that standard output was one trace and nothing more, with
// every step told in full.
func oneTrace(ts *testscript.TestScript, _ bool, _ []string) {
	var told struct {
		Case, Reference string
		Steps           []struct{ Event, Time, Type, Agency, State string }
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(d.Decode(&told))
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("something follows the trace")
	}
	if told.Case == "" || told.Reference == "" || len(told.Steps) < len(story) {
		ts.Fatalf("the trace is not all there: %+v", told)
	}
	for _, st := range told.Steps {
		if st.Event == "" || st.Time == "" || st.Type == "" || st.Agency == "" || st.State == "" {
			ts.Fatalf("a step lacks something: %+v", st)
		}
	}
}

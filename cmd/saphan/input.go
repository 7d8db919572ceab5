package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// maxInput is how many bytes of a file are read: as many as a desk takes.
const maxInput = 4 << 20

// read returns what is in a file, or on standard input for "-".
func (c *command) read(path string) ([]byte, error) {
	from := c.stdin
	if f, ok := from.(*os.File); ok && path == "-" && c.terminal && isTerminal(f) {
		fmt.Fprintln(c.stderr, "saphan: type it in; Ctrl-D on a line of its own ends it")
	}
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxInput+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxInput {
		return nil, services.RefuseInput(schemas.Problems{{Code: schemas.CodeTooLarge}})
	}
	return raw, nil
}

// isBatch reports whether the input is an array.
func isBatch(raw []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("[")) }

// posted is what the program itself needs of an event that it hands over.
type posted struct {
	Type   string `json:"type"`
	Source string `json:"source"`
}

// name is the short name of the event's type.
func (p posted) name() string {
	for _, t := range schemas.Types() {
		if t.CloudEventType() == p.Type {
			return t.Name
		}
	}
	return ""
}

// eventsIn looks into the input, loosely: whoever takes it reads it strictly.
func eventsIn(raw []byte) []posted {
	if !isBatch(raw) {
		raw = append(append([]byte("["), raw...), ']')
	}
	var events []posted
	if json.Unmarshal(raw, &events) != nil {
		return nil
	}
	return events
}

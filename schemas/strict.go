package schemas

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// strict reads JSON token by token before anything else may look at it. The
// tokenizer refuses duplicate names, lone surrogates and bytes that are not
// UTF-8; strict adds the limits of depth and of numbers. A number as large as
// 1e10000000 would make the schema validator panic.
type strict struct {
	dec   *jsontext.Decoder
	raw   []byte
	depth int // deepest nesting allowed
}

// member is one name of an object and the exact bytes of its value.
type member struct {
	name  string
	value []byte
}

// Literals that are refused although JSON allows them.
var (
	negativeZero = regexp.MustCompile(`^-0(\.0*)?([eE].*)?$`)
	longExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)
)

func newStrict(raw []byte, depth int) *strict {
	return &strict{dec: jsontext.NewDecoder(bytes.NewBuffer(raw)), raw: raw, depth: depth}
}

// object reads raw as exactly one object, and returns its members in order.
func object(raw []byte, depth int) ([]member, error) {
	s := newStrict(raw, depth)
	if err := s.begin('{'); err != nil {
		return nil, err
	}
	var ms []member
	for s.dec.PeekKind() != '}' {
		name, err := s.token()
		if err != nil {
			return nil, err
		}
		m := member{name: name.String()}
		if m.value, err = s.value(); err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, s.end()
}

// array reads raw as exactly one array of at most limit elements, and returns
// the bytes of each. What is wrong inside an element points to it, as in "/0".
func array(raw []byte, depth, limit int) ([][]byte, error) {
	s := newStrict(raw, depth)
	if err := s.begin('['); err != nil {
		return nil, err
	}
	var elements [][]byte
	for s.dec.PeekKind() != ']' {
		value, err := s.value()
		if err != nil {
			return nil, under("/"+strconv.Itoa(len(elements)), err)
		}
		if len(elements) == limit {
			return nil, Problems{{Code: "maxItems"}}
		}
		elements = append(elements, value)
	}
	return elements, s.end()
}

// begin reads the bracket that opens the document.
func (s *strict) begin(kind jsontext.Kind) error {
	if s.dec.PeekKind() != kind {
		return Problems{{Code: CodeMalformed}}
	}
	_, err := s.token()
	return err
}

// end reads the bracket that closes the document, and that nothing follows it.
func (s *strict) end() error {
	if _, err := s.token(); err != nil {
		return err
	}
	if _, err := s.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Problems{{Code: CodeMalformed}}
	}
	return nil
}

// value reads one value of any kind and returns its bytes as they are in raw.
func (s *strict) value() ([]byte, error) {
	from, level := s.dec.InputOffset(), s.dec.StackDepth()
	for {
		if _, err := s.token(); err != nil {
			return nil, err
		}
		if s.dec.StackDepth() == level {
			break
		}
	}
	return bytes.TrimLeft(s.raw[from:s.dec.InputOffset()], " \t\r\n:,"), nil
}

// token reads the next token within the limits.
func (s *strict) token() (jsontext.Token, error) {
	t, err := s.dec.ReadToken()
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return t, Problems{{Code: CodeDuplicateKey}}
	case err != nil:
		return t, Problems{{Code: CodeMalformed}}
	case s.dec.StackDepth() > s.depth:
		return t, Problems{{Code: CodeDepth}}
	case t.Kind() == '0' && !saneNumber(t.String()):
		return t, Problems{{Code: CodeNumber}}
	}
	return t, nil
}

// saneNumber reports whether a number literal is short, has an exponent of at
// most three digits and is not minus zero.
func saneNumber(literal string) bool {
	return len(literal) <= MaxNumber && !longExponent.MatchString(literal) && !negativeZero.MatchString(literal)
}

// kind returns what a value that was read strictly is: '{', '[', '"', '0' and so on.
func kind(value []byte) jsontext.Kind { return jsontext.Value(value).Kind() }

// text reads a JSON string, and reports false when value is none.
func text(value []byte) (string, bool) {
	if kind(value) != '"' {
		return "", false
	}
	b, err := jsontext.AppendUnquote(nil, value)
	return string(b), err == nil
}

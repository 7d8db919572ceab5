package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// attributePrefix begins the headers that hold the attributes of an event in
// binary mode.
const attributePrefix = "Ce-"

// isBinary reports whether the headers hold an event's attributes.
func isBinary(h http.Header) bool { return h.Get(attributePrefix+"Specversion") != "" }

// structured writes an event of binary mode in structured mode, once: the bytes
// are the same for the same headers and body, and from here on only they count.
// It refuses what could become anything else than attributes and one value of
// data; whether they are right is for the decoder.
// Source: CloudEvents HTTP protocol binding 1.0, §3.1.
func structured(h http.Header, body []byte) ([]byte, error) {
	if !json.Valid(body) {
		return nil, malformed()
	}
	var names []string
	for name := range h {
		if strings.HasPrefix(name, attributePrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	raw := []byte("{")
	for _, name := range names {
		value, err := attribute(h.Values(name))
		if err != nil {
			return nil, err
		}
		raw = appendJSON(raw, strings.ToLower(strings.TrimPrefix(name, attributePrefix)))
		raw = append(raw, ':')
		raw = append(appendJSON(raw, value), ',')
	}
	raw = append(raw, `"datacontenttype":"application/json","data":`...)
	return append(append(raw, body...), '}'), nil
}

// attribute reads the value of a header: given once, percent-encoded.
func attribute(values []string) (string, error) {
	if len(values) != 1 {
		return "", malformed()
	}
	value, err := url.PathUnescape(values[0])
	if err != nil {
		return "", malformed()
	}
	return value, nil
}

// appendJSON appends s as a JSON string.
func appendJSON(dst []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...)
	}
	return append(dst, quoted...)
}

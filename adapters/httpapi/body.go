package httpapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Limits of a body, in bytes.
const (
	maxEvent = schemas.MaxEvent
	maxBatch = 4 << 20
	maxInput = schemas.MaxSection // what a person says with a verb becomes a section
)

// errMediaType refuses a content type or an encoding that is not ours.
var errMediaType = services.Refuse(services.Invalid, services.CodeMediaType)

// mediaType returns the media type of the body. A compressed body is refused:
// nothing is ever unpacked here.
func (c *call) mediaType() (string, error) {
	if len(c.Header.Values("Content-Encoding")) > 0 {
		return "", errMediaType
	}
	name, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil {
		return "", errMediaType
	}
	if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return "", errMediaType
	}
	return name, nil
}

// read returns the body, which may have limit bytes. One byte more ends reading,
// and the connection.
func (c *call) read(limit int64) ([]byte, error) {
	if c.ContentLength > limit {
		return nil, c.tooLarge()
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, c.tooLarge()
	case err != nil:
		return nil, malformed()
	}
	return raw, nil
}

// input reads what a person says, one JSON object without anything unknown in
// it, into v. No body at all says nothing, and that is enough for some verbs. Takes
// are the members that are told to whoever names another one; all of v when empty.
func (c *call) input(v any, takes ...string) error {
	if c.ContentLength == 0 {
		return nil
	}
	media, err := c.mediaType()
	if err != nil {
		return err
	}
	if media != typeJSON {
		return errMediaType
	}
	raw, err := c.read(maxInput)
	if err != nil {
		return err
	}
	if value := jsontext.Value(raw); !value.IsValid() || value.Kind() != '{' {
		return malformed()
	}
	if err := json.Unmarshal(raw, v, json.RejectUnknownMembers(true)); err != nil {
		return misfit(reflect.TypeOf(v).Elem(), err, takes)
	}
	return nil
}

func (c *call) tooLarge() error {
	c.w.Header().Set("Connection", "close")
	return services.RefuseInput(schemas.Problems{{Code: schemas.CodeTooLarge}})
}

func malformed() error {
	return services.RefuseInput(schemas.Problems{{Code: schemas.CodeMalformed}})
}

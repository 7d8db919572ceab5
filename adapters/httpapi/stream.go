package httpapi

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// typeStream is the media type of server-sent events.
// Source: WHATWG HTML, section "Server-sent events".
const typeStream = "text/event-stream"

const (
	retryMillis = 2000        // after which a client comes back
	perLook     = 100         // entries read at once
	recheck     = time.Second // how often a token is looked at while nothing comes
)

// stream tells one client what its desk is shown, as long as its token is good.
type stream struct {
	*call
	token services.TokenHash
	types map[string]bool // short names; nil: all
	place uint64          // how far the client is
	told  uint64          // the place that it knows of
	close func()          // counts it out
	out   http.ResponseWriter
	line  *http.ResponseController
}

var docStream = doc{
	id: "stream", summary: "Follow what the desk is shown",
	about: "Server-sent events: id is the place in the feed, event the type, data the event as it was signed. A " +
		"client that comes back with the last id loses nothing.",
	asks: []parameter{
		{name: "Last-Event-ID", in: "header", says: "Begin behind this place; 0 is the beginning.", example: "17"},
		{name: "after", says: "The same, for who cannot send the header. Without either: from now on.", example: "0"},
		{name: "types", says: "The types that are wanted, with commas, or all of a noun.", example: "referral.offered,case.*"},
	},
	answers: []content{{status: 200, says: "Events, for as long as the token is good.", media: typeStream, shape: eventStream}},
	codes: []*services.Error{
		services.Refuse(services.Invalid, services.CodePlace), services.Refuse(services.Invalid, services.CodeTypes),
	},
}

// showStream follows the feed of the desk: what came behind the entry that the
// header Last-Event-ID names, or else the parameter "after"; from now on when neither
// is given, and from the beginning with 0. The parameter "types" names the types that
// are wanted, several with commas: short names, or all of a noun as in "referral.*".
func showStream(c *call) (answer, error) {
	s := &stream{call: c, token: bearer(c.Request)}
	var err error
	if s.place, err = c.start(); err != nil {
		return answer{}, err
	}
	s.told = ^s.place // it knows of none yet
	if s.types, err = typesIn(c.URL.Query()["types"]); err != nil {
		return answer{}, err
	}
	var ok bool
	if s.close, ok = c.api.streams.enter(caller(c.grant)); !ok {
		return answer{}, errTooMany
	}
	return answer{status: http.StatusOK, contentType: typeStream, stream: s.run}, nil
}

// start is the place behind which the stream begins. One that the feed has not
// reached is refused: it is of another desk, or of one that lost its store.
func (c *call) start() (uint64, error) {
	last, err := c.desk.Last(c.Context())
	if err != nil {
		return 0, err
	}
	given := c.Header.Values("Last-Event-ID")
	if len(given) == 0 {
		given = c.URL.Query()["after"]
	}
	if len(given) == 0 {
		return last, nil
	}
	place, err := strconv.ParseUint(given[0], 10, 63)
	if len(given) > 1 || err != nil || place > last || strconv.FormatUint(place, 10) != given[0] {
		return 0, services.Refuse(services.Invalid, services.CodePlace)
	}
	return place, nil
}

// typesIn reads which types are wanted; nil for all.
func typesIn(given []string) (map[string]bool, error) {
	if len(given) == 0 {
		return nil, nil
	}
	wanted := make(map[string]bool)
	for word := range strings.SplitSeq(strings.Join(given, ","), ",") {
		fitting := schemas.TypesFitting(word)
		if fitting == nil {
			return nil, services.Refuse(services.Invalid, services.CodeTypes)
		}
		for _, name := range fitting {
			wanted[name] = true
		}
	}
	return wanted, nil
}

// run writes entries until the client goes, does not read, or may not any more, or
// the server stops. A client that comes back with the last id loses nothing.
func (s *stream) run(w http.ResponseWriter) error {
	defer s.close()
	s.api.streaming(s.call, +1)
	defer s.api.streaming(s.call, -1)
	s.out, s.line = w, http.NewResponseController(w)
	beat, check := time.NewTicker(s.api.Limits.Heartbeat), time.NewTicker(recheck)
	defer beat.Stop()
	defer check.Stop()
	going := s.write(s.appendPlace(fmt.Appendf(nil, "retry: %d\n", retryMillis)))
	for going {
		news, before := s.desk.News(), s.place
		var err error
		if going, err = s.look(); err != nil {
			return err
		}
		if !going || s.place > before {
			continue
		}
		select {
		case <-news:
		case <-check.C:
		case <-beat.C:
			going = s.write(s.appendPlace([]byte(":\n")))
		case <-s.Context().Done():
		case <-s.api.Closing:
		}
	}
	return nil
}

// streaming has a stream counted.
func (a *api) streaming(c *call, change int64) {
	if a.Streaming != nil {
		a.Streaming(c.Context(), c.grant.Agency, change)
	}
}

// look writes what comes next, and reports whether the stream is to go on.
func (s *stream) look() (bool, error) {
	entries, last, err := s.desk.Feed(s.Context(), s.place, perLook)
	if err != nil && s.Context().Err() == nil {
		return false, err
	}
	for _, e := range entries {
		if s.types != nil && !s.types[e.Fact.Name()] {
			continue
		}
		if !s.allowed() || !s.write(appendEvent(nil, e.Place, e.Fact)) {
			return false, nil
		}
		s.told = e.Place
	}
	s.place = last
	return s.allowed() && s.line.Flush() == nil, nil
}

// allowed reports whether the client may be told more: its token is still good, and
// the server does not stop.
func (s *stream) allowed() bool {
	select {
	case <-s.api.Closing:
		return false
	default:
	}
	grant, err := s.api.grantOf(s.token)
	return err == nil && grant.Allows(services.MayRead) && s.Context().Err() == nil
}

// write gives the client a while to take a text, and reports whether it did.
func (s *stream) write(text []byte) bool {
	_ = s.line.SetWriteDeadline(time.Now().Add(s.api.Limits.Patience))
	_, err := s.out.Write(text)
	return err == nil
}

// appendPlace ends a block that is no event with the place that the client is at,
// unless it knows: what is passed over is not read again, and who comes back before
// the first event misses none.
func (s *stream) appendPlace(block []byte) []byte {
	if s.told != s.place {
		block = fmt.Appendf(block, "id: %d\n", s.place)
		s.told = s.place
	}
	return append(block, '\n')
}

// appendEvent writes an entry as a server-sent event. Whoever joins the lines of its
// data has the bytes of the event; where those hold a carriage return, which no desk
// writes, a line feed stands in its place.
func appendEvent(dst []byte, place uint64, f services.Fact) []byte {
	dst = fmt.Appendf(dst, "id: %d\nevent: %s\n", place, f.Event.Type())
	data := bytes.ReplaceAll(bytes.ReplaceAll(f.Bytes, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		dst = append(append(append(dst, "data: "...), line...), '\n')
	}
	return append(dst, '\n')
}

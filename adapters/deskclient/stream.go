package deskclient

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/saphan-project/saphan/services"
)

const (
	silence    = 30 * time.Second // two heartbeats of a desk: after it, it is not there
	firstPause = 2 * time.Second  // before the first try again, unless the desk says
	maxPause   = time.Minute      // between tries
	maxLine    = 1 << 20          // bytes; an event has at most 256 KiB
)

// Event is one entry of a desk's stream.
type Event struct {
	Place uint64 // after which to go on; places ascend
	Type  string // as in "org.saphan.referral.offered.v1"
	Raw   []byte // CloudEvents JSON, structured, as it was signed
}

// StreamInput says what of a stream is wanted. Its zero value wants everything that
// comes from now on.
type StreamInput struct {
	// After is the place behind which it begins, 0 the beginning; nil: now.
	After *uint64
	// Types are short names of types, or all of a noun as in "referral.*"; none: all.
	Types []string
	// Silence is how long the desk may say nothing, not even that it is there; 30 s.
	Silence time.Duration
	// Notice is told how the stream fares; may be nil.
	Notice func(Notice)
}

// Notice says how a stream fares.
type Notice struct {
	// Err is why the stream was lost; nil when the desk is there, which it says with
	// every heartbeat.
	Err error
	// Pause is how long it takes until the next try.
	Pause time.Duration
	// Place is how far the stream is, also past what was not wanted; with an Err it may
	// be 0, when the desk never was there.
	Place uint64
}

// CodeSilent is the code of Later when a desk has said nothing for too long.
const CodeSilent = "desk_silent"

// Stream hands over what the desk is shown, one event after the other, each place
// once. It comes back with growing pauses whenever the stream is lost, and returns
// when ctx ends, with its error; with the first error of told; or when the desk
// refuses, because the token, the place or a type is not good.
func (c *Client) Stream(ctx context.Context, in StreamInput, told func(Event) error) error {
	in.Silence = cmp.Or(in.Silence, silence)
	f := &following{Client: c, in: in, told: told, retry: firstPause}
	for pause := f.retry; ; {
		moved, err := f.connect(ctx)
		var stop *stopped
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &stop):
			return stop.error
		case final(err):
			return err
		case moved:
			pause = f.retry
		}
		f.notice(Notice{Err: err, Pause: pause})
		if err := rest(ctx, pause); err != nil {
			return err
		}
		pause = min(max(2*pause, f.retry), maxPause)
	}
}

// final reports whether the same again can only be refused again.
func final(err error) bool {
	switch services.KindOf(err) {
	case services.Invalid, services.Unauthorized, services.Forbidden, services.Unknown:
		return true
	}
	return false
}

// stopped is an error of who is told.
type stopped struct{ error }

// following is a stream over all its connections.
type following struct {
	*Client
	in    StreamInput
	told  func(Event) error
	retry time.Duration // as the desk says
	alive *time.Timer   // ends the connection when the desk is silent
}

// notice tells how it fares, once it is known where the stream is.
func (f *following) notice(n Notice) {
	if f.in.After != nil {
		n.Place = *f.in.After
	}
	if f.in.Notice != nil && (n.Err != nil || f.in.After != nil) {
		f.in.Notice(n)
	}
}

// connect follows one connection until it ends, and reports whether anything came.
func (f *following) connect(ctx context.Context) (moved bool, err error) {
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f.alive = time.AfterFunc(f.in.Silence, func() {
		cancel(services.Refuse(services.Later, CodeSilent))
	})
	defer f.alive.Stop()
	body, err := f.open(within)
	if err == nil {
		defer body.Close()
		moved, err = f.read(within, body)
	}
	if cause := context.Cause(within); cause != nil {
		err = cause
	}
	return moved, err
}

// open asks for the stream from where it is.
func (f *following) open(ctx context.Context) (io.ReadCloser, error) {
	path := "/v1/stream"
	if len(f.in.Types) > 0 {
		path += "?types=" + url.QueryEscape(strings.Join(f.in.Types, ","))
	}
	req, err := f.request(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if f.in.After != nil {
		req.Header.Set("Last-Event-ID", strconv.FormatUint(*f.in.After, 10))
	}
	resp, err := f.streams.Do(req)
	if err != nil {
		return nil, away(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxLine))
	if err != nil {
		return nil, away(ctx, err)
	}
	return nil, refusal(raw)
}

// read takes the blocks of a connection, one after the other.
// Source: WHATWG HTML, "Server-sent events", interpretation of an event stream.
func (f *following) read(ctx context.Context, body io.Reader) (moved bool, err error) {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxLine)
	var b block
	for ctx.Err() == nil && lines.Scan() {
		f.alive.Reset(f.in.Silence)
		line := lines.Text()
		if line != "" {
			b.add(line)
			continue
		}
		f.alive.Stop() // as long as it takes to deal with it
		if err := f.take(b); err != nil {
			return true, err
		}
		if !moved || len(b.data) == 0 {
			f.notice(Notice{})
		}
		f.alive.Reset(f.in.Silence)
		moved, b = true, block{}
	}
	return moved, services.Because(services.Later, CodeDeskAway, cmp.Or(lines.Err(), io.EOF))
}

// take hands a block over. One without data tells a place alone, or nothing.
func (f *following) take(b block) error {
	if b.retry > 0 {
		f.retry = b.retry
	}
	place, err := strconv.ParseUint(b.id, 10, 63)
	switch {
	case err != nil || f.in.After != nil && place <= *f.in.After:
		return nil
	case len(b.data) > 0:
		if err := f.told(Event{Place: place, Type: b.event, Raw: []byte(strings.Join(b.data, "\n"))}); err != nil {
			return &stopped{err}
		}
	}
	f.in.After = &place
	return nil
}

// block is what stands between two empty lines.
type block struct {
	id, event string
	data      []string
	retry     time.Duration
}

func (b *block) add(line string) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "id":
		b.id = value
	case "event":
		b.event = value
	case "data":
		b.data = append(b.data, value)
	case "retry":
		if ms, err := strconv.ParseUint(value, 10, 31); err == nil {
			b.retry = time.Duration(ms) * time.Millisecond
		}
	}
}

// rest returns after d, or with its error when ctx ends.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

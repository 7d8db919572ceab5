package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// listenFlags are the flags of `saphan listen`.
type listenFlags struct {
	types        []string
	from, cursor string
	forward      string
	anywhere     bool
}

func (c *command) listenCommand() *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Follow what your agency is shown, as it comes, and hand it to a program",
		Long: `Follow what your agency is shown, as it comes: a line for each event, until Ctrl-C.
It goes on where it left off, also after a restart: how far it is stands in a file
beside the desk file (listen.cursor), and moves only when an event was printed, or
taken by the program with a status of 2xx. A program may get an event twice when
something breaks off in between: its id tells. The first time it begins now.

An event holds codes and ids, and still says that somebody is in need: --forward-to
takes an address of this machine, because nothing on the way is signed or encrypted.
What should go further is a webhook; --forward-anywhere is for a network of your own.`,
		Example: `  saphan listen
  saphan listen --types 'referral.*,access.ended' --lang th
  saphan listen --from start --json
  saphan listen --forward-to http://127.0.0.1:3000/events`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listen(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.types, "types", nil, "only these `TYPES`, as in referral.offered or referral.*; saphan schema ls lists them")
	flags.StringVar(&f.from, "from", "", "`start`, now, or the place of an event; where it left off when not given")
	flags.StringVar(&f.cursor, "cursor", "", "`FILE` that keeps how far it is; listen.cursor beside the desk file when not given. One for each listener")
	flags.StringVar(&f.forward, "forward-to", "", "post each event to this `URL`, one after the other, until it takes it")
	flags.BoolVar(&f.anywhere, "forward-anywhere", false, "let --forward-to name another machine")
	return cmd
}

// listener follows a stream for one run of the program.
type listener struct {
	*command
	agency  string
	cursor  cursor
	forward *forwarder // nil: nobody to hand over to
	there   bool       // the desk, as was told last
}

func (c *command) listen(ctx context.Context, f listenFlags) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	l := &listener{command: c, agency: client.Agency()}
	l.cursor.path = cmp.Or(f.cursor, filepath.Join(filepath.Dir(c.desk), "listen.cursor"))
	if f.forward != "" {
		if l.forward, err = newForwarder(f.forward, f.anywhere, l.say); err != nil {
			return err
		}
	}
	after, err := l.begin(f.from)
	if err != nil {
		return err
	}
	return l.follow(ctx, client, deskclient.StreamInput{After: after, Types: f.types, Notice: l.notice})
}

// follow deals with one event after the other until ctx ends, which is no error:
// Ctrl-C is how it ends.
func (l *listener) follow(ctx context.Context, client *deskclient.Client, in deskclient.StreamInput) error {
	err := client.Stream(ctx, in, func(e deskclient.Event) error { return l.take(ctx, e) })
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// begin is the place behind which it begins; nil: now.
func (l *listener) begin(from string) (*uint64, error) {
	switch from {
	case "now":
		return nil, nil
	case "start":
		return new(uint64), nil
	case "":
		return l.cursor.read()
	}
	place, err := strconv.ParseUint(from, 10, 63)
	if err != nil {
		return nil, usage("unknown value of --from", "it takes start, now, or the place of an event")
	}
	return &place, nil
}

// take prints an event, or hands it over and then prints it, and remembers how far
// it is.
func (l *listener) take(ctx context.Context, e deskclient.Event) error {
	if l.forward != nil {
		if err := l.forward.post(ctx, e.Raw); err != nil {
			return err
		}
	}
	if err := l.show(e.Raw); err != nil {
		return err
	}
	return l.cursor.write(e.Place)
}

// show prints an event on one line: itself, or what it is in words.
func (l *listener) show(raw []byte) error {
	if l.json {
		var line bytes.Buffer
		if err := json.Compact(&line, raw); err != nil {
			return services.Refuse(services.Internal, "answer")
		}
		_, err := fmt.Fprintln(l.stdout, line.String())
		return err
	}
	var e struct {
		posted
		Subject string    `json:"subject"`
		Time    time.Time `json:"time"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return services.Refuse(services.Internal, "answer")
	}
	name := e.name()
	_, err := fmt.Fprintf(l.stdout, "  %s  %s%s%s\n", clock(l.lang, bangkok(e.Time), withDate),
		pad(schemas.Reference(e.Subject), referenceColumn), pad(word(name, l.lang), wordColumn), shown(name))
	return err
}

// notice tells on stderr when the desk is there, and when it is lost.
func (l *listener) notice(n deskclient.Notice) {
	if n.Err != nil {
		l.there = false
		l.say(fmt.Sprintf("%s; trying again in %s", l.explain(services.AsError(n.Err)).text, n.Pause))
		return
	}
	if !l.there {
		l.say(fmt.Sprintf("listening at the desk of %s, behind place %d; Ctrl-C ends it", l.agency, n.Place))
	}
	l.there = true
	if err := l.cursor.write(n.Place); err != nil {
		l.say(err.Error())
	}
}

// say tells on stderr how it goes, beside what is printed.
func (l *listener) say(text string) {
	if !l.json {
		fmt.Fprintln(l.stderr, "saphan: "+text)
		return
	}
	_ = json.NewEncoder(l.stderr).Encode(map[string]string{"notice": text}) // a stderr that is gone hears nothing
}

// cursor is how far a listener is, in a private file.
type cursor struct {
	path  string
	kept  bool
	place uint64
}

// read returns the place that the file keeps; nil when there is no file.
func (c *cursor) read() (*uint64, error) {
	text, err := readPrivate(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	place, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 63)
	if err != nil {
		return nil, fileError("read", c.path, errors.New("this is no place of a stream; say --from start or now"))
	}
	return &place, nil
}

// write keeps a place, unless it is there already.
func (c *cursor) write(place uint64) error {
	if c.kept && c.place == place {
		return nil
	}
	if err := replacePrivate(c.path, strconv.AppendUint(nil, place, 10)); err != nil {
		return err
	}
	c.kept, c.place = true, place
	return nil
}

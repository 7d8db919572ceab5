package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	forwardTimeout    = 30 * time.Second
	forwardFirstPause = time.Second
	forwardMaxPause   = time.Minute
)

// forwarder posts events to a program, one after the other.
type forwarder struct {
	url    string
	client *http.Client
	pause  time.Duration // the first; each is twice as long as the one before
	say    func(string)
}

var errElsewhere = errors.New("not this machine")

// newForwarder refuses an address that is none, or of another machine unless that is
// meant. What the name of the host stands for is looked at again with every
// connection.
func newForwarder(to string, anywhere bool, say func(string)) (*forwarder, error) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, usage("--forward-to takes an address on the web", "as in --forward-to http://127.0.0.1:3000/events")
	}
	dialer := &net.Dialer{Timeout: forwardTimeout}
	if !anywhere {
		if u.Hostname() != "localhost" && !isLoopback(u.Hostname()) {
			return nil, usage("--forward-to names another machine",
				"nothing on the way would be signed or encrypted: make a webhook for it, or add --forward-anywhere on a network of your own")
		}
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if host, _, err := net.SplitHostPort(address); err != nil || !isLoopback(host) {
				return errElsewhere
			}
			return nil
		}
	}
	return &forwarder{url: to, pause: forwardFirstPause, say: say, client: &http.Client{
		Timeout:       forwardTimeout,
		Transport:     &http.Transport{DialContext: dialer.DialContext}, // and no proxy
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// post hands an event over, and tries again until the program takes it or ctx ends.
func (f *forwarder) post(ctx context.Context, event []byte) error {
	for pause := f.pause; ; pause = min(2*pause, forwardMaxPause) {
		why := f.try(ctx, event)
		if why == "" || ctx.Err() != nil {
			return ctx.Err()
		}
		f.say(fmt.Sprintf("%s; trying again in %s", why, pause))
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

// try says why the program did not take the event; nothing when it did.
func (f *forwarder) try(ctx context.Context, event []byte) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(event))
	if err != nil {
		return "no request can be made of that address"
	}
	req.Header.Set("Content-Type", "application/cloudevents+json")
	resp, err := f.client.Do(req)
	if errors.Is(err, errElsewhere) {
		return "the address is one of another machine"
	}
	if err != nil {
		return "the program does not answer"
	}
	_ = resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Sprintf("the program answered with status %d", resp.StatusCode)
	}
	return ""
}

package main

import (
	"cmp"
	"net"
	"net/url"

	"github.com/spf13/cobra"
)

// webAddress is where the HTTP API listens.
type webAddress struct {
	listen string
	url    string // under which clients reach it
	expose bool
	// loopback lets webhooks lead to the own machine.
	loopback bool
}

func (w *webAddress) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&w.listen, "listen", "127.0.0.1:8088", "`ADDRESS` of the HTTP API")
	flags.StringVar(&w.url, "url", "", "`URL` under which clients reach it, for the desk files; made from --listen when not given")
	flags.BoolVar(&w.expose, "expose", false, "allow an address that other machines can reach (put TLS in front)")
	flags.BoolVar(&w.loopback, "webhooks-to-loopback", false, "let webhooks lead to this machine, with http as well (to try them out)")
}

// known tells a world the name by which receivers of webhooks know what is served on a
// listener.
func (w webAddress) known(l net.Listener, to *world) {
	to.origin, to.loopback = originOf(cmp.Or(w.url, urlOf(l.Addr()))), w.loopback
}

// check refuses an address of clients that is none.
func (w webAddress) check() error {
	u, err := url.Parse(w.url)
	web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
	if w.url == "" || web && u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return usage("--url takes an address on the web", "as in --url https://saphan.example.org")
}

// open listens. It refuses an address that other machines can reach, unless that
// is meant.
func (w webAddress) open() (net.Listener, error) {
	l, err := net.Listen("tcp", w.listen)
	if err != nil {
		return nil, usage("cannot listen on that address", "choose another one with --listen, as in --listen 127.0.0.1:0")
	}
	if at, ok := l.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() || w.expose {
		return l, nil
	}
	_ = l.Close()
	return nil, usage("other machines can reach that address", "listen on 127.0.0.1, or add --expose with TLS in front")
}

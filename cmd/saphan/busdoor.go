package main

import (
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
)

// busDoor is where other processes reach the bus; nowhere when it is zero.
type busDoor struct {
	listen string   // as in "0.0.0.0:4222"
	urls   []string // under which they reach it; made from listen when there is none
}

// check refuses what is no address of a bus.
func (b busDoor) check() error {
	if _, _, err := b.split(); b.listen != "" && err != nil {
		return usage("cannot listen on that address of the bus", "name host and port, as in --bus 0.0.0.0:4222")
	}
	if b.listen == "" && len(b.urls) > 0 {
		return usage("--bus-url without --bus", "say where the bus listens, as in --bus 0.0.0.0:4222")
	}
	for _, given := range b.urls {
		u, err := url.Parse(given)
		if err != nil || u.Scheme != "tls" || u.Hostname() == "" || u.User != nil || u.Path != "" {
			return usage("--bus-url takes an address of the bus", "as in --bus-url tls://hub.example.org:4222")
		}
	}
	return nil
}

func (b busDoor) split() (string, int, error) {
	host, text, err := net.SplitHostPort(b.listen)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return host, int(port), err
}

// open returns where the broker listens, with a certificate for every name that it
// is called by, and what partners check that against.
func (b busDoor) open(dir string, now time.Time) (*natsbus.Listen, []byte, error) {
	if b.listen == "" {
		return nil, nil, nil
	}
	host, port, err := b.split()
	if err != nil {
		return nil, nil, err
	}
	if port == 0 {
		port = -1 // to the broker, any that is free
	}
	names := []string{"localhost", "127.0.0.1", "::1"}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		names = append(names, host)
	}
	for _, given := range b.urls {
		u, err := url.Parse(given)
		if err != nil {
			return nil, nil, err
		}
		names = append(names, u.Hostname())
	}
	c, err := openCertifier(dir, now)
	if err != nil {
		return nil, nil, err
	}
	shown, err := c.server(names, now)
	return &natsbus.Listen{Host: host, Port: port, TLS: shown}, c.pem(), err
}

// reached is under which addresses partners reach a broker that listens.
func (b busDoor) reached(addr string) []string {
	switch {
	case len(b.urls) > 0:
		return b.urls
	case addr == "":
		return []string{}
	}
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return []string{"tls://" + net.JoinHostPort(host, port)}
}

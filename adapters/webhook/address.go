package webhook

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

const (
	maxURL      = 2048 // bytes
	httpsPort   = 443
	lowestPort  = 1024 // below it, but for 443, are services that are no receivers
	loopbackDNS = "localhost"
)

// The addresses of the own machine, and where its name leads.
var (
	loopback4, loopback6 = netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")
	ownMachine           = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}
)

// guard decides where something may be sent.
type guard struct {
	loopback bool
	safe     *ssrf.Guardian
	lookup   func(ctx context.Context, host string) ([]netip.Addr, error)
}

func newGuard(c Config) guard {
	options := []ssrf.Option{ssrf.WithAnyPort()} // ports are checked in the URL
	if c.Loopback {
		options = append(options, ssrf.WithAllowedV4Prefixes(loopback4), ssrf.WithAllowedV6Prefixes(loopback6))
	}
	g := guard{loopback: c.Loopback, safe: ssrf.New(options...), lookup: c.Lookup}
	if g.lookup == nil {
		g.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return g
}

// errURL and errAddress refuse an address; they do not repeat it.
var (
	errURL     = services.Refuse(services.Invalid, webhook.CodeURL)
	errAddress = services.Refuse(services.Invalid, webhook.CodeAddress)
)

// parse reads an address in the one form that is sent to.
func (g guard) parse(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, errURL
	}
	plain := g.loopback && u.Scheme == "http" && local(u.Hostname())
	switch {
	case u.Scheme != "https" && !plain, u.Opaque != "", u.User != nil, u.Fragment != "", strings.Contains(raw, "#"):
		return nil, errURL
	case !goodHost(u.Hostname()), !goodPort(u):
		return nil, errURL
	}
	return u, nil
}

// local reports whether a host is the own machine, as it is written.
func local(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == loopbackDNS || err == nil && (loopback4.Contains(at) || loopback6.Contains(at))
}

// goodHost takes an address in its one usual form, or a name. What ends in a number is
// an address to some and a name to others, as in "2130706433" or "0x7f.1".
// Source: WHATWG URL standard, "ends in a number checker".
func goodHost(host string) bool {
	if at, err := netip.ParseAddr(host); err == nil {
		return at.Zone() == ""
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	digits := func(r rune) bool { return r < '0' || r > '9' }
	return last != "" && strings.ContainsFunc(last, digits) && !strings.HasPrefix(strings.ToLower(last), "0x") &&
		!strings.ContainsAny(host, ":%[]")
}

func goodPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && (port == httpsPort || port >= lowestPort)
}

// resolve returns the addresses of a host.
func (g guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if at, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{at}, nil
	}
	if g.loopback && host == loopbackDNS {
		return ownMachine, nil
	}
	return g.lookup(ctx, host)
}

// check refuses an address that nothing may be sent to: all that its name leads to
// now must be allowed.
func (g guard) check(ctx context.Context, raw string) error {
	u, err := g.parse(raw)
	if err != nil {
		return err
	}
	found, err := g.resolve(ctx, u.Hostname())
	if err != nil || len(found) == 0 {
		return services.Refuse(services.Later, webhook.CodeHost)
	}
	if slices.ContainsFunc(found, func(at netip.Addr) bool { return g.safe.SafeAddr(at) != nil }) {
		return errAddress
	}
	return nil
}

// dial connects to one of the addresses of a host. Each is checked when it is used,
// as the socket has it.
func (g guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	found, err := g.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Control: func(network, address string, c syscall.RawConn) error { return g.safe.Safe(network, address, c) }}
	err = &net.DNSError{Err: "no address", IsNotFound: true}
	for i, at := range found {
		var conn net.Conn
		d.Timeout = share(ctx, len(found)-i)
		if conn, err = d.DialContext(ctx, network, net.JoinHostPort(at.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// share is the part of the time that is left which one of so many addresses may take,
// so that one that does not answer leaves some for the next.
func share(ctx context.Context, addresses int) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return time.Until(end) / time.Duration(addresses)
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
)

// drain is how long requests in hand may take when a node stops.
const drain = 5 * time.Second

// site is a node with its HTTP API on one address.
type site struct {
	*node
	URL    string
	server *http.Server
	served chan error
}

// openSite serves the desks of a node on a listener, and writes each agency's
// desk file.
func openSite(n *node, dir string, l net.Listener, w world) (*site, error) {
	s := &site{node: n, URL: "http://" + l.Addr().String(), served: make(chan error, 1)}
	tokens := make(httpapi.TokenTable)
	desks := make(map[string]httpapi.Desk)
	for agency, d := range n.desks {
		hash, err := openToken(deskDir(dir, agency), deskclient.DeskFile{URL: s.URL, Agency: agency})
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		tokens[agency], desks[agency] = hash, d
	}
	s.server = httpapi.Server(httpapi.New(httpapi.Config{
		Desks: desks, Tokens: tokens, Version: programVersion(), Log: w.log, Now: time.Now,
		Ready: func(ctx context.Context) error { _, err := n.hub.bus.Settled(ctx); return err },
	}), l.Addr().String())
	go func() { s.served <- s.server.Serve(l) }()
	return s, nil
}

// Close stops serving, then the node.
func (s *site) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := s.server.Shutdown(ctx)
	<-s.served
	return errors.Join(err, s.node.Close())
}

// agencies lists whose desks it has, sorted.
func (s *site) agencies() []string { return slices.Sorted(maps.Keys(s.desks)) }

// openToken returns the hash of a desk's token. It makes a token the first time
// and writes it into the desk file, and for curl into curl.conf; after that it keeps only the hash, so that
// the desk file can be handed over, and keeps the address in the file up to date
// for as long as the file is there.
func openToken(dir string, f deskclient.DeskFile) (httpapi.TokenHash, error) {
	file, kept := filepath.Join(dir, "desk.json"), filepath.Join(dir, "token.sha256")
	if hash, err := loadHash(kept); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return hash, err
		}
		return hash, readdress(file, f.URL)
	}
	secret := make([]byte, 32)
	fill(secret)
	f.Token = hex.EncodeToString(secret)
	hash := httpapi.HashToken(f.Token)
	if err := f.Save(file); err != nil {
		return hash, err
	}
	curl := fmt.Sprintf("header = \"Authorization: Bearer %s\"\n", f.Token)
	if err := os.WriteFile(filepath.Join(dir, "curl.conf"), []byte(curl), 0o600); err != nil {
		return hash, err
	}
	return hash, os.WriteFile(kept, []byte(hex.EncodeToString(hash[:])+"\n"), 0o600)
}

func loadHash(path string) (httpapi.TokenHash, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return httpapi.TokenHash{}, err
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != sha256.Size {
		return httpapi.TokenHash{}, fmt.Errorf("read %s: want 64 hex digits", filepath.Base(path))
	}
	return httpapi.TokenHash(b), nil
}

func readdress(path, url string) error {
	f, err := deskclient.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || f.URL == url {
		return err
	}
	f.URL = url
	return f.Save(path)
}

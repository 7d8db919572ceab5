package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// How long a certificate of the bus lasts. The one that the server shows is made
// anew at every start, by the hub's own authority, which partners pin.
const (
	authorityYears = 20
	serverYears    = 2
)

// errCertificate says that a file is no certificate of ours.
var errCertificate = errors.New("not a certificate")

// certifier is the hub's own certificate authority.
type certifier struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// openCertifier loads the authority of a folder, tls.key and ca.pem, or makes it.
func openCertifier(dir string, now time.Time) (*certifier, error) {
	key, err := keyForm[*ecdsa.PrivateKey]{
		make:   func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) },
		format: formatECKey, parse: parseECKey,
	}.keep(filepath.Join(dir, "tls.key"))
	if err != nil {
		return nil, err
	}
	c := &certifier{key: key}
	path := filepath.Join(dir, "ca.pem")
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, c.makeAuthority(path, now)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fileError("read", path, errCertificate)
	}
	if c.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, fileError("read", path, errCertificate)
	}
	return c, nil
}

func (c *certifier) makeAuthority(path string, now time.Time) error {
	template := certificate("Saphan bus", now, authorityYears)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, c.key.Public(), c.key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	if c.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	return createPrivate(path, c.pem())
}

// pem is what partners pin.
func (c *certifier) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
}

// server returns what a server shows that is reached under these names.
func (c *certifier) server(names []string, now time.Time) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	template := certificate(names[0], now, serverYears)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.cert, key.Public(), c.key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}, nil
}

// certificate begins a certificate; an hour back, for clocks that are behind.
func certificate(name string, now time.Time, years int) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(random()[:16]),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(years, 0, 0),
	}
}

func formatECKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

func parseECKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errCertificate
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errCertificate
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errCertificate
	}
	return ec, nil
}

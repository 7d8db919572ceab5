package natsbus

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// maxPayload is the largest message in bytes, headers included: a sealed
// section of schemas.MaxSection bytes fits as base64 in JSON.
const maxPayload = 512 << 10

// configuration is the text that a single-node broker starts with. Sync is
// "always", so that what was acknowledged survives a power loss: the default
// syncs every two minutes, and after a cut the stream itself is gone. Whoever
// connects, within the process too, is a user of an account that the operator
// signed; there is nobody else, and no port for monitoring.
const configuration = `
server_name: "saphan"
max_payload: %d
write_deadline: "5s"
debug: false
trace: false
jetstream {
  store_dir: "%s"
  sync_interval: always
  max_memory_store: 64MB
  %s
}
operator: "%s"
system_account: "%s"
resolver {
  type: full
  dir: "%s"
  allow_delete: true
  interval: "2m"
}
`

const (
	accountsFolder = "accounts" // below ServerConfig.Dir
	tlsTimeout     = 5 * time.Second
	maxConns       = 10_000
)

// escape writes a folder's name inside double quotes.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// options parses the generated configuration.
func (c ServerConfig) options() (*server.Options, error) {
	limit := ""
	if c.MaxStore > 0 {
		limit = fmt.Sprintf("max_file_store: %d", c.MaxStore)
	}
	text := fmt.Sprintf(configuration, maxPayload, escape.Replace(c.Dir), limit,
		c.Authority.operator, c.Authority.hub[accountSystem].id, escape.Replace(filepath.Join(c.Dir, accountsFolder)))
	o := &server.Options{}
	if err := o.ProcessConfigString(text); err != nil {
		return nil, fmt.Errorf("parse broker configuration: %w", err)
	}
	if !o.SyncAlways {
		return nil, fmt.Errorf("parse broker configuration: writes would not be synced")
	}
	o.NoSigs = true
	o.DontListen = c.Listen == nil
	if c.Listen != nil {
		o.Host, o.Port = c.Listen.Host, c.Listen.Port
		o.TLSConfig, o.TLS, o.TLSTimeout = c.Listen.TLS, true, tlsTimeout.Seconds()
		o.MaxConn = maxConns
	}
	return o, nil
}

// seedAccounts puts the accounts of the hub where the broker looks for them. Those
// of the agencies are there already, as they were left.
func (c ServerConfig) seedAccounts(r server.AccountResolver) error {
	for _, name := range hubAccounts() {
		claims, err := c.Authority.hubClaims(name)
		if err != nil {
			return err
		}
		signed, err := c.Authority.encode(claims)
		if err != nil {
			return err
		}
		if err := r.Store(claims.Subject, signed); err != nil {
			return fmt.Errorf("store account %s: %w", name, err)
		}
	}
	return nil
}

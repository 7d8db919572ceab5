package natsbus

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

// maxPayload is the largest message in bytes, headers included: a sealed
// section of schemas.MaxSection bytes fits as base64 in JSON.
const maxPayload = 512 << 10

// configuration is the text that a single-node broker starts with. Sync is
// "always", so that what was acknowledged survives a power loss: the default
// syncs every two minutes, and after a cut the stream itself is gone. There is
// no listener, so there are no users; nothing but this process can connect.
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
`

// escape writes a folder's name inside double quotes.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// options parses the generated configuration.
func (c ServerConfig) options() (*server.Options, error) {
	limit := ""
	if c.MaxStore > 0 {
		limit = fmt.Sprintf("max_file_store: %d", c.MaxStore)
	}
	text := fmt.Sprintf(configuration, maxPayload, escape.Replace(c.Dir), limit)
	o := &server.Options{}
	if err := o.ProcessConfigString(text); err != nil {
		return nil, fmt.Errorf("parse broker configuration: %w", err)
	}
	if !o.SyncAlways {
		return nil, fmt.Errorf("parse broker configuration: writes would not be synced")
	}
	o.DontListen = true
	o.NoSigs = true
	return o, nil
}

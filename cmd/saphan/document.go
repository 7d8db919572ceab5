package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/natsbus"
)

func (c *command) schemaOpenAPICommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI 3.1 document of a desk's HTTP API",
		Long: `Print the OpenAPI 3.1 document of a desk's HTTP API, for programs that make clients
and pages from it. A desk serves the same at GET /v1/openapi.json.`,
		Example: `  saphan schema openapi > openapi.json`,
		Args:    takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			return c.printDocument(httpapi.OpenAPI(programVersion().Version))
		},
	}
}

func (c *command) schemaAsyncAPICommand() *cobra.Command {
	return &cobra.Command{
		Use: "asyncapi", Short: "Print the AsyncAPI 3 document of the bus, as an agency sees it",
		Long: `Print the AsyncAPI 3 document of the bus, as an agency's program sees it that has a
client of NATS and nothing else. A desk serves the same at GET /v1/asyncapi.json.`,
		Example: `  saphan schema asyncapi > asyncapi.json`,
		Args:    takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			return c.printDocument(natsbus.AsyncAPI(programVersion().Version))
		},
	}
}

// printDocument prints a document with a line for each member.
func (c *command) printDocument(raw []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("print document: it could not be made")
	}
	b.WriteByte('\n')
	_, err := c.stdout.Write(b.Bytes())
	return err
}

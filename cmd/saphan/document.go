package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/httpapi"
)

func (c *command) schemaOpenAPICommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI 3.1 document of a desk's HTTP API",
		Long: `Print the OpenAPI 3.1 document of a desk's HTTP API, for programs that make clients
and pages from it. A desk serves the same at GET /v1/openapi.json.`,
		Example: `  saphan schema openapi > openapi.json`,
		Args:    takes(0, 0),
		RunE:    func(*cobra.Command, []string) error { return c.printDocument(httpapi.OpenAPI(programVersion().Version)) },
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

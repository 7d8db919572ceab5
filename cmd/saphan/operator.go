package main

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// hubDir is the folder of the hub's keys.
func hubDir(dir string) string { return filepath.Join(dir, "hub") }

// operatorFile is where the operator's token is; it has the form of a desk file.
func operatorFile(dir string) string { return filepath.Join(hubDir(dir), "operator.json") }

// openOperator makes sure that the operator can come in: it makes a token the first
// time, and writes it into the operator's file. The hub itself goes on with the hash
// alone, so that the file can be taken away. The file's address is kept up to date.
func openOperator(dir, url string) (httpapi.TokenTable, error) {
	kept := filepath.Join(hubDir(dir), "operator.sha256")
	grant := services.Grant{ID: "operator", Agency: schemas.HubAgency, Scopes: []services.TokenScope{services.MayOperate}}
	text, err := readPrivate(kept)
	if err == nil {
		hash, err := parseHex(text)
		if err != nil {
			return nil, fileError("read", kept, err)
		}
		return httpapi.TokenTable{services.TokenHash(hash): grant}, readdress(operatorFile(dir), url)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f := deskclient.DeskFile{URL: url, Agency: schemas.HubAgency, Token: newToken()}
	if err := f.Save(operatorFile(dir)); err != nil {
		return nil, err
	}
	hash := services.HashToken(f.Token)
	return httpapi.TokenTable{hash: grant}, createPrivate(kept, formatHex(hash[:])) // last: until it is there, a start begins anew
}

// forOperator gives a command the flag that names the operator's file.
func (c *command) forOperator(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentFlags().StringVar(&c.hub, "hub", "", "operator's `FILE` of a running hub (environment: SAPHAN_HUB)")
	return cmd
}

// operator opens the hub that --hub or SAPHAN_HUB names.
func (c *command) operator() (*deskclient.Operator, error) {
	const where = "name its file with --hub FILE or SAPHAN_HUB; saphan up writes it: DIR/hub/operator.json"
	path := cmp.Or(c.hub, c.getenv("SAPHAN_HUB"))
	if path == "" {
		return nil, usage("no hub given", where)
	}
	file, err := deskclient.Load(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("there is no such operator's file", where)
	case err != nil:
		return nil, usage(err.Error(), "")
	case file.Agency != schemas.HubAgency:
		return nil, usage("that is the file of a desk", where)
	}
	c.operating = true
	return deskclient.NewOperator(file), nil
}

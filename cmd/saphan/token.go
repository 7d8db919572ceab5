package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

func (c *command) tokenCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "token", Short: "Make, list and end the tokens that open your agency's desk",
			Example: "  saphan token add --scope read --note \"case system\"\n  saphan token ls\n  saphan token revoke 3f9a01c2d4e5"},
		c.addTokenCommand(),
		&cobra.Command{
			Use: "ls", Short: "List the tokens of your desk, those that are over among them", Example: "  saphan token ls",
			Args: takes(0, 0),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.listTokens(cmd.Context()) },
		},
		&cobra.Command{
			Use: "revoke ID", Short: "End a token at once, and the streams that it opened", Example: "  saphan token revoke 3f9a01c2d4e5",
			Args: takes(1, 1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.revokeToken(cmd.Context(), args[0]) },
		})
}

// tokenFlags are what `saphan token add` is told.
type tokenFlags struct {
	scopes        []string
	expires, note string
	out           string
}

func (c *command) addTokenCommand() *cobra.Command {
	var f tokenFlags
	var scopes []string
	for _, s := range services.DeskScopes() {
		scopes = append(scopes, string(s))
	}
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Make a token that opens your agency's desk",
		Long: `Make a token that opens your agency's desk, for a program or for somebody. It is
shown once, and kept as a hash alone. It allows what --scope names and nothing else,
and no more than the token that makes it.`,
		Example: `  saphan token add --scope read --note "case system"
  saphan token add --scope read,file --expires 24h --out partner.json
  saphan token add --scope read,file,open --expires never`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(f.scopes) == 0 {
				return usage("--scope is missing", "it takes some of "+strings.Join(scopes, ", "))
			}
			for _, s := range f.scopes {
				if err := checkCodes("scope", s, scopes, true); err != nil {
					return err
				}
			}
			return c.addToken(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.scopes, "scope", nil, "what it allows, several with commas: "+strings.Join(scopes, ", "))
	flags.StringVar(&f.expires, "expires", "90d", "how `LONG` it lasts, as in 30m, 24h or 90d; or never")
	flags.StringVar(&f.note, "note", "", "`TEXT` that you tell it by")
	flags.StringVar(&f.out, "out", "", "write a desk `FILE` with it, for --desk, and show it nowhere")
	return cmd
}

func (c *command) addToken(ctx context.Context, f tokenFlags) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(f.out); f.out != "" && !errors.Is(err, fs.ErrNotExist) {
		return usage("there is such a file already", "name another one with --out")
	}
	in := desk.TokenInput{Expires: f.expires, Note: f.note}
	for _, s := range f.scopes {
		in.Scopes = append(in.Scopes, services.TokenScope(s))
	}
	made, err := client.AddToken(ctx, in)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := c.saveDesk(f.out, made.Secret); err != nil {
			return err
		}
		made.Secret = ""
	}
	if c.json {
		return c.print(made)
	}
	if made.Secret != "" {
		fmt.Fprintln(c.stdout, made.Secret)
	}
	return c.tokenTable(made.Token)
}

// saveDesk writes a desk file for the own desk with another token.
func (c *command) saveDesk(path, token string) error {
	own, err := deskclient.Load(c.desk)
	if err != nil {
		return err
	}
	own.Token = token
	return own.Save(path)
}

func (c *command) listTokens(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	found, err := client.Tokens(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(map[string][]desk.Token{"tokens": found})
	}
	return c.tokenTable(found...)
}

func (c *command) revokeToken(ctx context.Context, id string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	ended, err := client.RevokeToken(ctx, id)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(ended)
	}
	return c.tokenTable(ended)
}

// tokenTable lists tokens. When one ends is told with the year: it may be far.
func (c *command) tokenTable(tokens ...desk.Token) error {
	rows := [][]string{{"TOKEN", "ALLOWS", "MADE", "ENDS", "NOTE"}}
	for _, t := range tokens {
		var scopes []string
		for _, s := range t.Scopes {
			scopes = append(scopes, string(s))
		}
		ends := "never"
		switch {
		case !t.Revoked.IsZero():
			ends = "revoked " + tokenTime(t.Revoked)
		case !t.Expires.IsZero():
			ends = tokenTime(t.Expires)
		}
		rows = append(rows, []string{t.ID, strings.Join(scopes, ", "), tokenTime(t.Created), ends, t.Note})
	}
	return table(c.stdout, rows)
}

func tokenTime(t time.Time) string { return bangkok(t).Format("2006-01-02 15:04") }

// openToken makes sure that somebody can come in: when no token of the desk can
// make others, as at the first start, it makes one and writes it into the desk file
// and, for curl, into curl.conf. The desk itself goes on with the hash alone, so
// that both files can be handed over and taken away; each holds the token for as
// long as it is there. The desk file's address is kept up to date.
func (d *deskNode) openToken(ctx context.Context, f deskclient.DeskFile) error {
	file := filepath.Join(d.dir, "desk.json")
	if d.Managed() {
		return readdress(file, f.URL)
	}
	f.Token = newToken()
	if err := f.Save(file); err != nil {
		return err
	}
	curl := fmt.Sprintf("header = \"Authorization: Bearer %s\"\n", f.Token)
	if err := replacePrivate(filepath.Join(d.dir, "curl.conf"), []byte(curl)); err != nil {
		return err
	}
	return d.KeepToken(ctx, services.HashToken(f.Token)) // last: until it is kept, a start begins anew
}

// endTokens ends every token of the desk.
func (d *deskNode) endTokens(ctx context.Context) error {
	tokens, err := d.Tokens(ctx)
	for _, t := range tokens {
		if t.Revoked.IsZero() && err == nil {
			_, err = d.RevokeToken(ctx, t.ID)
		}
	}
	return err
}

// removeTokens removes the files of a desk's folder that hold a token.
func removeTokens(dir string) error {
	for _, file := range []string{"desk.json", "curl.conf"} {
		path := filepath.Join(dir, file)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fileError("remove", path, err)
		}
	}
	return nil
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

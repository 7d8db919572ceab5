package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
)

func (c *command) schemaDocsCommand() *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use: "docs [NAME…]", Short: "Explain types of event and sections: members, rules, an example, how to file it",
		Long: `Explain types of event and sections, for whoever writes a program that files or
reads them: what to write, who may file it and when, and who sees it. All of
them when none is named. The pages are Markdown. Descriptions
of members are in English; the words around are in the language of --lang.`,
		Example: `  saphan schema docs referral.requested
  saphan schema docs section.offer section.contact
  saphan schema docs --dir docs               one file each, and index.md`,
		Args: takes(0, -1),
		RunE: func(_ *cobra.Command, args []string) error { return c.schemaDocs(dir, args) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write one file for each page, and index.md, into `DIR`; files of the same name are replaced")
	return cmd
}

func (c *command) schemaDocs(dir string, names []string) error {
	pages, err := c.pagesOf(names)
	switch {
	case err != nil:
		return err
	case dir != "":
		return c.writeDocs(dir, pages)
	case c.json:
		return c.print(map[string][]schemas.Page{"pages": pages})
	}
	texts := make([]string, len(pages))
	for i, page := range pages {
		texts[i] = page.Text()
	}
	_, err = io.WriteString(c.stdout, strings.Join(texts, "\n---\n\n"))
	return err
}

// writeDocs writes a file for each page, and an index of them.
func (c *command) writeDocs(dir string, pages []schemas.Page) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	files := map[string]string{"index.md": c.docsIndex(pages)}
	for _, page := range pages {
		files[page.Name+".md"] = page.Text()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write page: %w", err)
		}
	}
	if c.json {
		return c.print(map[string]any{"dir": dir, "files": len(files)})
	}
	_, err := fmt.Fprintln(c.stdout, say(c.lang, "docs.written", len(files), dir))
	return err
}

// docsIndex lists the pages by noun, and how to begin.
func (c *command) docsIndex(pages []schemas.Page) string {
	var b strings.Builder
	b.WriteString("# " + say(c.lang, "docs.title") + "\n\n" + say(c.lang, "docs.begin") + "\n")
	noun := ""
	for _, page := range pages {
		if of, _ := schemas.SplitName(page.Name); of != noun {
			noun = of
			b.WriteString("\n## " + noun + "\n\n")
		}
		by := ""
		if page.Author != "" {
			by = " (" + page.Author + ")"
		}
		fmt.Fprintf(&b, "- [%s](%s.md) · %s%s: %s\n", page.Name, page.Name, page.Words, by, page.Purpose)
	}
	return b.String()
}

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/httpapi"
)

// programVersion reads what the toolchain wrote into the program.
func programVersion() httpapi.Version {
	v := httpapi.Version{Version: "devel", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			v := programVersion()
			if c.json {
				return c.print(v)
			}
			_, err := fmt.Fprintf(c.stdout, "saphan %s %s\n", v.Version, v.Go)
			return err
		},
	}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// serving is the program running in a process of its own, as people start it.
type serving struct {
	*exec.Cmd
	url    string // where its desks are
	stderr strings.Builder
	ended  chan error
}

var welcomed = regexp.MustCompile(`^Saphan is up: (https?://\S+)$`)

// serve starts a command that serves, and returns when it says where, or has
// ended without.
func serve(ctx context.Context, cmd *exec.Cmd) (*serving, error) {
	s := &serving{Cmd: cmd, ended: make(chan error, 1)}
	cmd.Stderr = &s.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	up := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := welcomed.FindStringSubmatch(lines.Text()); m != nil {
				up <- m[1]
			}
		}
		s.ended <- cmd.Wait()
	}()
	select {
	case s.url = <-up:
		return s, nil
	case err := <-s.ended:
		return nil, fmt.Errorf("it did not start: %w\n%s", err, s.stderr.String())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), cmd.Process.Kill(), <-s.ended)
	}
}

// stop interrupts it as Ctrl-C does, and returns how it ended.
func (s *serving) stop(ctx context.Context) error {
	if err := s.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		return err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), s.Process.Kill(), <-s.ended)
	}
}

// startUp runs `saphan up` on a folder, at any free port unless more says another.
func startUp(t *testing.T, dir string, more ...string) *serving {
	t.Helper()
	args := append([]string{"up", "--sample", "--listen", "127.0.0.1:0", "--data", dir}, more...)
	s, err := serve(within(t), exec.Command("saphan", args...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// down stops it, which is a normal end. A cleanup may call it.
func (s *serving) down(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := s.stop(ctx); err != nil {
		t.Errorf("Ctrl-C ended it with %v\n%s", err, s.stderr.String())
	}
}

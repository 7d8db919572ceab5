// Command saphan carries labour-inspection findings and trafficking referrals
// between agencies: it runs the hub and the desks, and is a client of a desk's
// HTTP API.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run gives the program the world that it runs in, and returns its exit status.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	c := &command{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, terminal: isTerminal(os.Stderr),
	}
	return c.run(ctx, os.Args[1:])
}

// command is one run of the program: everything that it touches outside, and
// the flags that every verb has.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	terminal       bool // stderr is one

	self      string // how it was called, for what to type next
	desk      string
	hub       string // the operator's file
	operating bool   // it speaks with a hub
	json      bool
	noColor   bool
	lang      string
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

package main

import (
	"net/http/httptest"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"kindred/internal/harvest/fakearchive"
)

// archiveServer starts an archive for a script: archiveserver VAR N sets VAR to
// its URL; it has N papers. GET URL/control gives it orders, see fakearchive.
func archiveServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: archiveserver VAR N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	s := httptest.NewServer(fakearchive.New(n))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

// fill replaces $NAME in a file of a script by the variable's value.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fill FILE")
	}
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

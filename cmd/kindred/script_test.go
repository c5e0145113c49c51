package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kindred": main})
}

// TestScript runs the scripts of testdata/script: the program as a user calls
// it. Beside testscript's own commands there are
//
//	exec-status N COMMAND…  exec of a command whose exit status is N
//	waitfor FILE [REGEXP]   until FILE is there (and holds a match), 20 s at most
//	http METHOD PATH [BODY] ask the server of $KINDRED_DATA; its answer is stdout
//	many FILE N             writes a file of N papers
//	embedserver VAR         starts an embedding server, see embedserver_test.go
//	chatserver VAR          starts a chat server, see chatserver_test.go
//	archiveserver VAR N     starts an archive of N papers, see harvestserver_test.go
//	fill FILE               replaces $NAME in FILE by the variable's value
//	fetch URL               gets a URL; its answer is stdout
//	port VAR                sets VAR to the port of the server of $KINDRED_DATA
//	keep VAR                sets VAR to what the last command printed
//
// http sends $KEY as its key, if that is set.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("KINDRED_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exec-status": execStatus, "waitfor": waitFor, "http": request, "many": writeMany, "port": serverPort,
			"embedserver": embedServer, "chatserver": chatServer, "archiveserver": archiveServer, "fill": fill, "fetch": fetch, "keep": keep,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func execStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exec-status N COMMAND...")
	}
	status := 0
	if exit, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		status = exit.ExitCode()
	}
	if fmt.Sprint(status) != args[0] {
		ts.Fatalf("exit status %d", status)
	}
}

func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: waitfor FILE [REGEXP]")
	}
	want := regexp.MustCompile("")
	if len(args) == 2 {
		want = regexp.MustCompile(args[1])
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && want.Match(text) {
			return
		}
	}
	ts.Fatalf("%s does not come", strings.Join(args, " with "))
}

func request(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: http METHOD PATH [BODY]")
	}
	f, err := readServerFile(ts.Getenv("KINDRED_DATA"))
	ts.Check(err)
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(args[2])
	}
	r, err := http.NewRequest(args[0], f.Address+args[1], body)
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	if key := ts.Getenv("KEY"); key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	_, err = io.Copy(ts.Stdout(), answer.Body)
	ts.Check(err)
	if neg == (answer.StatusCode < 400) {
		ts.Fatalf("status %s", answer.Status)
	}
}

func writeMany(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: many FILE N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"many/%d","title":"Paper %d of many","abstract":"What number %d is about, and %d."}`+"\n", i, i, i*i, i%97)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fetch URL")
	}
	answer, err := http.Get(args[0])
	ts.Check(err)
	defer answer.Body.Close()
	_, err = io.Copy(ts.Stdout(), answer.Body)
	ts.Check(err)
}

func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keep VAR")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

func serverPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port VAR")
	}
	f, err := readServerFile(ts.Getenv("KINDRED_DATA"))
	ts.Check(err)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(f.Address, "http://"))
	ts.Check(err)
	ts.Setenv(args[0], port)
}

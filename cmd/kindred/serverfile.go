package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kindred/internal/whole"
)

// serverFile says, in the data folder, how to reach the server that holds the
// folder. Whoever can read it may do what the folder's owner may, so nobody
// else can.
type serverFile struct {
	Address string `json:"address"` // http://127.0.0.1:8080
	Token   string `json:"token"`   // opens the server's private road
	PID     int    `json:"pid"`
}

func serverFilePath(dir string) string { return filepath.Join(dir, "server.json") }

func newServerFile(address string) serverFile {
	return serverFile{Address: address, Token: rand.Text(), PID: os.Getpid()}
}

// write puts the file into the folder, readable to its owner alone.
func (f serverFile) write(dir string) error {
	err := whole.WriteFile(serverFilePath(dir), func(w io.Writer) error { return json.NewEncoder(w).Encode(f) })
	if err != nil {
		return fmt.Errorf("writing the server's address into the data folder: %w", err)
	}
	return nil
}

func readServerFile(dir string) (serverFile, error) {
	var f serverFile
	text, err := os.ReadFile(serverFilePath(dir))
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	return f, err
}

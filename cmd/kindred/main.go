// Command kindred finds related papers: it ingests titles and abstracts,
// learns what they are about, and answers which papers speak about a question
// and which are like a given one, on the command line and over HTTP.
//
// main only wires. Each subcommand is the file of its name: it reads flags
// into a request of package paper, asks an engine, and prints. The engine
// (engine.go) is the index in the data folder or, while a server holds that
// folder, the server.
package main

import "os"

func main() { os.Exit(execute(os.Args[1:])) }

// Package server answers Kindred's questions over HTTP: the /v1 API, its
// OpenAPI document, the page, the shapes that others' clients speak (foreign.go),
// and the private road by which the command line uses a running server.
//
// A request passes, in this order: access log, recovery, security headers,
// the check of Host and Origin (guard.go), the handler. A handler returns a
// value or an error; one adapter renders both (answer.go), with one ordered
// table from error to status (problem.go). Handlers reach the engine through
// the gate (gate.go), which bounds how many calls are under way and how long a
// read may take.
//
// The package knows the types of package paper and nothing of the index: any
// [Engine] can stand behind it.
package server

package server

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// The routes under these prefixes speak the shapes of other services, errors
// included, so that their clients can be pointed here. As these services do,
// they pass over parameters that they do not know.
const (
	graphPath     = "/graph/v1"           // Semantic Scholar's papers
	recommendPath = "/recommendations/v1" // Semantic Scholar's recommendations
	hubPath       = "/api"                // Hugging Face's papers
	mcpPath       = "/mcp"                // the Model Context Protocol
)

// foreignShape is an error in the shape of the service that the path belongs
// to; ok is false for our own.
func foreignShape(c *gin.Context, p problem) (body any, ok bool) {
	if speaksOpenAI(c) {
		return openAIShape(p), true
	}
	message := p.Message
	if p.Field != "" {
		message = p.Field + ": " + message
	}
	path := c.Request.URL.Path
	switch {
	case under(path, graphPath), under(path, recommendPath):
		// Clients read "message" of these, and "error" of all others.
		if p.status == http.StatusTooManyRequests || p.status >= http.StatusInternalServerError {
			return map[string]string{"message": message, "code": strconv.Itoa(p.status), "error": message}, true
		}
		return map[string]string{"error": message}, true
	case under(path, hubPath):
		return map[string]string{"error": message}, true
	case path == mcpPath:
		// What no session has read is answered by JSON-RPC's error without an id.
		return map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": -32600, "message": message}}, true
	}
	return nil, false
}

func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// only refuses other methods than the one that a path of a catch-all takes.
func only(c *gin.Context, method string) error {
	given := c.Request.Method
	if given == method || given == http.MethodHead && method == http.MethodGet {
		return nil
	}
	allow := method
	if method == http.MethodGet {
		allow = "GET, HEAD"
	}
	c.Header("Allow", allow)
	return errMethod
}

// single is the value of a parameter that may be given once; "" where it is
// not.
func single(vals values, name string) (string, error) {
	if n := len(vals[name]); n > 1 {
		return "", paper.Invalid(name, "given %d times", n)
	}
	return strings.TrimSpace(first(vals, name)), nil
}

// within is the number of a parameter, from least to most; usual where it is
// not given.
func within(vals values, name string, least, usual, most int) (int, error) {
	s, err := single(vals, name)
	if err != nil || s == "" {
		return usual, err
	}
	n, err := wholeNumber(name, s)
	if err == nil && (n < least || n > most) {
		err = paper.Invalid(name, "%d is not from %d to %d", n, least, most)
	}
	return n, err
}

// renamed says an error about a parameter of ours by its name in another shape.
func renamed(err error, ours, theirs string) error {
	if inv, ok := errors.AsType[*paper.InvalidError](err); ok && inv.Field == ours {
		return paper.Invalid(theirs, "%s", inv.Message)
	}
	return err
}

// commaValues are the values of a list whose values are joined by commas.
func commaValues(vals values, name string) []string {
	var out []string
	for v := range strings.SplitSeq(strings.Join(vals[name], ","), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// baseURL is where the client reached this server.
func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// paperURL is a link to p: to where it can be read, else to its page here.
func paperURL(base string, p *paper.Paper) string {
	if links := p.Links(); len(links) > 0 {
		return links[0].URL
	}
	return base + "/paper?id=" + url.QueryEscape(p.ID)
}

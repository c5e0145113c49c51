package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// Reviser is an [Engine] that tells when its answers may be others. An engine
// without it serves all the same, and its answers carry no ETag.
type Reviser interface {
	// Revision names the state that answers come from: letters, digits and
	// hyphens. It is another after every change of the papers and of the model
	// and never one that was before; "" while there is none. It costs next to
	// nothing.
	Revision() string
}

// unchanged is the answer that a client has already.
type unchanged struct{}

// tagged has h's answers to a GET carry an ETag, and answers who has the
// current one without asking h. The tag is weak: took_ms differs each time. It
// names the format that the request accepts, since the URL may not.
func (a *api) tagged(h handler) handler {
	return func(c *gin.Context) (any, error) {
		if c.Request.Method == http.MethodPost || a.reviser == nil {
			return h(c)
		}
		revision := a.reviser.Revision() // before the answer, which is of this state or a later one
		if revision == "" {
			return h(c)
		}
		if format := accepted(c.Request); format != "" {
			revision += "-" + string(format)
		}
		tag := `W/"` + revision + `"`
		if hasTag(c.Request, tag) {
			keepable(c, tag)
			return unchanged{}, nil
		}
		body, err := h(c)
		if err == nil && !weaker(body) {
			keepable(c, tag)
		}
		return body, err
	}
}

// weaker reports whether a better answer may be had without any change.
func weaker(body any) bool {
	switch body := body.(type) {
	case *paper.Result:
		return body.Degraded != ""
	case file:
		return body.degraded
	}
	return false
}

// keepable lets a client keep the answer, and has it ask each time whether
// that is still the current one.
func keepable(c *gin.Context, tag string) {
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
}

// tagOf is the tag of an answer's bytes. It is weak, as they may go out
// compressed.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// hasTag reports whether the client has what the tag names.
func hasTag(r *http.Request, tag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		for known := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(known), "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

package server

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// compressed sends answers of a kilobyte and more in gzip to clients that take
// it. What streams (JSON lines, events) is sent as it comes. No answer holds a
// secret beside what the caller sent, so its length betrays none (BREACH).
func compressed(h http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1<<10),
		gzhttp.CompressionLevel(gzip.BestSpeed), // an abstract takes half its size at any level
		gzhttp.ContentTypes([]string{
			"application/json", "text/html", "text/css", "text/javascript", "text/plain", "text/csv", "image/svg+xml",
			"application/x-bibtex", "application/x-research-info-systems", "application/vnd.citationstyles.csl+json",
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("setting compression up: %w", err)
	}
	packed := wrap(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			// What has no bytes yet would not be flushed, and a client that
			// waits for events first waits for the headers.
			h.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	}), nil
}

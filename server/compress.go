package server

import (
	"fmt"
	"net/http"

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
	return wrap(h), nil
}

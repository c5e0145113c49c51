// Package client speaks to a running Kindred over HTTP. A [Client] has the
// methods of an index (it satisfies server.Engine), so that a program works
// the same on an index of its own and on one that a server holds.
//
// Errors come back as the server meant them: errors.As finds the
// [*paper.InvalidError] that names a field, errors.Is finds
// [paper.ErrNotFound] and [paper.ErrUnavailable], and every refusal is an
// [*Error] with its status and code.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options are what a client can be told. The zero value asks the open API.
type Options struct {
	// Token opens the server's private road, where batches have no limit.
	Token string
	// Key is an API key, where the server asks for one. A Token needs none.
	Key string
	// HTTPClient sends the requests; nil is one of the client's own, which
	// follows no redirects, and with a Token uses no proxy either, so that
	// the token goes nowhere else.
	HTTPClient *http.Client
	// ReadTimeout ends a question whose context has no earlier deadline; 0
	// is one minute. Writing takes as long as it takes.
	ReadTimeout time.Duration
}

// Client is safe for concurrent use.
type Client struct {
	base        string // URL up to and with /v1
	token       string
	bearer      string // Token, else Key
	http        *http.Client
	readTimeout time.Duration
}

// New makes a client of the server at baseURL, such as
// "http://127.0.0.1:8080". Nothing is sent yet.
func New(baseURL string, opts Options) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("server address %q: a URL such as http://127.0.0.1:8080 is needed", baseURL)
	}
	base := strings.TrimSuffix(u.String(), "/") + "/v1"
	if opts.Token != "" {
		base = strings.TrimSuffix(u.String(), "/") + "/internal/v1"
	}
	if opts.HTTPClient == nil {
		opts.HTTPClient = ownHTTPClient(opts.Token != "")
	}
	if opts.ReadTimeout == 0 {
		opts.ReadTimeout = time.Minute
	}
	return &Client{base: base, token: opts.Token, bearer: cmp.Or(opts.Token, opts.Key), http: opts.HTTPClient, readTimeout: opts.ReadTimeout}, nil
}

func ownHTTPClient(private bool) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     time.Minute,
	}
	if private {
		transport.Proxy = nil
		transport.DisableCompression = true // it is this machine
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
)

// read sends a question and decodes the answer into out. A body of nil makes
// a GET.
func (c *Client) read(ctx context.Context, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.readTimeout)
	defer cancel()
	if body == nil {
		return c.send(ctx, http.MethodGet, path, "", nil, out)
	}
	return c.sendJSON(ctx, http.MethodPost, path, body, out)
}

func (c *Client) sendJSON(ctx context.Context, method, path string, body, out any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encoding a request: %w", err)
	}
	return c.send(ctx, method, path, mediaJSON, bytes.NewReader(b), out)
}

func (c *Client) send(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	resp, err := c.ask(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading the answer of %s %s: %w", method, path, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // lets the connection be used again
	return nil
}

// ask sends a request and returns the answer, which is no refusal and whose
// body is the caller's to close.
func (c *Client) ask(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", mediaJSON)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		return nil, readError(resp)
	}
	return resp, nil
}

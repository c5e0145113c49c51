package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/server/key"
)

// keyName holds the name of the key that a request came with.
const keyName = "key"

// open are the routes that tell nothing of the papers and take no key: a
// machine asks whether the server lives, a person how it is spoken to.
var open = map[string]bool{
	"/healthz": true, "/readyz": true, "/openapi.json": true, "/docs": true,
	"/static/*": true, boxScript: true, boxStyle: true,
}

// asking are the routes whose POST only reads: its body is a question too long
// for a URL, or a shape of others, none of which writes.
var asking = map[string]bool{
	"/v1/search": true, "/v1/search/batch": true, "/v1/ask": true, "/v1/similar": true, "/v1/embeddings": true,
	graphPath + "/*path": true, recommendPath + "/*path": true, mcpPath: true,
}

// neededScope is what a key must have for a route, given by its pattern; a POST
// that is not known to read writes. free is a route without a key: one of open,
// or of the private road, which has its token.
func neededScope(method, route string) (s key.Scope, free bool) {
	if strings.HasPrefix(route, "/static/") {
		route = "/static/*"
	}
	if open[route] || strings.HasPrefix(route, privatePath+"/") {
		return "", true
	}
	reads := method == http.MethodGet || method == http.MethodHead || method == http.MethodPost && asking[route] ||
		route == "" // nothing is there to be written
	if reads && !strings.HasPrefix(route, "/debug/") {
		return key.Read, false
	}
	return key.Write, false
}

// admit lets a request in whose key opens its route, as often as the caller's
// limit allows. A caller is a key, or an address without one; a wrong key
// counts against the address, so that keys cannot be tried out fast.
func (s *Server) admit(c *gin.Context) {
	needed, free := neededScope(c.Request.Method, c.FullPath())
	if free {
		return
	}
	k, known, err := s.known(c, needed)
	caller := s.address(c.Request)
	if known {
		c.Set(keyName, k.Name)
		caller = "key " + k.Hash
	}
	c.Set(callerKey, caller)
	if limited := s.spend(c, 1); limited != nil {
		err = limited
	}
	if err != nil {
		s.fail(c, err)
	}
}

// known says whose key a request came with, if with any, and why that does not
// let it in.
func (s *Server) known(c *gin.Context, needed key.Scope) (k key.Key, known bool, err error) {
	if s.opts.Keys == nil {
		// Without keys nothing tells a page that may search from one that may
		// change papers.
		if needed == key.Write && c.GetBool(sharedKey) {
			return k, false, errOrigin
		}
		return k, false, nil
	}
	there, err := s.opts.Keys.Exists()
	if err != nil {
		s.log.ErrorContext(c.Request.Context(), "nobody is let in", "request_id", requestID(c), "error", err)
		return k, false, refuse(errKeys, "", "this server cannot read its keys now")
	}
	given := givenKey(c.Request)
	if given == "" || !there && s.opts.Open {
		switch {
		case !s.opts.Open:
			return k, false, refuse(errKey, "", "a key is needed: Authorization: Bearer KEY, or x-api-key: KEY")
		case needed == key.Write && (there || c.GetBool(sharedKey)):
			return k, false, refuse(errKey, "", "reading is open to all; writing needs a key of the scope write")
		}
		return k, false, nil
	}
	k, known, err = s.opts.Keys.Find(given)
	switch {
	case err != nil:
		s.log.ErrorContext(c.Request.Context(), "nobody is let in", "request_id", requestID(c), "error", err)
		return k, false, refuse(errKeys, "", "this server cannot read its keys now")
	case !known:
		return k, false, refuse(errKey, "", "this key is not known, or not any more")
	case !k.Scope.Covers(needed):
		return k, true, refuse(errScope, "", "the key %q may read only; writing needs one of the scope write", k.Name)
	}
	return k, true, nil
}

// givenKey is the key of a request: a bearer token, an x-api-key, or the
// password that a browser asks a person for.
func givenKey(r *http.Request) string {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if k := r.Header.Get("X-Api-Key"); k != "" {
		return k
	}
	_, password, _ := r.BasicAuth()
	return password
}

// address names where a request comes from: the caller itself, or what the
// trusted proxy before the server says of it in the last X-Forwarded-For.
// Addresses of one IPv6 network of 64 bits, which are one customer's, count as
// one.
func (s *Server) address(r *http.Request) string {
	text := r.RemoteAddr
	if s.opts.TrustProxy {
		if lines := r.Header.Values("X-Forwarded-For"); len(lines) > 0 {
			line := lines[len(lines)-1]
			text = strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:])
		}
	}
	at, err := netip.ParseAddr(text)
	if err != nil {
		with, err := netip.ParseAddrPort(text)
		if err != nil {
			return "" // all that cannot be told apart are one
		}
		at = with.Addr()
	}
	at = at.Unmap().WithZone("")
	if at.Is6() {
		if net, err := at.Prefix(64); err == nil {
			return net.String()
		}
	}
	return at.String()
}

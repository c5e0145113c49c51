package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"kindred/paper"
)

// What a server itself refuses. Handlers wrap them with [refuse] to say more.
var (
	errNoRoute   = errors.New("no such route")
	errMethod    = errors.New("method not allowed")
	errMediaType = errors.New("unsupported media type")
	errTooLarge  = errors.New("too large")
	errHost      = errors.New("host not allowed")
	errOrigin    = errors.New("origin not allowed")
	errToken     = errors.New("token missing or wrong")
	errBusy      = errors.New("too many requests under way")
	errNoModel   = errors.New("no such model")
	errSlowBody  = errors.New("the body came too slowly")
	errKey       = errors.New("key missing or wrong")
	errScope     = errors.New("the key does not open this")
	errKeys      = errors.New("the keys cannot be read")
)

// statusClientGone is logged when the client did not wait; nobody reads it.
const statusClientGone = 499

// problems turns an error into a status: the first row that matches counts.
// An error that no row takes is a fault of the program, 500.
var problems = []struct {
	match   func(error) bool
	status  int
	code    string
	message string // for errors that bring no words of their own for the user
}{
	{isA[*paper.InvalidError], http.StatusBadRequest, "invalid_argument", ""},
	{isA[*http.MaxBytesError], http.StatusRequestEntityTooLarge, "too_large", "the body is too large"},
	{is(errTooLarge), http.StatusRequestEntityTooLarge, "too_large", "the request is too large"},
	{is(paper.ErrNotFound), http.StatusNotFound, "not_found", "no such paper"},
	{is(paper.ErrNoCollection), http.StatusNotFound, "collection_not_found", "no such collection"},
	{is(errNoModel), http.StatusNotFound, "model_not_found", "no such model"},
	{is(errNoRoute), http.StatusNotFound, "no_such_route", "there is nothing at this path; /openapi.json lists what there is"},
	{is(errMethod), http.StatusMethodNotAllowed, "method_not_allowed", "this path does not take this method"},
	{is(errMediaType), http.StatusUnsupportedMediaType, "unsupported_media_type", ""},
	{is(paper.ErrLearning), http.StatusConflict, "learning", "the model is learning already"},
	{is(paper.ErrCannotLearn), http.StatusConflict, "cannot_learn", "there is nothing to learn"},
	{is(errToken), http.StatusUnauthorized, "unauthorized", "a valid token is needed"},
	{is(errKey), http.StatusUnauthorized, "unauthorized", "a key is needed"},
	{is(errScope), http.StatusForbidden, "scope_missing", ""},
	{isA[*limitedError], http.StatusTooManyRequests, "rate_limited", "too many requests; Retry-After says how many seconds to wait"},
	{is(errKeys), http.StatusServiceUnavailable, "unavailable", ""},
	{is(errHost), http.StatusForbidden, "host_not_allowed", ""},
	{is(errOrigin), http.StatusForbidden, "origin_not_allowed", "requests from other sites' pages are refused"},
	{is(errSlowBody), http.StatusRequestTimeout, "request_timeout", "the body did not arrive in time"},
	{is(errBusy), http.StatusServiceUnavailable, "busy", "too many requests are under way; try again"},
	{is(paper.ErrUnavailable), http.StatusServiceUnavailable, "unavailable", "this cannot be answered now; try again"},
	{is(context.DeadlineExceeded), http.StatusGatewayTimeout, "deadline_exceeded", "the answer took too long"},
	{is(context.Canceled), statusClientGone, "canceled", "the request was given up"},
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// problem is an error as the API sends it.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
	status  int
}

// describe looks err up in the table. Only words written for the user leave
// the program: those of an InvalidError, of a refusal, and the table's own.
func describe(err error) problem {
	p := problem{Code: "internal", Message: "something went wrong inside; the server's log says what", status: http.StatusInternalServerError}
	for _, row := range problems {
		if row.match(err) {
			p.Code, p.Message, p.status = row.code, row.message, row.status
			break
		}
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		p.Message, p.Field = r.message, r.field
	} else if inv, ok := errors.AsType[*paper.InvalidError](err); ok {
		p.Message, p.Field = shortText(inv.Message, maxMessage), shorten(inv.Field)
	}
	return p
}

// maxMessage keeps an error that quotes what was sent from being as long, in
// code points.
const maxMessage = 400

// refusal gives an error of the table words for the user.
type refusal struct {
	cause   error
	field   string
	message string
}

func refuse(cause error, field, format string, args ...any) error {
	return &refusal{cause, field, fmt.Sprintf(format, args...)}
}

func (r *refusal) Error() string { return r.cause.Error() + ": " + r.message }
func (r *refusal) Unwrap() error { return r.cause }

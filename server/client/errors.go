package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"kindred/paper"
)

// invalidArgument is the one code whose field is part of its words.
const invalidArgument = "invalid_argument"

// Error is a server's refusal.
type Error struct {
	Status    int    // of HTTP; 0 when it came at the end of an answer that had begun well
	Code      string // such as "invalid_argument"; empty when the answer was not Kindred's
	Message   string // for people
	Field     string // the parameter or field that is meant, if one is
	RequestID string // under which the server's log has it
}

func (e *Error) Error() string {
	switch {
	case e.Code == "":
		return fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
	case e.Code == invalidArgument && e.Field != "":
		return e.Field + ": " + e.Message
	}
	return e.Message
}

// Unwrap is what the error is in the words of package paper, if it is
// anything there.
func (e *Error) Unwrap() error {
	switch {
	case e.Code == invalidArgument:
		return &paper.InvalidError{Field: e.Field, Message: e.Message}
	case e.Code == "not_found":
		return paper.ErrNotFound
	case e.Code == "collection_not_found":
		return paper.ErrNoCollection
	case e.Code == "learning":
		return paper.ErrLearning
	case e.Code == "cannot_learn":
		return paper.ErrCannotLearn
	case e.Status == http.StatusServiceUnavailable, e.Code == "unavailable":
		return paper.ErrUnavailable
	}
	return nil
}

// maxErrorBody bounds what is read of an answer that may be anybody's.
const maxErrorBody = 64 << 10

func readError(resp *http.Response) error {
	e := &Error{Status: resp.StatusCode, RequestID: resp.Header.Get("X-Request-Id")}
	var body struct {
		Error struct{ Code, Message, Field string }
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err == nil && json.Unmarshal(raw, &body) == nil {
		e.Code, e.Message, e.Field = body.Error.Code, body.Error.Message, body.Error.Field
	}
	return e
}

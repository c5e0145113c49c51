package client

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	open := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		switch r.URL.Path {
		case "/v1/papers/a":
			fmt.Fprint(w, `{"id":"a"}`)
		case "/v1/papers/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"not_found","message":"none"}}`)
		}
	}, Options{})
	found, err := open.Find(t.Context(), []string{"a", "DOI:10.1000/1", ""})
	if err != nil || len(found) != 3 || found[0].ID != "a" || found[1] != nil || found[2] != nil {
		t.Errorf("%v %v", found, err)
	}
	if _, err := open.Find(t.Context(), []string{"a", "broken"}); err == nil {
		t.Error("a server that fails finds nothing")
	}

	answer := `{"papers":[{"id":"a"},null]}`
	private := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/internal/v1/find" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		fmt.Fprint(w, answer)
	}, Options{Token: "a-token-for-the-tests"})
	found, err = private.Find(t.Context(), []string{"DOI:10.1000/1", "none"})
	if err != nil || found[0].ID != "a" || found[1] != nil {
		t.Errorf("%v %v", found, err)
	}
	if _, err := private.Find(t.Context(), []string{"one"}); err == nil || !strings.Contains(err.Error(), "2 papers for 1 ids") {
		t.Error(err)
	}
}

package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"kindred/paper"
)

func TestAsk(t *testing.T) {
	body := ""
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/v1/ask" || string(sent) != `{"q":"flows","stream":true,"mode":"hybrid","limit":3,"sort":"relevance"}` {
			t.Errorf("%s %s", r.URL, sent)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, body)
	}, Options{})
	q := paper.Query{Text: "flows", Options: paper.Options{Limit: 3}}
	var said []string
	say := func(s paper.Sentence) error { said = append(said, s.Text); return nil }
	sentence := "event: sentence\ndata: {\"text\":\"One.\",\"citations\":[1]}\n\n"

	body = ": a comment\n\n" + sentence + "event: later\ndata: 7\n\nevent: answer\ndata: {\"query\":\"flows\",\"chat_model\":\"tiny\"}\n\n"
	a, err := c.Ask(t.Context(), q, say)
	if err != nil || a.ChatModel != "tiny" || fmt.Sprint(said) != "[One.]" {
		t.Errorf("%+v, %q, %v", a, said, err)
	}
	body = sentence + "event: error\ndata: {\"error\":{\"code\":\"unavailable\",\"message\":\"gone\"}}\n\n"
	if _, err := c.Ask(t.Context(), q, say); !errors.Is(err, paper.ErrUnavailable) || err.Error() != "gone" {
		t.Error(err)
	}
	body = sentence
	if _, err := c.Ask(t.Context(), q, say); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	body = "event: answer\ndata: {half\n\n"
	if _, err := c.Ask(t.Context(), q, say); err == nil {
		t.Error("half an answer is taken")
	}
	full := errors.New("full")
	body = sentence
	if _, err := c.Ask(t.Context(), q, func(paper.Sentence) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	if _, err := c.Ask(t.Context(), paper.Query{}, say); err == nil {
		t.Error("an empty question is sent")
	}
}

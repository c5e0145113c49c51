package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// answerBox answers the question above a list, from the papers of the list.
type answerBox struct {
	Sentences []boxSentence
	By        string // the chat model that wrote it, or empty
	Degraded  string
	LeftOut   int
	// Write is where the chat model's answer is; empty where there is no such
	// model, or it has answered.
	Write string
}

type boxSentence struct {
	Text      string
	Citations []boxCitation
}

// boxCitation leads to a paper's card, or to its page where it has none here.
type boxCitation struct {
	Number int
	Title  string
	URL    string
	Card   int // 0: none
}

// isQuestion reports whether somebody asks something, rather than names a
// topic or a title.
func isQuestion(s string) bool {
	words := strings.Fields(strings.ToLower(s))
	if len(words) < 3 {
		return false
	}
	return strings.HasSuffix(s, "?") || asksFirst(s)
}

// asksFirst reports whether the first word is one of asking.
func asksFirst(s string) bool {
	word, _, _ := strings.Cut(strings.ToLower(s), " ")
	return slices.Contains(askingWords, word)
}

// sentencesShown leaves the first cards in sight of a phone.
const sentencesShown = 3

var askingWords = strings.Fields("how what why when where which who whose does do did can could is are was were should will would has have")

// extracted is an answer in the papers' own sentences, and the way to the chat
// model's. nil where no sentence answers and no model could.
func (p *page) extracted(v *view) *answerBox {
	box := boxOf(paper.Extract(v.Result), v.Result)
	box.Sentences = box.Sentences[:min(sentencesShown, len(box.Sentences))]
	if _, extracts := p.opts.Writer.(paper.Extraction); !extracts && len(v.Result.Hits) > 0 {
		box.Write = v.At.On(askPage)
	}
	if len(box.Sentences) == 0 && box.Write == "" {
		return nil
	}
	return box
}

func boxOf(a *paper.Answer, r *paper.Result) *answerBox {
	box := &answerBox{By: a.ChatModel, LeftOut: a.LeftOut}
	if a.Degraded != r.Degraded { // that one stands above the list already
		box.Degraded = a.Degraded
	}
	for _, s := range a.Sentences {
		out := boxSentence{Text: readablePiece(s.Text)}
		for _, n := range s.Citations {
			if n < 1 || n > len(a.Papers) {
				continue
			}
			cited := a.Papers[n-1]
			c := boxCitation{Number: n, Title: displayTitle(cited), URL: place{paperPage, values{"id": {cited.ID}}}.String()}
			c.Card = 1 + slices.IndexFunc(r.Hits, func(h paper.Hit) bool { return h.Paper.ID == cited.ID })
			out.Citations = append(out.Citations, c)
		}
		box.Sentences = append(box.Sentences, out)
	}
	return box
}

// ask is the list of answers with the chat model's answer above it; where
// events are accepted, those of /v1/ask.
func (p *page) ask(c *gin.Context) {
	if strings.Contains(c.GetHeader("Accept"), mediaEvents) {
		p.stream(c)
		return
	}
	if c.Request.Method == http.MethodHead { // which nobody reads, so that nothing is paid for it
		p.html(p.search)(c)
		return
	}
	p.html(func(c *gin.Context, vals values) (string, *view, error) {
		return p.searchWith(c, vals, func(r *paper.Result) (*answerBox, error) {
			a, err := p.opts.Writer.Write(c.Request.Context(), r, func(paper.Sentence) error { return nil })
			if err != nil {
				return nil, err
			}
			p.metrics.weaker(c, a.Degraded)
			return boxOf(a, r), nil
		})
	})(c)
}

func (p *page) stream(c *gin.Context) {
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		p.fail(c, err)
		return
	}
	withYears(vals)
	r, err := parseRequest(askParams, known(vals, searchParams))
	if err != nil {
		p.fail(c, err)
		return
	}
	r.fields = fields{"title"} // the cards have the rest
	(&api{Server: p.Server, engine: p.engine}).answer(c, r, true)
}

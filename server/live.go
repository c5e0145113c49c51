package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// intake counts the papers that come in through the server, one stream of them
// after another. The zero value is ready.
type intake struct {
	mu     sync.Mutex
	papers int
	last   time.Time
}

// intakePause ends a stream of papers: what comes later is another.
const intakePause = 5 * time.Second

// add counts what became of some papers.
func (i *intake) add(results []paper.PutResult) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if time.Since(i.last) > intakePause {
		i.papers = 0
	}
	i.last = time.Now()
	i.papers += len(results)
}

// now is how many papers the stream under way has brought; 0 while there is none.
func (i *intake) now() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	if time.Since(i.last) > intakePause {
		return 0
	}
	return i.papers
}

// statePath is asked by app.js for what views say of the index at work.
const statePath = "/state"

// live says in a sentence what the index is at, "" where it only answers.
func (p *page) live(ctx context.Context) string {
	st, err := p.engine.Stats(ctx)
	var running *paper.Harvest
	for _, h := range harvestsOf(p.engine) {
		if h.Running && h.Read > intakeSaid {
			running = &h
		}
	}
	switch came := p.intake.now(); {
	case err != nil || !st.Ready: // which the view itself says
		return ""
	case st.State == "learning":
		return fmt.Sprintf("The model is learning these papers: %.0f %% done. Answers get better when it has.", 100*st.Progress)
	case came > intakeSaid:
		return fmt.Sprintf("Papers are coming in: %s so far, %s here now.", count(came), count(st.Papers))
	case running != nil:
		return fmt.Sprintf("The harvest %s is fetching papers: %s so far, %s here now.", running.Name, count(running.Read), count(st.Papers))
	case st.State == "indexing":
		return "The papers that came last are being sorted in; answers take a little longer until they are."
	}
	return ""
}

// intakeSaid is how many papers may come in without a word.
const intakeSaid = 10

// state is the sentence alone, as it stands in every view.
func (p *page) state(c *gin.Context) {
	var buf bytes.Buffer
	if err := p.views["start"].ExecuteTemplate(&buf, "live", &view{Live: p.live(c.Request.Context())}); err != nil {
		p.fail(c, err)
		return
	}
	_ = send(c, http.StatusOK, "text/html; charset=utf-8", buf.Bytes())
}

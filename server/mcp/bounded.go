package mcp

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	// maxUnderWay is how many calls of one client are worked on; the next one
	// is read when one of them is answered.
	maxUnderWay = 16
	// drainTime is how long the calls that are under way when the input ends
	// may take.
	drainTime = 30 * time.Second
)

// bounded is a transport that reads calls as they can be worked on, and whose
// input ends only when all are answered: the SDK drops what is under way then,
// and a script that pipes its calls in would get no answers.
type bounded struct{ sdk.Transport }

func (b bounded) Connect(ctx context.Context) (sdk.Connection, error) {
	c, err := b.Transport.Connect(ctx)
	return &boundedConnection{Connection: c, underWay: make(chan struct{}, maxUnderWay), closed: make(chan struct{}), calls: map[any]int{}}, err
}

type boundedConnection struct {
	sdk.Connection
	underWay chan struct{} // holds one for each call that is not answered
	closing  sync.Once
	closed   chan struct{}

	mu    sync.Mutex
	calls map[any]int // the same by id
}

func (c *boundedConnection) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if r, ok := m.(*jsonrpc.Request); ok && err == nil && r.IsCall() {
		c.mu.Lock()
		c.calls[r.ID.Raw()]++
		c.mu.Unlock()
		return m, c.enter(ctx, nil)
	}
	if errors.Is(err, io.EOF) {
		late := time.NewTimer(drainTime)
		defer late.Stop()
		for range maxUnderWay {
			if c.enter(ctx, late.C) != nil {
				break
			}
		}
	}
	return m, err
}

// enter waits for a place; the error says that there will be none.
func (c *boundedConnection) enter(ctx context.Context, late <-chan time.Time) error {
	select {
	case c.underWay <- struct{}{}:
		return nil
	case <-c.closed:
		return io.EOF
	case <-late:
		return context.DeadlineExceeded
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *boundedConnection) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if r, ok := m.(*jsonrpc.Response); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		if id := r.ID.Raw(); c.calls[id] > 0 {
			if c.calls[id]--; c.calls[id] == 0 {
				delete(c.calls, id)
			}
			<-c.underWay
		}
	}
	return err
}

func (c *boundedConnection) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return c.Connection.Close()
}

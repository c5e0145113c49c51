package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"

	"kindred/paper"
)

// choose writes every so many-th paper to a file of JSON lines.
func (o *Options) choose(ctx context.Context, name string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	lines := json.NewEncoder(w)
	n := 0
	err = each(ctx, o.Files, func(p *paper.Paper) (bool, error) {
		if n++; n%o.Every != 0 {
			return true, nil
		}
		return true, lines.Encode(p)
	})
	return errors.Join(err, w.Flush())
}

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/adhocore/gronx"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"kindred/internal/harvest"
)

// Limits of a schedule.
const (
	maxSchedule = 1 << 20 // bytes
	maxJobs     = 1000
)

// job is one harvest of a schedule.
type job struct {
	harvestFlags
	cron string
	line int // in the file
}

// readSchedule reads the jobs of a schedule: a list, each with harvest (the
// kind), cron (when, in the machine's time), query or url (what stands behind
// the command), and the settings of its command. What it does not know is an
// error with its line.
func readSchedule(path string) ([]*job, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxSchedule {
		err = fmt.Errorf("%s is longer than %d bytes", path, maxSchedule)
	}
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	jobs, err := parseSchedule(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return jobs, nil
}

func parseSchedule(text []byte) ([]*job, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("not a schedule: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.SequenceNode || len(doc.Content[0].Content) == 0 {
		return nil, errors.New(`not a schedule: a list of harvests, each of which begins like "- harvest: arxiv"`)
	}
	list := doc.Content[0].Content
	if len(list) > maxJobs {
		return nil, fmt.Errorf("more than %d harvests", maxJobs)
	}
	var jobs []*job
	names := map[string]int{}
	for _, n := range list {
		j, err := parseJob(n)
		if err != nil {
			return nil, err
		}
		if first, ok := names[j.options.Name]; ok {
			return nil, fmt.Errorf("line %d: the same harvest as in line %d; one of them needs another name", n.Line, first)
		}
		names[j.options.Name] = n.Line
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func parseJob(n *yaml.Node) (*job, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: not a harvest, which has lines of \"name: value\"", n.Line)
	}
	j := &job{line: n.Line}
	values, lines := map[string]string{}, map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch _, twice := values[key.Value]; {
		case key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: %s is not one value", key.Line, key.Value)
		case twice:
			return nil, fmt.Errorf("line %d: %s stands here a second time", key.Line, key.Value)
		}
		values[key.Value], lines[key.Value] = value.Value, key.Line
	}
	kind := values["harvest"]
	i := slices.IndexFunc(harvesters(), func(h harvester) bool { return h.kind == kind })
	if i < 0 {
		return nil, fmt.Errorf("line %d: harvest: %q is none of %s", max(n.Line, lines["harvest"]), kind, strings.Join(harvest.Kinds(), ", "))
	}
	h := harvesters()[i]
	flags := pflag.NewFlagSet(kind, pflag.ContinueOnError)
	j.add(h, flags)
	known := []string{"harvest", "cron"}
	argument := strings.ToLower(strings.Trim(h.argument, "[]"))
	if argument != "" {
		known = append(known, argument)
	}
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i].Value
		var err error
		switch {
		case !slices.Contains(known, name):
			err = fmt.Errorf("unknown setting %q; harvest %s knows %s", name, kind, strings.Join(known, ", "))
		case name == argument:
			j.argue(values[name])
		case name == "cron":
			j.cron = values[name]
			err = checkCron(j.cron)
		case name != "harvest":
			err = flags.Set(name, values[name])
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", lines[name], err)
		}
	}
	if j.cron == "" {
		return nil, fmt.Errorf("line %d: no cron, which says when, such as cron: \"30 5 * * *\"", n.Line)
	}
	if err := j.check(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n.Line, err)
	}
	if j.options.Name == "" {
		j.options.Name = j.request.Name()
	}
	return j, nil
}

// checkCron refuses what is no cron expression of five fields or a word such
// as @daily, and one that never comes.
func checkCron(expr string) error {
	fields := strings.Fields(expr)
	if len(fields) != 5 && !(len(fields) == 1 && strings.HasPrefix(expr, "@")) || !gronx.IsValid(expr) {
		return fmt.Errorf("cron: %q is neither five fields (minute, hour, day, month, weekday), such as \"30 5 * * *\", nor @hourly, @daily, @weekly or @monthly", expr)
	}
	if _, err := gronx.NextTickAfter(expr, time.Now(), false); err != nil {
		return fmt.Errorf("cron: %q never comes", expr)
	}
	return nil
}

// after is when j is to run next after t.
func (j *job) after(t time.Time) time.Time {
	next, err := gronx.NextTickAfter(j.cron, t, false)
	if err != nil { // as checkCron would have said; a day on, it is asked again
		return t.AddDate(0, 0, 1)
	}
	return next
}

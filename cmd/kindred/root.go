package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kindred/paper"
)

// Exit statuses.
const (
	done   = 0
	failed = 1
	misuse = 2 // wrong flags or arguments
)

// program is what the commands share: the flags that all of them take.
type program struct {
	data   string // the data folder; see dataDir
	config string // the settings file, or empty
	exact  bool   // see addExact
	embed  embedderFlags
	own    bool // the folder's own embedder, whatever the flags name
}

// execute runs one command line and returns the exit status.
func execute(args []string) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	// Whoever reads our output may have read enough (kindred search … | head):
	// that must not keep the folder from being closed as it should.
	signal.Ignore(syscall.SIGPIPE)
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return done
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if errors.Is(err, errNoCommand) {
		root.SetOut(os.Stderr)
		_ = root.Help() // there is nothing else to say it to
		return misuse
	}
	status := failed
	if u, ok := errors.AsType[*usageError](err); ok {
		status = misuse
		err = fmt.Errorf("%w\nsee %s --help", err, cmp.Or(u.cmd, root).CommandPath())
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(os.Stderr, "kindred:", line)
	}
	return status
}

// untilSignal ends with the first SIGINT or SIGTERM. One that comes a second
// later or more ends the program at once; those before are taken for the
// first one's echo, as wrappers (timeout, go run, make) send it twice.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(signals)
		select {
		case <-signals:
			cancel()
			time.Sleep(time.Second)
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func newRoot() *cobra.Command {
	p := &program{}
	root := &cobra.Command{
		Use:   "kindred",
		Short: "Find related papers",
		Long: `Kindred finds related papers. It keeps titles and abstracts in one folder,
learns what they are about, and answers: which papers speak about this
question, and which papers are like this one?

Flags can also be set by variables (--data by KINDRED_DATA, --no-learn by
KINDRED_NO_LEARN) or in a settings file (data: …, no-learn: …): --config, else
KINDRED_CONFIG, else kindred.yaml in ` + cmp.Or(settingsFolder(), "the user's settings") + `.
A flag wins over a variable, a variable over the file. What says what one call is
about, such as --id, --out and --dry-run, is for the command line alone.`,
		Example: `  kindred demo
  kindred ingest papers.jsonl
  kindred search "which methods detect out-of-distribution inputs?"`,
		Version:           describeBuild(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return p.settle(cmd) },
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errNoCommand
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil }, // Args has refused
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if v, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			err = fmt.Errorf("--%s %w", v.GetFlag().Name, badValue(v.GetFlag(), v.GetValue(), v.Unwrap()))
		}
		return &usageError{cmd, err}
	})
	root.SetHelpCommand(newHelp())
	root.SetVersionTemplate("{{.Version}}")
	root.CompletionOptions.HiddenDefaultCmd = true

	flags := root.PersistentFlags()
	flags.StringVar(&p.data, "data", "", "the data `folder` (default "+usualDataDir()+")")
	flags.StringVar(&p.config, "config", "", "the settings `file`")
	p.embed.add(flags)

	root.AddGroup(
		&cobra.Group{ID: "start", Title: "Start here:"},
		&cobra.Group{ID: "papers", Title: "Papers in, answers out:"},
		&cobra.Group{ID: "folder", Title: "The data folder:"},
		&cobra.Group{ID: "measure", Title: "Serve and measure:"},
	)
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("start", newDemo())
	add("papers", newIngest(p), newHarvest(p), newSearch(p), newAsk(p), newSimilar(p))
	add("folder", newShow(p), newExport(p), newDelete(p), newCollections(p), newStats(p), newLearn(p), newDedup(p), newCache(p))
	add("measure", newServe(p), newMCP(p), newKey(p), newRun(p), newEval(), newBench())
	root.AddCommand(newVersion())
	return root
}

// errNoCommand is a command line without a command, which asks for help.
var errNoCommand = errors.New("which command?")

// didYouMean names the subcommands of cmd that name is close to.
func didYouMean(cmd *cobra.Command, name string) string {
	cmd.SuggestionsMinimumDistance = 2
	names := cmd.SuggestionsFor(name)
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

func unknownCommand(root *cobra.Command, name string) error {
	return misused(root, "there is no command %q%s", name, didYouMean(root, name))
}

// newHelp is cobra's help command, which of a name that is none shows the whole
// program's help.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		Example: `  kindred help search
  kindred help collections drop`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return &usageError{cmd, err}
			case len(rest) > 0 && about == cmd.Root():
				return unknownCommand(about, rest[0])
			case len(rest) > 0 && about.HasSubCommands():
				return subcommandOf(about, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// usageError is a command line that cannot be meant; the command's help is
// named below it.
type usageError struct {
	cmd *cobra.Command // nil: any
	err error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func misused(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Errorf(format, args...)}
}

// invalid is a request that package paper refuses, in the words of the
// command line.
func invalid(cmd *cobra.Command, err error) error {
	if i, ok := errors.AsType[*paper.InvalidError](err); ok && i.Field == "q" {
		err = fmt.Errorf("question: %s", i.Message)
	}
	return &usageError{cmd, err}
}

// badValue says why a value is none of a flag's, where it is a number, a time or
// a switch in words that are not Go's.
func badValue(f *pflag.Flag, value string, err error) error {
	switch f.Value.Type() {
	case "int", "int64", "uint", "uint64", "uint32", "count":
		return fmt.Errorf("%q is no whole number", value)
	case "float64":
		return fmt.Errorf("%q is no number", value)
	case "duration":
		return fmt.Errorf("%q is no time such as 500ms, 3s or 5m", value)
	case "bool":
		return fmt.Errorf("%q is neither true nor false", value)
	}
	if i, ok := errors.AsType[*paper.InvalidError](err); ok {
		return errors.New(i.Message) // which has the value
	}
	return fmt.Errorf("%q: %w", value, err)
}

// subcommandOf refuses what stands where a subcommand of cmd should.
func subcommandOf(cmd *cobra.Command, args []string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	there := strings.Join(names, ", ")
	if len(args) == 0 {
		return misused(cmd, "%s what? There are %s", cmd.Name(), there)
	}
	if guess := didYouMean(cmd, args[0]); guess != "" {
		return misused(cmd, "%s knows no %q%s", cmd.Name(), args[0], guess)
	}
	return misused(cmd, "%s knows no %q; there are %s", cmd.Name(), args[0], there)
}

// noArgs, exactArgs and someArgs check the number of arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return misused(cmd, "%s takes no arguments; what is %q?", cmd.Name(), args[0])
	}
	return nil
}

func exactArgs(what string, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return misused(cmd, "%s needs %s", cmd.Name(), what)
		}
		return nil
	}
}

func someArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misused(cmd, "%s needs %s", cmd.Name(), what)
		}
		return nil
	}
}

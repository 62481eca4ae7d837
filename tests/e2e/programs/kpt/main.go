// kpt's own `kpt fn` and `kpt alpha wasm`, without its other commands: some of those need a module that is not published everywhere, and no
// test needs them.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kptdev/kpt/commands/alpha/wasm"
	"github.com/kptdev/kpt/commands/fn"
	"github.com/kptdev/kpt/pkg/lib/errors/resolver"
	"github.com/kptdev/kpt/pkg/printer"
	"github.com/spf13/cobra"
)

func main() {
	kpt := &cobra.Command{Use: "kpt", SilenceUsage: true, SilenceErrors: true}
	output := printer.New(kpt.OutOrStdout(), kpt.ErrOrStderr())
	ctx := printer.WithContext(context.Background(), output)
	alpha := &cobra.Command{Use: "alpha"}
	alpha.AddCommand(wasm.NewCommand(ctx, "kpt"))
	kpt.AddCommand(fn.GetCommand(ctx, "kpt"), alpha)
	err := kpt.Execute()
	if err == nil {
		return
	}
	if known, ok := resolver.ResolveError(err); ok {
		fmt.Fprintln(os.Stderr, known.Message)
		os.Exit(known.ExitCode)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

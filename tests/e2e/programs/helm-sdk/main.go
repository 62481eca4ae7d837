// `helm template` with a choice that Helm's own command line does not have: how hooks are passed to the post-renderer. Programs that embed
// Helm choose it (action.PostRenderStrategy), so a post-renderer meets all of them.
//
//	helm-sdk STRATEGY RELEASE CHART PLUGIN [ARGUMENT]...
package main

import (
	"fmt"
	"os"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/cli"
	"helm.sh/helm/v4/pkg/postrenderer"
	"helm.sh/helm/v4/pkg/release"
)

func main() {
	if err := template(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5:]...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func template(strategy, name, path, plugin string, arguments ...string) error {
	chart, err := loader.Load(path)
	if err != nil {
		return err
	}
	renderer, err := postrenderer.NewPostRendererPlugin(cli.New(), plugin, arguments...)
	if err != nil {
		return err
	}
	install := action.NewInstall(action.NewConfiguration())
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName, install.Namespace = name, "default"
	install.PostRenderer, install.PostRenderStrategy = renderer, action.PostRenderStrategy(strategy)
	installed, err := install.Run(chart, nil)
	if err != nil {
		return err
	}
	accessor, err := release.NewAccessor(installed)
	if err != nil {
		return err
	}
	fmt.Println(strings.TrimSpace(accessor.Manifest()))
	for _, hook := range accessor.Hooks() {
		hook, err := release.NewHookAccessor(hook)
		if err != nil {
			return err
		}
		fmt.Printf("---\n# Source: %s\n%s\n", hook.Path(), strings.TrimSpace(hook.Manifest()))
	}
	return nil
}

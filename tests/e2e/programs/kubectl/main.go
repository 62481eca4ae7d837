// kubectl, all of it. Its own main package is in k8s.io/kubernetes, which can't be built as a dependency: it replaces its staging modules
// by folders of the repository.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}

// The two halves of Argo CD that run a config management plugin, as Argo CD builds them:
//
//	argocd-plugin server ARGUMENT...                 argocd-cmp-server, the program of the plugin's sidecar
//	argocd-plugin manifests REPOSITORY APPLICATION   the repo-server's manifests for an Application, one JSON object a line
//
// REPOSITORY is a folder in place of a clone, APPLICATION a file. The server does not end at SIGTERM (v3.2.1): kill it.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	server "github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

func main() {
	var err error
	switch {
	case len(os.Args) > 1 && os.Args[1] == "server":
		command := server.NewCommand()
		command.SetArgs(os.Args[2:])
		err = command.Execute()
	case len(os.Args) == 4 && os.Args[1] == "manifests":
		err = manifests(os.Args[2], os.Args[3])
	default:
		fmt.Fprintln(os.Stderr, "usage: argocd-plugin server ARGUMENT... | manifests REPOSITORY APPLICATION")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "argocd-plugin:", err)
		os.Exit(1)
	}
}

func manifests(folder, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var application v1alpha1.Application
	if err := yaml.Unmarshal(text, &application); err != nil {
		return err
	}
	root, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	source := application.Spec.Source
	request := &apiclient.ManifestRequest{
		Repo:              &v1alpha1.Repository{Repo: source.RepoURL},
		Revision:          source.TargetRevision,
		AppName:           application.Name,
		AppLabelKey:       "app.kubernetes.io/instance",
		Namespace:         application.Spec.Destination.Namespace,
		ApplicationSource: source,
		KubeVersion:       "1.37",
		ProjectName:       application.Spec.Project,
		TrackingMethod:    "annotation",
		KustomizeOptions:  &v1alpha1.KustomizeOptions{},
	}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	response, err := repository.GenerateManifests(context.Background(), filepath.Join(root, source.Path), root, revision, request, false,
		git.NoopCredsStore{}, resource.MustParse("0"), utilio.NewRandomizedTempPaths(os.TempDir()))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, manifest := range response.Manifests {
		fmt.Fprintln(out, manifest)
	}
	return nil
}

// What Flux's kustomize-controller applies, with the library that it builds with:
//
//	flux-build ROOT KUSTOMIZATION    a Flux Kustomization in a file, over a source whose files are below ROOT
//
// Post-build substitution takes variables from the object only: there is no cluster to read a ConfigMap from.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: flux-build ROOT KUSTOMIZATION")
		os.Exit(2)
	}
	if err := build(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "flux-build:", err)
		os.Exit(1)
	}
}

func build(root, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var kustomization unstructured.Unstructured
	if err := yaml.Unmarshal(text, &kustomization.Object); err != nil {
		return err
	}
	path, _, err := unstructured.NestedString(kustomization.Object, "spec", "path")
	if err != nil {
		return err
	}
	folder := filepath.Join(root, path)
	if _, err := kustomize.NewGenerator(root, kustomization).WriteFile(folder); err != nil {
		return err
	}
	resources, err := kustomize.SecureBuild(root, folder, false)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, resource := range resources.Resources() {
		substituted, err := kustomize.SubstituteVariables(context.Background(), nil, kustomization, resource, kustomize.SubstituteWithDryRun(true))
		if err != nil {
			return err
		}
		if substituted != nil {
			resource = substituted
		}
		object, err := resource.AsYAML()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "---\n%s", object)
	}
	return nil
}

// A pull as a node does it, with containerd's resolver and the docker config that a pull Secret holds:
//
//	containerd-pull IMAGE DOCKERCONFIG
//
// It resolves the image and fetches its index, manifests, configurations and layers; each digest is verified. It prints what it fetched. Registries on
// loopback speak plain HTTP.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: containerd-pull IMAGE DOCKERCONFIG")
		os.Exit(2)
	}
	if err := pull(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "containerd-pull:", err)
		os.Exit(1)
	}
}

func pull(ctx context.Context, image, file string) error {
	accounts, err := read(file)
	if err != nil {
		return err
	}
	authorizer := docker.NewDockerAuthorizer(docker.WithAuthCreds(func(host string) (string, string, error) {
		user, password, _ := strings.Cut(accounts[host], ":")
		return user, password, nil
	}))
	hosts := docker.ConfigureDefaultRegistries(docker.WithAuthorizer(authorizer), docker.WithPlainHTTP(docker.MatchLocalhost))
	resolver := docker.NewResolver(docker.ResolverOptions{Hosts: hosts})
	name, root, err := resolver.Resolve(ctx, image)
	if err != nil {
		return err
	}
	fetcher, err := resolver.Fetcher(ctx, name)
	if err != nil {
		return err
	}
	return fetch(ctx, fetcher, root)
}

// The accounts of a docker config, `user:password` by host.
func read(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var config struct {
		Auths map[string]struct {
			Auth string `json:"auth"`
		} `json:"auths"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	accounts := map[string]string{}
	for host, entry := range config.Auths {
		account, err := base64.StdEncoding.DecodeString(entry.Auth)
		if err != nil {
			return nil, err
		}
		accounts[host] = string(account)
	}
	return accounts, nil
}

// A blob and all that it names.
func fetch(ctx context.Context, fetcher remotes.Fetcher, blob ocispec.Descriptor) error {
	reader, err := fetcher.Fetch(ctx, blob)
	if err != nil {
		return err
	}
	defer reader.Close()
	content, err := io.ReadAll(reader)
	if err != nil {
		return err
	}
	if found := blob.Digest.Algorithm().FromBytes(content); found != blob.Digest {
		return fmt.Errorf("%s has the digest %s", blob.Digest, found)
	}
	fmt.Println(blob.MediaType, blob.Digest)
	switch {
	case images.IsIndexType(blob.MediaType):
		var index ocispec.Index
		if err := json.Unmarshal(content, &index); err != nil {
			return err
		}
		return fetchAll(ctx, fetcher, index.Manifests)
	case images.IsManifestType(blob.MediaType):
		var manifest ocispec.Manifest
		if err := json.Unmarshal(content, &manifest); err != nil {
			return err
		}
		return fetchAll(ctx, fetcher, append([]ocispec.Descriptor{manifest.Config}, manifest.Layers...))
	}
	return nil
}

func fetchAll(ctx context.Context, fetcher remotes.Fetcher, blobs []ocispec.Descriptor) error {
	for _, blob := range blobs {
		if err := fetch(ctx, fetcher, blob); err != nil {
			return err
		}
	}
	return nil
}

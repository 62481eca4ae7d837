#!/usr/bin/env bash
# Installs the programs that the end-to-end tests run and prints the folders that hold them, joined by colons as in PATH:
#
#   PULLTHROUGH_TOOLS=$(scripts/tools.sh all) cargo test --test e2e
#   scripts/tools.sh kustomize helm       # some of them only
#   scripts/tools.sh --list               # name, version, where it comes from
#
# What is published as a Go module is built once, at the version named here, into a folder of that name and version outside of the
# checkout. The rest comes from Debian and needs root when it is missing. Progress goes to stderr.
set -euo pipefail
shopt -s inherit_errexit

cache=${PULLTHROUGH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pullthrough-ci}

# name, version, and a Go package to install or a Debian package that brings the program of that name.
#
# The versions are the newest that Go 1.26 builds and that the Go checksum database vouches for: kustomize 5.8.3 asks for Go 1.27, and of
# kpt's releases after beta.60 none could be had so. kubectl's own module, k8s.io/kubernetes, can't be installed as a dependency (it replaces its staging modules by
# folders), so `kubectl` is the published module k8s.io/kubectl with the main function that Kubernetes gives it.
tools='
kustomize        v5.8.2           go   sigs.k8s.io/kustomize/kustomize/v5
kpt              v1.0.0-beta.60   go   github.com/kptdev/kpt
kubectl          v0.37.2          main k8s.io/kubectl
helm             v4.3.1           go   helm.sh/helm/v4/cmd/helm
helm3            v3.22.0          go   helm.sh/helm/v3/cmd/helm
docker-registry  debian           apt  docker-registry
nginx            debian           apt  nginx-light
skopeo           debian           apt  skopeo
openssl          debian           apt  openssl
podman           debian           apt  podman
'

main() {
    local names=() folders=() name
    case "${1:-}" in
    "" | -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    --list) echo "${tools//$'\n\n'/}" | sed '/^$/d' && exit 0 ;;
    all) mapfile -t names < <(awk 'NF && $3 != "apt" || $1 ~ /docker-registry|nginx|skopeo|openssl/ {print $1}' <<<"$tools" | sed '/^$/d') ;;
    *) names=("$@") ;;
    esac
    for name in "${names[@]}"; do
        folders+=("$(install_tool "$name")")
    done
    printf '%s\n' "${folders[@]}" | awk '!seen[$0]++' | paste -sd:
}

# Prints the folder that holds the program, after installing it where that has not been done.
install_tool() {
    local name=$1 row version kind package
    row=$(awk -v name="$name" '$1 == name' <<<"$tools")
    if [[ -z $row ]]; then
        say "no tool is called \`$name\`; scripts/tools.sh --list names them"
        exit 2
    fi
    read -r name version kind package <<<"$row"
    if [[ $kind == apt ]]; then
        from_debian "$name" "$package"
        return
    fi
    local folder=$cache/$name-$version
    if [[ ! -x $folder/$name ]]; then
        local began=$SECONDS
        say "building $name $version from $package"
        build "$kind" "$package" "$version" "$name" "$folder"
        say "built $name $version in $((SECONDS - began)) s"
    fi
    echo "$folder"
}

# Builds in a folder of its own that takes its final name only when it is complete: a build that was interrupted leaves nothing to trust.
build() {
    local kind=$1 package=$2 version=$3 name=$4 folder=$5
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/building.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    if [[ $kind == go ]]; then
        (cd "$work" && GOBIN=$work/bin go_command install "$package@$version")
        mv "$work"/bin/* "$work/$name"
    else
        kubectl_main >"$work/main.go"
        (cd "$work" && go_command mod init "$name" && go_command get "$package@$version" && go_command mod tidy &&
            go_command build -o "$work/$name" .)
    fi
    mkdir -p "$folder"
    mv "$work/$name" "$folder/$name"
}

# The toolchain that is there, static programs as the projects release them, no settings of the caller.
go_command() {
    GOTOOLCHAIN=local GOFLAGS=-trimpath GOWORK=off CGO_ENABLED=0 go "$@" >&2
}

kubectl_main() {
    cat <<'GO'
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
GO
}

from_debian() {
    local name=$1 package=$2 path
    # Servers live in sbin, which is not in everybody's PATH.
    local PATH=$PATH:/usr/sbin:/sbin
    if ! path=$(command -v "$name"); then
        local began=$SECONDS
        say "installing Debian's $package"
        apt_get update
        apt_get install -y --no-install-recommends "$package"
        say "installed $package in $((SECONDS - began)) s"
        path=$(command -v "$name")
    fi
    dirname "$path"
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >&2
}

say() {
    echo "tools: $*" >&2
}

main "$@"

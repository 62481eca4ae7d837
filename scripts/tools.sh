#!/usr/bin/env bash
# Installs the programs that the end-to-end tests run and prints the folders that hold them, joined by colons as in PATH:
#
#   PULLTHROUGH_TOOLS=$(scripts/tools.sh kustomize kpt) cargo test --test e2e
#   scripts/tools.sh --list               # name, version, where each comes from
#
# What is published as a Go module is built once, at the version named here, into a folder of that name and version (and, of tests/e2e/programs, of its
# source) outside of the checkout. The rest comes from Debian and needs root when it is missing. Progress goes to stderr.
set -euo pipefail
shopt -s inherit_errexit

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pullthrough-ci
programs=$(dirname "$(realpath "$0")")/../tests/e2e/programs

# name, version, and where it comes from: a Go package (go), a program of tests/e2e/programs whose go.mod names the version (own, or cgo where
# it is built with C), a crate (cargo), or a Debian package (apt).
#
# The versions are the newest that Go 1.26 builds and that the Go checksum database vouches for. kustomize 5.8.3 asks for Go 1.27. Of kpt
# none after beta.60 could be had so.
tools='
kustomize        v5.8.2           go   sigs.k8s.io/kustomize/kustomize/v5
kpt              v1.0.0-beta.60   own  github.com/kptdev/kpt
kpt-cgo          v1.0.0-beta.60   cgo  github.com/kptdev/kpt
kubectl          v0.37.2          own  k8s.io/kubectl
helm             v4.3.1           go   helm.sh/helm/v4/cmd/helm
helm3            v3.22.0          go   helm.sh/helm/v3/cmd/helm
helm-sdk         v4.3.1           own  helm.sh/helm/v4
kubernetes-check v1.37.2          own  k8s.io/kubernetes
flux-build       v1.41.0          own  github.com/fluxcd/pkg/kustomize
containerd-pull  v2.4.2           own  github.com/containerd/containerd/v2
argocd-plugin    v3.2.1           own  github.com/argoproj/argo-cd/v3
wazero           v1.12.0          go   github.com/tetratelabs/wazero/cmd/wazero
cargo-deny       0.20.2           cargo  cargo-deny
docker-registry  debian           apt  docker-registry
nginx            debian           apt  nginx-light
ngx_http_js_module.so  debian     apt  libnginx-mod-http-js
skopeo           debian           apt  skopeo
jq               debian           apt  jq
openssl          debian           apt  openssl
strace           debian           apt  strace
podman           debian           apt  podman
runc             debian           apt  runc
chromium         debian           apt  chromium
'

main() {
    local folders=() name
    case "${1:-}" in
    "" | -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    --list) sed '/^$/d' <<<"$tools" && exit 0 ;;
    esac
    for name in "$@"; do
        folders+=("$(install_tool "$name")")
    done
    printf '%s\n' "${folders[@]}" | awk '!seen[$0]++' | paste -sd:
}

# Prints the folder that holds the program, after installing it where that has not been done.
install_tool() {
    local name=$1 row version kind source
    row=$(awk -v name="$name" '$1 == name' <<<"$tools")
    if [[ -z $row ]]; then
        say "no tool is called \`$name\`; scripts/tools.sh --list names them"
        exit 2
    fi
    read -r name version kind source <<<"$row"
    local began=$SECONDS
    if [[ $kind == apt ]]; then
        from_debian "$name" "$source"
        return
    fi
    local folder=$cache/$name-$version
    if [[ $kind == own || $kind == cgo ]]; then
        # What is ours is more than a version of theirs.
        folder+=-$(cat "$programs/${name%-cgo}"/* | sha256sum | cut -c1-12)
    fi
    if [[ ! -x $folder/$name ]]; then
        say "building $name $version from $source"
        build "$kind" "$name" "$version" "$source" "$folder"
        say "built $name $version in $((SECONDS - began)) s"
    fi
    echo "$folder"
}

# Builds in a folder of its own; the program takes its final name only when it is complete, so an interrupted build leaves nothing to trust.
build() {
    local kind=$1 name=$2 version=$3 source=$4 folder=$5
    mkdir -p "$folder"
    work=$(mktemp -d "$folder/building.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    case $kind in
    go)
        GOBIN=$work go_command install "$source@$version"
        # The file has the name of the package.
        mv "$work"/* "$folder/$name"
        ;;
    own | cgo)
        # With C it is the same program under another name: only so it has wasmtime in it.
        local program=${name%-cgo} with_c=0
        [[ $kind == own ]] || with_c=1
        if ! grep -qF "$source $version" "$programs/$program/go.mod"; then
            say "tests/e2e/programs/$program/go.mod does not require $source $version"
            exit 2
        fi
        (cd "$programs/$program" && CGO_ENABLED=$with_c go_command build -mod=readonly -o "$work/$name" .)
        mv "$work/$name" "$folder/$name"
        ;;
    cargo)
        # Nothing is optimized: it runs once, and building it takes most of the time.
        CARGO_TARGET_DIR=$work/target cargo install --locked --debug --root "$work" "$source@$version" >&2
        mv "$work/bin/$name" "$folder/$name"
        ;;
    esac
}

# The toolchain that is there, static programs as the projects release them, and no settings of the caller.
go_command() {
    GOTOOLCHAIN=local GOFLAGS='-trimpath -buildvcs=false' GOWORK=off CGO_ENABLED=${CGO_ENABLED:-0} go "$@" >&2
}

from_debian() {
    local name=$1 package=$2 path
    # Servers live in sbin, which is not in everybody's PATH, and modules of nginx are no programs.
    local PATH=$PATH:/usr/sbin:/sbin:/usr/lib/nginx/modules
    if ! type -P "$name" >/dev/null; then
        local began=$SECONDS
        say "installing Debian's $package"
        apt_get update
        apt_get install -y --no-install-recommends "$package"
        say "installed $package in $((SECONDS - began)) s"
    fi
    path=$(type -P "$name")
    dirname "$path"
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >&2
}

say() {
    echo "tools: $*" >&2
}

main "$@"

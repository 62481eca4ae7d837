#!/usr/bin/env bash
# Builds the container image with the local toolchain, pulling nothing, into podman's store, and prints its name:
#
#   PULLTHROUGH_IMAGE=$(scripts/image.sh) cargo test --test e2e
#   scripts/image.sh arm64                # localhost/pullthrough:dev-arm64
#
# It is the image of the Dockerfile: of its two stages only the one that compiles is replaced, by scripts/static.sh. The same commit gives
# the same image. Progress goes to stderr, with the image's size as a registry stores it.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."

# What a registry may have to store, in bytes.
readonly limit=6000000

main() {
    local architecture=${1:-} name=localhost/pullthrough:dev${1:+-$1} program folder
    case $architecture in
    "" | amd64 | arm64) ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    *) say "\`$architecture\` is no architecture that it is built for; they are amd64 and arm64" && exit 2 ;;
    esac
    program=$(scripts/static.sh ${architecture:+"$architecture"})
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder is a variable of this function
    trap "rm -rf '$folder'" EXIT
    mkdir "$folder/program"
    cp "$program" "$folder/program/pullthrough"
    podman build --layers=false --pull-never ${architecture:+--platform "linux/$architecture"} --build-context "program=$folder/program" \
        --build-arg "REVISION=$(git rev-parse HEAD)" --timestamp "$(git log -1 --format=%ct)" --tag "$name" . >&2
    podman save --format oci-dir --output "$folder/layout" "$name" >&2
    say "$name, compressed: $(size "$folder/layout") bytes"
    if (($(size "$folder/layout") > limit)); then
        say "that is more than $limit bytes"
        exit 1
    fi
    echo "$name"
}

# The bytes of all blobs of an image layout.
size() {
    find "$1/blobs" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }'
}

say() {
    echo "image: $*" >&2
}

main "$@"

#!/bin/sh
# Installs a released pullthrough into a folder, after checking its SHA-256 checksum:
#
#   scripts/install.sh                          # the latest release, into ~/.local/bin
#   scripts/install.sh --version 0.1.0 --to DIR
#   scripts/install.sh --from SOURCE            # a folder, or the URL of one, that has the archives and SHA256SUMS
#
# It needs tar (unzip on Windows), sha256sum or shasum, and curl or wget. The platforms are those of `targets` in .github/workflows/release.yml.
set -eu

version=latest to=${HOME:-.}/.local/bin from=
repository=https://github.com/pullthrough/pullthrough

main() {
    while [ $# -gt 0 ]; do
        case $1 in
        --version | --to | --from)
            [ $# -gt 1 ] || fail "$1 needs a value"
            case $1 in
            --version) version=${2#v} ;;
            --to) to=$2 ;;
            --from) from=$2 ;;
            esac
            shift 2
            ;;
        -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0" && exit 0 ;;
        *) fail "unknown option $1; the options are --version, --to and --from" ;;
        esac
    done
    if [ -z "$from" ]; then
        case $version in
        latest) from=$repository/releases/latest/download ;;
        *) from=$repository/releases/download/v$version ;;
        esac
    fi
    target=$(target)
    case $target in
    *windows*) archive=pullthrough-$target.zip program=pullthrough.exe ;;
    *) archive=pullthrough-$target.tar.gz program=pullthrough ;;
    esac
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    get "$archive"
    get SHA256SUMS
    check "$archive"
    case $archive in
    *.zip) unzip -q "$work/$archive" "$program" -d "$work" ;;
    *) tar -xzf "$work/$archive" -C "$work" "$program" ;;
    esac
    mkdir -p "$to"
    # Renamed into place, so that a running program is not written over.
    cp "$work/$program" "$to/.$program.$$"
    chmod 755 "$to/.$program.$$"
    mv -f "$to/.$program.$$" "$to/$program"
    echo "installed $("$to/$program" --version) as $to/$program"
    case :$PATH: in
    *":$to:"*) ;;
    *) echo "add $to to PATH" ;;
    esac
}

target() {
    machine=$(uname -m)
    case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "there is no release for the processor $machine; build it from source: cargo install --locked --git $repository pullthrough" ;;
    esac
    system=$(uname -s)
    case $system in
    Linux) echo "$machine-unknown-linux-musl" ;;
    Darwin) echo "$machine-apple-darwin" ;;
    MINGW* | MSYS* | CYGWIN*) echo "x86_64-pc-windows-msvc" ;;
    *) fail "there is no release for $system; build it from source: cargo install --locked --git $repository pullthrough" ;;
    esac
}

# Puts a file of the release into $work.
get() {
    case $from in
    http://* | https://*)
        if command -v curl >/dev/null; then
            curl -fsSL --retry 3 -o "$work/$1" "$from/$1" || fail "can't download $from/$1"
        elif command -v wget >/dev/null; then
            wget -q -O "$work/$1" "$from/$1" || fail "can't download $from/$1"
        else
            fail "curl or wget is needed"
        fi
        ;;
    *) cp "$from/$1" "$work/$1" || fail "can't read $from/$1" ;;
    esac
}

# Fails unless the file has the checksum that SHA256SUMS lists for it.
check() {
    expected=$(awk -v file="$1" '$2 == file || $2 == "*" file { print $1; exit }' "$work/SHA256SUMS")
    [ -n "$expected" ] || fail "SHA256SUMS does not list $1"
    if command -v sha256sum >/dev/null; then
        found=$(sha256sum "$work/$1")
    else
        found=$(shasum -a 256 "$work/$1")
    fi
    [ "${found%% *}" = "$expected" ] || fail "$1 has the checksum ${found%% *}, but SHA256SUMS lists $expected; nothing was installed"
}

fail() {
    echo "install: $*" >&2
    exit 1
}

main "$@"

#!/usr/bin/env bash
# Builds the program that the container image holds, which needs no library of the system, and prints its path:
#
#   scripts/static.sh             # for this machine's architecture
#   scripts/static.sh arm64       # or amd64
#
# For another architecture than this machine's it needs Debian's gcc-aarch64-linux-gnu with libc6-dev-arm64-cross, or gcc-x86-64-linux-gnu
# with libc6-dev-amd64-cross. Progress goes to stderr.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."

case ${1:-$(uname -m)} in
amd64 | x86_64) cpu=x86_64 ;;
arm64 | aarch64) cpu=aarch64 ;;
-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
*) echo "static: \`$1\` is no architecture that it is built for; they are amd64 and arm64" >&2 && exit 2 ;;
esac
target=$cpu-unknown-linux-musl

# musl comes with Rust. A compiler for glibc does for the cryptography's few C files: they call nothing of either. Without this, a compiler
# called after the target is looked for, which nobody has.
if [[ $cpu == "$(uname -m)" ]]; then
    export "CC_${target//-/_}=gcc"
else
    export "CC_${target//-/_}=$cpu-linux-gnu-gcc"
    linker=CARGO_TARGET_${target//-/_}_LINKER
    export "${linker^^}=rust-lld"
fi

# What `pullthrough version` says. Without git, as in a source archive, it says "unknown commit".
PULLTHROUGH_COMMIT=${PULLTHROUGH_COMMIT:-$(git rev-parse HEAD 2>/dev/null || true)}
export PULLTHROUGH_COMMIT

rustup target add "$target" >&2
cargo build --release --locked --target "$target" >&2
echo "${CARGO_TARGET_DIR:-$PWD/target}/$target/release/pullthrough"

#!/usr/bin/env bash
# Builds what runs without a program of its own, and prints what was made, with its size as it is and compressed:
#
#   wasm/build.sh                 # into wasm/dist
#   wasm/build.sh FOLDER
#
#   pullthrough-kpt.wasm          for kpt's --allow-alpha-wasm
#   pullthrough-wasi.wasm         the command line for any WASI host (preview 1)
#   js/                           the npm package, where wasm/js is there to build it
#
# The targets come from rustup. Progress goes to stderr. No path of this machine gets into the modules.
set -euo pipefail
shopt -s inherit_errexit

case ${1:-} in
-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
esac
root=$(dirname "$(dirname "$(realpath "$0")")")
dist=$(realpath -m "${1:-$root/wasm/dist}")
cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}
sysroot=$(rustc --print sysroot)
export CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$root=/pullthrough"$'\x1f'"--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"$'\x1f'"--remap-path-prefix=$sysroot=/rust"

rustup target add wasm32-unknown-unknown wasm32-wasip1 >&2
mkdir -p "$dist"

cargo build --locked --profile wasm --package pullthrough-kpt --target wasm32-unknown-unknown >&2
cp "$target/wasm32-unknown-unknown/wasm/pullthrough_kpt.wasm" "$dist/pullthrough-kpt.wasm"

cargo build --locked --profile wasm --package pullthrough --bin pullthrough --no-default-features --features cli --target wasm32-wasip1 >&2
cp "$target/wasm32-wasip1/wasm/pullthrough.wasm" "$dist/pullthrough-wasi.wasm"

if [[ -x wasm/js/build.sh ]]; then
    wasm/js/build.sh "$dist/js" >&2
fi

find "$dist" -name '*.wasm' | sort | while read -r module; do
    printf '%s: %s bytes, %s with gzip -9\n' "$module" "$(stat -c %s "$module")" "$(gzip -9c "$module" | wc -c)"
done

#!/usr/bin/env bash
# Builds the npm package and what comes of it:
#
#   wasm/js/build.sh              # into wasm/dist/js
#   wasm/js/build.sh FOLDER
#
#   FOLDER                        the package
#   FOLDER/../pullthrough-VERSION.tgz
#   FOLDER/../playground          the page with its copy of the package; any file server can give it out
#
# It needs Rust with the target wasm32-unknown-unknown, and Node.js with npm; the rest it installs. Progress goes to stderr.
set -euo pipefail
shopt -s inherit_errexit

case ${1:-} in
-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
esac
here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
package=$(realpath -m "${1:-$root/wasm/dist/js}")
dist=$(dirname "$package")
target=${CARGO_TARGET_DIR:-$root/target}

main() {
    cd "$here"
    rm -rf "$package" "$dist/playground" "$dist"/pullthrough-*.tgz
    mkdir -p "$package"
    install_tools
    module
    npx --no-install tsc --project tsconfig.json --outDir "$package"
    cp package.json README.md "$root/LICENSE" "$package"
    # What only a checkout can do.
    (cd "$package" && npm pkg delete scripts devDependencies)
    npm pack --silent --pack-destination "$dist" "$package" >&2
    playground
}

# What the lock file names, unless that is what is there.
install_tools() {
    if ! cmp -s package-lock.json node_modules/.installed; then
        npm ci --silent >&2
        cp package-lock.json node_modules/.installed
    fi
}

# The module, and the glue of the same version, whose types TypeScript wants beside the sources.
module() {
    rustup target add wasm32-unknown-unknown >&2
    (
        # No path of this machine gets into the module, as in wasm/build.sh, which says so for all that it builds.
        export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS:-$(without_paths)}
        # A page loads it, so it is made small. What the compiler notes for the glue is taken out there.
        export CARGO_PROFILE_WASM_OPT_LEVEL=s CARGO_PROFILE_WASM_STRIP=none
        cargo build --locked --profile wasm --package pullthrough-js --target wasm32-unknown-unknown >&2
    )
    env -u CARGO_ENCODED_RUSTFLAGS cargo run --locked --package pullthrough-bindgen -- \
        "$target/wasm32-unknown-unknown/wasm/pullthrough_js.wasm" "$package/glue" >&2
    mkdir -p ts/glue
    cp "$package/glue/pullthrough.d.ts" ts/glue
}

without_paths() {
    local sysroot
    sysroot=$(rustc --print sysroot)
    printf -- '--remap-path-prefix=%s=%s\x1f' "$root" /pullthrough "${CARGO_HOME:-$HOME/.cargo}" /cargo "$sysroot" /rust | sed 's/\x1f$//'
}

playground() {
    mkdir -p "$dist/playground/pullthrough"
    cp -R "$root"/wasm/playground/* "$dist/playground"
    cp -R "$package"/*.js "$package/glue" "$dist/playground/pullthrough"
}

main

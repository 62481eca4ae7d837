#!/usr/bin/env bash
# Builds the npm package: wasm/dist/js is the package, wasm/dist/pullthrough-VERSION.tgz the tarball, wasm/dist/playground the page with
# its copy of the package. It needs Rust with the target wasm32-unknown-unknown, and Node.js with npm; the rest it installs.
set -euo pipefail
shopt -s inherit_errexit

here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
dist=$root/wasm/dist
package=$dist/js
target=${CARGO_TARGET_DIR:-$root/target}

main() {
    cd "$here"
    rm -rf "$package" "$dist/playground" "$dist"/pullthrough-*.tgz
    mkdir -p "$package"
    # First, for it makes the glue a module.
    cp package.json README.md "$root/LICENSE" "$package"
    tools
    module
    npx --no-install tsc --project tsconfig.json
    # What only a checkout can do.
    (cd "$package" && npm pkg delete scripts devDependencies)
    npm pack --silent --pack-destination "$dist" "$package" >&2
    playground
    size
}

# What the lock file names, unless that is what is there.
tools() {
    local stamp=node_modules/.package-lock.json
    if [[ ! -e $stamp || package-lock.json -nt $stamp ]]; then
        npm ci --silent --no-audit --no-fund >&2
    fi
}

# The module, and the glue of the same version.
module() {
    # A page loads it, so it is made small. What the compiler notes for the glue is taken out there.
    CARGO_PROFILE_WASM_OPT_LEVEL=s CARGO_PROFILE_WASM_STRIP=none \
        cargo build --quiet --profile wasm --package pullthrough-js --target wasm32-unknown-unknown
    cargo run --quiet --package pullthrough-bindgen -- \
        "$target/wasm32-unknown-unknown/wasm/pullthrough_js.wasm" "$package/glue"
}

# A folder that any file server can give out.
playground() {
    cp -R "$root/wasm/playground" "$dist/playground"
    rm -rf "$dist/playground/tests"
    mkdir "$dist/playground/pullthrough"
    cp -R "$package"/*.js "$package/glue" "$dist/playground/pullthrough"
}

size() {
    local module=$package/glue/pullthrough_bg.wasm
    printf 'npm package: module %d bytes, %d with gzip; tarball %d bytes\n' \
        "$(stat -c %s "$module")" "$(gzip -9 <"$module" | wc -c)" "$(stat -c %s "$dist"/pullthrough-*.tgz)"
}

main

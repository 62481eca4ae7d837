#!/usr/bin/env bash
# Prints the size of each module, and how long a run takes beside the program's, as the tables of wasm/README.md:
#
#   wasm/measure.sh               # builds the release binary; the modules are those of wasm/build.sh
#
# A time is that of a whole process, the median of seven: Node.js starts, compiles the module and runs it. The figures are for reading,
# nothing depends on them; on a busy machine they mean nothing.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."
dist=wasm/dist
runs=7

main() {
    local workloads
    cargo build --release --locked --quiet
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    sizes
    printf '\n| input | program | kpt | | WASI | |\n|--:|--:|--:|--:|--:|--:|\n'
    for workloads in 2 180 1800; do
        mkdir "$work/$workloads"
        scripts/bench.sh --inputs "$work/$workloads" "$workloads"
        times "$work/$workloads/list.yaml"
    done
}

sizes() {
    local module
    printf '| module | bytes | with gzip -9 |\n|---|--:|--:|\n'
    for module in "$dist"/*.wasm; do
        printf '| %s | %d | %d |\n' "$(basename "$module")" "$(stat -c %s "$module")" "$(gzip -9c "$module" | wc -c)"
    done
}

# times LIST: prints a line of the table.
times() {
    local list=$1 program kpt wasi
    program=$(median "$list" target/release/pullthrough)
    kpt=$(median "$list" node --no-warnings wasm/measure.mjs kpt "$dist/pullthrough-kpt.wasm")
    wasi=$(median "$list" node --no-warnings wasm/measure.mjs wasi "$dist/pullthrough-wasi.wasm")
    awk -v size="$(stat -c %s "$list")" -v program="$program" -v kpt="$kpt" -v wasi="$wasi" 'BEGIN {
        printf "| %s | %d ms | %d ms | %.1f × | %d ms | %.1f × |\n", size < 1e6 ? sprintf("%d kB", size / 1e3) : sprintf("%.1f MB", size / 1e6),
            program, kpt, kpt / program, wasi, wasi / program
    }'
}

# median LIST COMMAND...: milliseconds. The command must succeed.
median() {
    local list=$1 run began
    shift
    for ((run = 0; run < runs; run++)); do
        began=$EPOCHREALTIME
        "$@" <"$list" >"$work/output" 2>"$work/errors" || {
            echo "measure: $* failed:" >&2
            head "$work/errors" >&2
            exit 1
        }
        awk -v began="$began" -v ended="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", (ended - began) * 1e3 }'
    done | sort -n | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'
}

main "$@"

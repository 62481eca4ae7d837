#!/usr/bin/env bash
# Prints how long the release binary takes for a large ResourceList, and how much memory, beside other programs on the same objects:
#
#   scripts/bench.sh [WORKLOADS]          # 2,000 when nothing is said, about 11 MB
#   scripts/bench.sh --inputs FOLDER [WORKLOADS]      # only writes what is measured with
#
# `cat` is what reading and writing cost by themselves. kustomize and kpt come from scripts/tools.sh, yq is built by Go. Each program runs
# five times, or until it took half a minute, and the median counts; memory is the largest that one process had. The figures are for
# reading, nothing depends on them. PULLTHROUGH_BIN names a binary to measure instead of the one that is built here.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."
inputs=
if [[ ${1:-} == --inputs ]]; then
    inputs=$(realpath "$2")
    shift 2
fi
workloads=${1:-2000}
runs=5
# Each is an entry of kustomize's `images`.
private=40
yq_version=v4.54.2
proxied=images.acme.example/proxy/acme

main() {
    if [[ -n $inputs ]]; then
        work=$inputs make_inputs
        return
    fi
    local function=${PULLTHROUGH_BIN:-target/release/pullthrough} tools yq
    [[ -v PULLTHROUGH_BIN ]] || cargo build --release
    function=$(realpath "$function")
    tools=$(scripts/tools.sh kustomize kpt)
    yq=$(install_yq)
    PATH=$tools:$yq:$PATH
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    make_inputs

    printf '%d workloads, %d images to rewrite, median of at most %d runs\n\n' "$workloads" \
        "$(grep -c 'ghcr.io/acme/' "$work/objects.yaml")" "$runs"
    printf '%-36s %8s %9s %10s %7s %8s\n' '' input time memory 'x cat' 'x ours'
    measure 'cat' list.yaml cat
    measure 'pullthrough, a ResourceList' list.yaml "$function"
    measure 'pullthrough, a stream' objects.yaml "$function" --config config.yaml
    measure 'kustomize build, with images:' objects.yaml kustomize build
    measure 'kpt fn source | kpt fn sink' objects.yaml bash -c 'rm -rf sink && kpt fn source package | kpt fn sink sink'
    measure 'yq, a substitution in every image' objects.yaml \
        yq "(.. | select(tag == \"!!map\" and has(\"image\")) | .image) |= sub(\"^ghcr.io/acme/\"; \"$proxied/ghcr.io/acme/\")"
}

# measure NAME INPUT COMMAND...: prints a line of the table. The command reads the input, in the folder of the inputs.
measure() {
    local name=$1 input=$2 run began start=$SECONDS
    shift 2
    for ((run = 0; run < runs && SECONDS - start < 30; run++)); do
        began=$EPOCHREALTIME
        (cd "$work" && /usr/bin/time -v -o times "$@" <"$input" >output 2>errors) || {
            echo "bench: $name failed:" >&2
            head "$work/errors" >&2
            exit 1
        }
        # `time` itself counts in hundredths of a second. Its memory is in KiB.
        awk -v began="$began" -v ended="$EPOCHREALTIME" '/Maximum resident/ { print ended - began, $NF / 1024 }' "$work/times"
    done | sort -n >"$work/runs"
    local seconds memory
    read -r seconds memory < <(awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }' "$work/runs")
    case $name in
    cat) cat_seconds=$seconds ;;
    'pullthrough, a ResourceList') our_seconds=$seconds ;;
    esac
    awk -v name="$name" -v size="$(stat -c %s "$work/$input")" -v seconds="$seconds" -v memory="$memory" \
        -v cat="$cat_seconds" -v ours="${our_seconds:-0}" 'BEGIN {
            printf "%-36s %5.1f MB %6.0f ms %6.1f MiB %7.1f %8s\n", name, size / 1e6, seconds * 1e3, memory, seconds / cat,
                ours ? sprintf("%.1f", seconds / ours) : ""
        }'
}

# The same objects as a ResourceList, as a stream, as a kustomization and as a package of kpt.
make_inputs() {
    cat >"$work/config.yaml" <<'CONFIG'
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata:
  name: acme
spec:
  proxies:
  - replicated: {app: acme, host: images.acme.example}
  images:
    private: ["ghcr.io/acme/**"]
    public: ["docker.io/**"]
  pullSecret: {create: never}
CONFIG
    make_objects >"$work/objects.yaml"
    {
        printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n'
        sed 's/^/  /' "$work/config.yaml"
        printf 'items:\n'
        awk '/^---$/ { first = 1; next } { print (first ? "- " : "  ") $0; first = 0 }' "$work/objects.yaml" |
            sed 's/^ *$//'
    } >"$work/list.yaml"
    {
        printf 'resources: [objects.yaml]\nimages:\n'
        for ((image = 0; image < private; image++)); do
            printf -- '- {name: ghcr.io/acme/app-%d, newName: %s/ghcr.io/acme/app-%d}\n' "$image" "$proxied" "$image"
        done
    } >"$work/kustomization.yaml"
    mkdir "$work/package"
    cp "$work/objects.yaml" "$work/package"
}

# For each workload a Deployment with comments, quotes and flow style as people write them, and a ConfigMap with a file in it.
make_objects() {
    awk -v workloads="$workloads" -v private="$private" '
        function image(number) {
            return "ghcr.io/acme/app-" number % private ":v1." number % 37
        }
        BEGIN {
            for (n = 0; n < workloads; n++) {
                print "---\n# Workload " n " of the shop: café, 日本語\napiVersion: apps/v1\nkind: Deployment\nmetadata:"
                print "  name: web-" n "\n  namespace: shop-" n % 30 "\n  labels: {app: web-" n ", \"tier\": backend}"
                print "  annotations:\n    shop.example/note: \"first line\\nsecond \\u00e9\"   # shown to operators"
                print "spec:\n  replicas: " n % 7 "\n  selector:\n    matchLabels:\n      app: web-" n "\n  template:\n    metadata:"
                print "      labels:\n        app: web-" n "\n    spec:\n      serviceAccountName: web"
                print "      initContainers:\n      - {name: wait, image: \"docker.io/library/busybox:1.36\"}"
                print "      containers:\n      # The one that customers see.\n      - name: main\n        image: " image(n) "  # pinned"
                print "        args:\n        - --listen=:8080\n        - \"--shard=" n "\"\n        env:"
                for (i = 0; i < 12; i++) {
                    print "        - name: SETTING_" i "\n          value: '\''" i ".example.com:" 8000 + i "'\''"
                }
                print "        ports:\n        - containerPort: 8080\n          protocol: TCP\n        livenessProbe:"
                print "          httpGet: {path: /healthz, port: 8080}\n          initialDelaySeconds: 3\n        resources:"
                print "          requests: {cpu: 100m, memory: 128Mi}\n          limits: {memory: 256Mi}"
                print "      - name: sidecar\n        image: \"" image(n + 1) "\"\n        volumeMounts:"
                print "        - mountPath: /etc/web\n          name: config\n          readOnly: true"
                print "      volumes:\n      - name: config\n        configMap:\n          name: web-" n
                print "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web-" n "\n  namespace: shop-" n % 30 "\ndata:\n  web.conf: |"
                for (i = 0; i < 60; i++) {
                    print "    route /" n "/" i " to image: backend-" i " # timeout " i * 7 "s"
                }
            }
        }'
}

install_yq() {
    local folder=${XDG_CACHE_HOME:-$HOME/.cache}/pullthrough-ci/yq-$yq_version
    if [[ ! -x $folder/yq ]]; then
        GOBIN=$folder GOTOOLCHAIN=local CGO_ENABLED=0 go install "github.com/mikefarah/yq/v4@$yq_version" >&2
    fi
    echo "$folder"
}

main "$@"

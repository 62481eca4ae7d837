#!/usr/bin/env bash
# Prints Krew's manifest of a release, from .github/krew.yaml and the release's checksums:
#
#   scripts/krew.sh 0.1.0 release/SHA256SUMS
set -euo pipefail

case ${1:---help} in
-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
esac
awk -v version="$1" '
    NR == FNR { sum[$2] = $1; next }
    FNR == 1 { next }
    { gsub("VERSION", version) }
    $1 == "uri:" { file = $2; sub(".*/", "", file) }
    $1 == "sha256:" {
        if (!(file in sum)) { print "krew: SHA256SUMS does not list " file >"/dev/stderr"; exit 1 }
        sub("SHA256", sum[file])
    }
    { print }
' "$2" "$(dirname "$0")/../.github/krew.yaml"

#!/usr/bin/env bash
# Packs what a release has into one folder, and writes its SHA256SUMS:
#
#   scripts/package.sh PROGRAMS FOLDER      # PROGRAMS/TARGET/pullthrough (or pullthrough.exe) -> FOLDER/pullthrough-TARGET.tar.gz (or .zip)
#
# Files that are in FOLDER already are listed in SHA256SUMS too. The same files give the same archives.
set -euo pipefail
shopt -s inherit_errexit nullglob

case ${2:---help} in
-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
esac
root=$(dirname "$(dirname "$(realpath "$0")")")
programs=$(realpath "$1")
folder=$(realpath -m "$2")
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The time of the commit, for a clone; of nothing, elsewhere.
time=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}

# archive NAME FILE...: packs files of $work.
archive() {
    local name=$1
    shift
    (
        cd "$work"
        touch -d "@$time" "$@"
        case $name in
        *.zip) TZ=UTC zip -qX "$folder/$name" "$@" ;;
        *) tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" -cf - "$@" | gzip -9n >"$folder/$name" ;;
        esac
    )
}

cp "$root/LICENSE" "$work"
for program in "$programs"/*/pullthrough "$programs"/*/pullthrough.exe; do
    target=$(basename "$(dirname "$program")")
    name=$(basename "$program")
    install -m 755 "$program" "$work/$name"
    case $name in
    *.exe) archive "pullthrough-$target.zip" "$name" LICENSE ;;
    *) archive "pullthrough-$target.tar.gz" "$name" LICENSE ;;
    esac
done
cp "$root"/scripts/helm-plugin/plugin.yaml "$root"/scripts/install.sh "$work"
archive pullthrough-helm.tar.gz plugin.yaml install.sh LICENSE
cp "$root"/examples/helm/plugin/plugin.yaml "$work"
archive pullthrough-helm-postrenderer.tar.gz plugin.yaml LICENSE
cp "$root/scripts/install.sh" "$folder"
(
    cd "$folder"
    rm -f SHA256SUMS
    files=(*)
    sha256sum -- "${files[@]}" >SHA256SUMS
)

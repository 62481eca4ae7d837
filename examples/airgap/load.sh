#!/bin/sh
# Where there is none: copies the images from the folder into the local registry, and renders for it.
set -eu

while read -r from to; do
    skopeo copy --all --preserve-digests "dir:images/$(echo "$to" | tr '/:@' '___')" "docker://$to"
done <images.tsv
pullthrough --config offline.yaml <manifests.yaml >rendered.yaml
pullthrough check --rendered --config offline.yaml rendered.yaml

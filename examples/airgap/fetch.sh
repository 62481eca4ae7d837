#!/bin/sh
# Where there is a network: copies the images into the folder `images`, which is carried over.
set -eu

mkdir -p images
while read -r from to; do
    skopeo copy --all --preserve-digests --authfile auth.json "docker://$from" "dir:images/$(echo "$to" | tr '/:@' '___')"
done <images.tsv

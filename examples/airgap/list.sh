#!/bin/sh
# Where there is a network: lists what to copy, from where and to where, in images.tsv, and makes auth.json, with which the license's images can be read.
set -eu

export PULLTHROUGH_LICENSE_FILE="$PWD/license.yaml"
pullthrough check --config online.yaml -o json manifests.yaml >online.json
pullthrough check --config offline.yaml -o json manifests.yaml >offline.json
jq -r --slurpfile offline offline.json '
    def bare: sub(":[^:/@]+@"; "@");  # skopeo takes a tag or a digest
    ($offline[0].images | map({(.image): .becomes}) | add) as $names |
    .images[] | [.becomes // .image, $names[.image]] | map(bare) | @tsv' online.json >images.tsv
pullthrough --config online.yaml <manifests.yaml |
    awk '/\.dockerconfigjson:/ { print $2; exit }' | base64 --decode >auth.json

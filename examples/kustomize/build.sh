# Builds what is applied, and fails when the function did not run.
set -eu

export PULLTHROUGH_LICENSE_FILE="$PWD/license.yaml" PULLTHROUGH_HOSTS=images.acme.example
kustomize build --enable-alpha-plugins --enable-exec customer >rendered.yaml
pullthrough check --rendered --config customer/pullthrough.yaml rendered.yaml

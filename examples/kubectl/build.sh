# Builds what is applied, and fails when the function did not run.
set -eu

export PULLTHROUGH_LICENSE_FILE="$PWD/license.yaml" PULLTHROUGH_HOSTS=images.acme.example
kubectl kustomize --enable-alpha-plugins . >rendered.yaml
pullthrough check --rendered --config pullthrough.yaml rendered.yaml

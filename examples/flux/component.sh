# Makes the Component again; run it in CI whenever the base or the configuration changes.
set -eu

kustomize build base >base.yaml
pullthrough component --config pullthrough.yaml -o components/pullthrough base.yaml
kustomize build cluster | pullthrough check --rendered --config pullthrough.yaml
rm base.yaml

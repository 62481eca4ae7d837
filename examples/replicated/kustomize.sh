export PULLTHROUGH_LICENSE_FILE="$PWD/license.yaml"
kustomize build --enable-alpha-plugins --enable-exec . >rendered.yaml
pullthrough check --rendered --config pullthrough.yaml rendered.yaml

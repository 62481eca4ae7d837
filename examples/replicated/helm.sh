export PULLTHROUGH_LICENSE_FILE="$PWD/license.yaml"
helm template shop chart | pullthrough --config pullthrough.yaml >rendered.yaml
pullthrough check --rendered --config pullthrough.yaml rendered.yaml

# Helm 3 runs the program directly, and passes no hooks. `helm install` and `helm upgrade` take the same options.
set -eu

helm template shop chart --post-renderer pullthrough --post-renderer-args --config=pullthrough.yaml >rendered.yaml
pullthrough check --rendered --config pullthrough.yaml rendered.yaml

# Helm 4: a plugin. `helm install` and `helm upgrade` take the same options.
set -eu

helm plugin install plugin
helm template shop chart --post-renderer pullthrough --post-renderer-args --config=pullthrough.yaml >rendered.yaml
pullthrough check --rendered --config pullthrough.yaml rendered.yaml

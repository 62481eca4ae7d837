# The chart's own values, for every Helm and for whoever may run no plugin.
set -eu

helm template shop chart | pullthrough check --config pullthrough.yaml
helm template shop chart --values proxy-values.yaml | pullthrough check --rendered --config pullthrough.yaml

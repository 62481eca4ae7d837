# The chart's own values, for every version of Helm and where no plugin is allowed.
set -eu

helm template shop chart | pullthrough check --config pullthrough.yaml
helm template shop chart --values proxy-values.yaml | pullthrough check --rendered --config pullthrough.yaml

# What Argo CD is about to apply; run it in CI, or before a sync.
set -eu

argocd app manifests shop --source git | pullthrough check --rendered --config pullthrough.yaml

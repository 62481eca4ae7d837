# Runs the package's pipeline, and fails when the function missed something.
set -eu

kpt fn render shop --allow-exec --results-dir results
pullthrough check --rendered --config shop/pullthrough.yaml shop

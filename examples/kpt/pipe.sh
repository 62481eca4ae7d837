# Runs the function between `kpt fn source` and `kpt fn sink`.
set -eu

kpt fn source shop --fn-config shop/pullthrough.yaml | pullthrough | kpt fn sink rendered
pullthrough check --rendered --config shop/pullthrough.yaml rendered

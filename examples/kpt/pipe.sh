# Runs the function between kpt's own two ends of a pipe.
set -eu

kpt fn source shop --fn-config shop/pullthrough.yaml | pullthrough | kpt fn sink rendered
pullthrough check --rendered --config shop/pullthrough.yaml rendered

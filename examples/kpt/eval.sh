# Runs the function once, on a package that doesn't list it.
set -eu

kpt fn eval shop --exec pullthrough --fn-config shop/pullthrough.yaml

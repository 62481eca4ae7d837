# Runs the function once, on a package that need not know of it.
set -eu

kpt fn eval shop --exec pullthrough --fn-config shop/pullthrough.yaml

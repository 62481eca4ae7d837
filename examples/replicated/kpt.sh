cp -r chart/templates package
kpt fn eval package --exec pullthrough --fn-config in-git.yaml
pullthrough check --rendered --config in-git.yaml package

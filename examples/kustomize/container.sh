# The same with the function as a container: no --enable-exec, and the network only with --network.
set -eu

export PULLTHROUGH_LICENSE_ID=2vExAmPlEnOtAlIcEnSe0123456 PULLTHROUGH_HOSTS=images.acme.example
kustomize build --enable-alpha-plugins --network container

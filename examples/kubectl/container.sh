# The kustomization with a container, in kubectl.
set -eu

export PULLTHROUGH_LICENSE_ID=2vExAmPlEnOtAlIcEnSe0123456 PULLTHROUGH_HOSTS=images.acme.example
kubectl kustomize --enable-alpha-plugins --network ../kustomize/container

export PULLTHROUGH_LICENSE_FILE="$PWD/license.yaml"
pullthrough component --with-secret --config pullthrough.yaml -o component chart/templates/shop.yaml

pullthrough component --config in-git.yaml -o component chart/templates/shop.yaml

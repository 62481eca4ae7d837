#!/usr/bin/env bash
# Runs a CNCF Distribution registry (Debian's docker-registry) in the foreground, on loopback, with everything it writes in FOLDER:
#
#   registry.sh FOLDER PORT open
#   registry.sh FOLDER PORT htpasswd              # user `robot`, password `robot-password`
#   registry.sh FOLDER PORT token REALM CERT      # tokens from REALM, signed with the key of CERT
#
# It speaks TLS when FOLDER holds tls.crt and tls.key (certificates.sh makes them).
set -euo pipefail

folder=$1 port=$2 access=$3
config=$folder/registry.yml

cat >"$config" <<YAML
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $folder/data}}
http:
  addr: 127.0.0.1:$port
  secret: only-for-tests
YAML

if [[ -e $folder/tls.crt ]]; then
    echo "  tls: {certificate: $folder/tls.crt, key: $folder/tls.key}" >>"$config"
fi

case $access in
open) ;;
htpasswd)
    # Distribution reads bcrypt only. This is the hash of robot-password.
    # shellcheck disable=SC2016 # the dollars are the hash's
    echo 'robot:$2b$05$abcdefghijklmnopqrstuuUz2sgbeiYB1e8wkggiWC76FO7kEdb4K' >"$folder/htpasswd"
    echo "auth: {htpasswd: {realm: registry, path: $folder/htpasswd}}" >>"$config"
    ;;
token)
    echo "auth: {token: {realm: \"$4\", service: registry, issuer: pullthrough-tests, rootcertbundle: $5}}" >>"$config"
    ;;
*)
    echo "registry.sh: \`$access\` is none of open, htpasswd, token" >&2
    exit 2
    ;;
esac

# Whoever started it may be killed without a word; it must not outlive them.
exec setpriv --pdeathsig KILL docker-registry serve "$config"

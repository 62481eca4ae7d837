#!/usr/bin/env bash
# Makes a private certificate authority and one certificate for 127.0.0.1 that it signed:
#
#   certificates.sh FOLDER      # ca.crt, tls.crt, tls.key
set -euo pipefail

folder=$1
ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2)

openssl req -x509 "${ec[@]}" -subj '/CN=an authority only for tests' \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
    -keyout "$folder/ca.key" -out "$folder/ca.crt"
openssl req -x509 "${ec[@]}" -subj '/CN=127.0.0.1' -CA "$folder/ca.crt" -CAkey "$folder/ca.key" \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1,DNS:localhost -addext extendedKeyUsage=serverAuth \
    -keyout "$folder/tls.key" -out "$folder/tls.crt"
rm "$folder/ca.key"

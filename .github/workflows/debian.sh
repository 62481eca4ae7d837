#!/bin/sh
# What .ci/run expects of a machine, on a bare Debian: Rust by rustup, Go and Node.js.
set -eu
apt-get -qq update
apt-get -qq install -y --no-install-recommends ca-certificates curl gcc git libc6-dev xz-utils
arch=amd64
curl -fsS "https://go.dev/dl/go1.26.8.linux-$arch.tar.gz" | tar -xz -C /usr/local
curl -fsS "https://nodejs.org/dist/v20.20.2/node-v20.20.2-linux-x64.tar.xz" | tar -xJ -C /usr/local --strip-components 1
curl -fsS https://sh.rustup.rs | sh -s -- -y --profile minimal
echo /usr/local/go/bin >>"$GITHUB_PATH"
echo "$HOME/.cargo/bin" >>"$GITHUB_PATH"

# The function as a container image: one static program on an empty base, for linux/amd64 and linux/arm64.
#
#   docker build --tag pullthrough .                                     # BuildKit, or podman, or buildah
#   docker buildx build --platform linux/amd64,linux/arm64 --tag … --push .
#
# scripts/image.sh builds the last stage alone, with the local toolchain, where no base image can be pulled.

# The compiler runs on the builder's own architecture and compiles for the image's, so nothing is emulated. Each of the two C compilers is a
# package of its own on the other architecture, and on its own one is what `gcc` provides.
FROM --platform=$BUILDPLATFORM docker.io/library/rust:1.95-slim-bookworm AS program
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        gcc-x86-64-linux-gnu libc6-dev-amd64-cross gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
ARG TARGETARCH
RUN install -D "$(scripts/static.sh "$TARGETARCH")" /pullthrough

# No shell, no libraries, no certificates: the public web's authorities are compiled in, and a corporate one is a file that is mounted, or
# added in an image built from this one, and named in SSL_CERT_FILE.
FROM scratch
ARG REVISION=""
LABEL org.opencontainers.image.title="pullthrough" \
    org.opencontainers.image.description="A KRM function that makes every image in a set of Kubernetes manifests pullable through a proxy, and changes nothing else." \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.source="https://github.com/pullthrough/pullthrough" \
    org.opencontainers.image.licenses="Apache-2.0"
# kpt and kustomize ask for `nobody` by name.
COPY rootfs /
COPY --from=program /pullthrough /usr/local/bin/pullthrough
ENV PATH=/usr/local/bin
# By number, which is what Kubernetes' runAsNonRoot can check.
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/pullthrough"]

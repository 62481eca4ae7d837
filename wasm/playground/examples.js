// The texts that the page offers. The first one is shown at the start: its rewrite is on the first screen.

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: acme
spec:
  template:
    spec:
      # Comments, quotes and order stay as they are.
      containers:
      - name: web   # listens on 8080
        image: "ghcr.io/acme/web:1.4.2"
        args: ['--level', on]
      - name: metrics
        image: quay.io/prometheus/statsd-exporter:v0.28.0
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
  namespace: acme
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: backup, image: ghcr.io/acme/backup:1.4.2}]
`;

const replicated = `apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata:
  name: acme
spec:
  proxies:
  - replicated: {app: acme, host: images.acme.example}
  images:
    private: ["ghcr.io/acme/**"]
    public: ["quay.io/**"]
  pullSecret:
    create: never   # made by External Secrets
`;

const harbor = `apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata:
  name: mirror
spec:
  proxies:
  - harbor: {host: harbor.corp.example, project: hub, upstream: docker.io}
    credentials: {anonymous: {}}
  - template: {host: mirror.corp.example, pattern: "{host}/{registry}/{repository}"}
    credentials: {anonymous: {}}
  access: {probe: false, proxyPublic: true}
`;

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  initContainers:
  - {name: wait, image: busybox}
  containers:
  - name: shell
    image: docker.io/grafana/grafana@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  - name: exporter
    image: >-
      quay.io/prometheus/node-exporter:v1.9.0
`;

const lock = `${pod.replace("docker.io/grafana/grafana@sha256:" + "a".repeat(64), "grafana/grafana:12.1.0")}---
apiVersion: pullthrough.dev/v1alpha1
kind: ImageLock
metadata:
  name: images
  annotations:
    config.kubernetes.io/local-config: "true"
images:
- {image: "docker.io/library/busybox:latest", access: public}
- {image: "docker.io/grafana/grafana:12.1.0", access: private}
- {image: "quay.io/prometheus/node-exporter:v1.9.0", access: public}
`;

export const EXAMPLES = [
  { name: "A vendor's images through Replicated", manifests: deployment, config: replicated },
  { name: "Everything through a mirror", manifests: pod, config: harbor },
  { name: "Answers recorded in an ImageLock", manifests: lock, config: harbor.replace(", proxyPublic: true", "") },
  { name: "A mistake in the configuration", manifests: pod, config: harbor.replace("upstream:", "upstrean:") },
];

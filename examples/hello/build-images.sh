#!/usr/bin/env bash
# Builds both images of this example and runs each until its worker takes tasks: build-images.sh [ADDRESS OF A SERVER]. Needs
# docker, a registry of images, and a server (host.docker.internal:7233 by default). The example has to be a project of its own,
# with the published package among its dependencies.
set -euo pipefail
cd "$(dirname "$0")"
address=${1:-host.docker.internal:7233}

for file in Dockerfile Dockerfile.bun; do
  image=hello-$(tr 'A-Z.' 'a-z-' <<<"$file")
  docker build --platform linux/amd64 -f "$file" -t "$image" .
  container=$(docker run --detach --read-only --tmpfs /tmp --add-host host.docker.internal:host-gateway \
    -e TEMPORAL_ADDRESS="$address" "$image")
  trap 'docker rm --force "$container" >/dev/null' EXIT
  timeout 60 bash -c "until docker logs $container 2>&1 | grep -q RUNNING; do sleep 0.5; done"
  docker stop --time 30 "$container" >/dev/null
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" = 0 ]
  docker rm "$container" >/dev/null
  trap - EXIT
  echo "$image runs, drains and ends with 0"
done

#!/usr/bin/env bash
# Runs a command as in a container with a memory limit: with-memory-limit.sh v1|v2 BYTES COMMAND... The files of control groups
# are those of a container that sees its own group as the root. Runs in a mount namespace; needs root.
set -euo pipefail
version=$1 bytes=$2
shift 2
mount -t tmpfs none /sys/fs/cgroup
groups=/sys/fs/cgroup/the-groups-of-this-process
if [ "$version" = v1 ]; then
  mkdir /sys/fs/cgroup/memory
  mount -t tmpfs none /sys/fs/cgroup/memory
  echo "$bytes" >/sys/fs/cgroup/memory/memory.limit_in_bytes
  echo 9223372036854771712 >/sys/fs/cgroup/memory/memory.soft_limit_in_bytes # none
  echo "4:memory:/" >"$groups"
else
  echo memory >/sys/fs/cgroup/cgroup.controllers
  echo "$bytes" >/sys/fs/cgroup/memory.max
  echo "0::/" >"$groups"
fi
mount --bind "$groups" "/proc/$$/cgroup"
exec "$@"

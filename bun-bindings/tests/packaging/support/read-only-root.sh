#!/bin/sh
# Runs a program where nothing can be written: read-only-root.sh PROGRAM, inside of "unshare --mount" (with "--map-root-user" for
# who is not root). The program is alone in a root of its own, without /tmp, /dev/shm and a home, and belongs to nobody. It has the
# system's libraries, /proc, and the environment variable ADDRESS.
set -e
root=$1.root
mkdir -p "$root"
mount -t tmpfs none "$root"
mkdir "$root/usr" "$root/proc" "$root/dev" "$root/app"
for folder in lib lib64; do
  if [ -L "/$folder" ]; then cp -P "/$folder" "$root/$folder"; else mkdir "$root/$folder" && mount --bind "/$folder" "$root/$folder"; fi
done
mount --bind /usr "$root/usr"
mount -o remount,ro,bind "$root/usr"
mount --rbind /proc "$root/proc"
touch "$root/dev/null" "$root/dev/urandom"
mount --bind /dev/null "$root/dev/null"
mount --bind /dev/urandom "$root/dev/urandom"
cp "$1" "$root/app/program"
mount -o remount,ro "$root"
user=65534:65534
if [ "$2" = mapped ]; then user=0:0; fi
exec env -i ADDRESS="$ADDRESS" /usr/sbin/chroot --userspec=$user "$root" /app/program

#!/bin/sh
# Runs a program where nothing can be written: read-only-root.sh PROGRAM real|mapped LIBRARY, inside of "unshare --mount", "mapped"
# with "--map-root-user" for who is not root. The program is alone in a root of its own, without /tmp, /dev/shm and a home, and
# belongs to nobody. It has what the smallest images have: glibc with its loader, certificates of authorities, /proc, and the
# environment variable ADDRESS; and what its native library LIBRARY needs.
set -e
root=$1.root
mkdir -p "$root"
mount -t tmpfs none "$root"
mkdir "$root/proc" "$root/dev" "$root/app"
for file in $(ldd "$1" "$3" | grep -o '/lib[^ ]*') /etc/ssl/certs/ca-certificates.crt; do
  if [ -e "$file" ]; then mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"; fi
done
mount --rbind /proc "$root/proc"
touch "$root/dev/null" "$root/dev/urandom"
mount --bind /dev/null "$root/dev/null"
mount --bind /dev/urandom "$root/dev/urandom"
cp "$1" "$root/app/program"
mount -o remount,ro "$root"
user=65534:65534
if [ "$2" = mapped ]; then user=0:0; fi
exec env -i ADDRESS="$ADDRESS" /usr/sbin/chroot --userspec=$user "$root" /app/program

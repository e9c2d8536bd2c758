#!/bin/bash
# Builds twice from nothing and compares:   image/repro.sh   (variables: image/config.sh; without KEYS a development image)
# Identical are the root image, the initrd, the kernel image and the disk. The bundle is signed over a salt that RAUC draws anew each
# time, so of it what it carries is compared.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$(dirname "$here")
[ -n "${KEYS:-}" ] || export DEV=1
mkdir -p "$top/build/image"
dir=$(mktemp -d "$top/build/image/repro.XXXXXX")
trap 'rm -rf "$dir"' EXIT
tree=${BOARD:-${ARCH:-amd64}}

for turn in 1 2; do
  # Packages that were fetched once are not fetched again; everything else is made anew.
  mkdir -p "$dir/work"
  cp -al "$top/build/image/work/debs" "$dir/work/debs" 2>/dev/null || true
  WORK=$dir/work OUT=$dir/out "$here/build.sh" both >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; exit 1; }
  (
    cd "$dir/work/$tree"
    sha256sum root.img initrd.img boot.img esp.img
    [ ! -e uki.efi ] || sha256sum uki.efi
    cd "$dir/out"
    sha256sum ./*.img ./*.packages.tsv
  ) >"$dir/sums.$turn"
  rm -rf "$dir/work" "$dir/out"
done
paste -d' ' "$dir/sums.1" "$dir/sums.2" | awk '{ print ($1 == $3 ? "same     " : "DIFFERENT"), $2; print "  1: " $1; print "  2: " $3; bad += $1 != $3 } END { exit bad > 0 }'

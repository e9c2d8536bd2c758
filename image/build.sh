#!/bin/bash
# Builds the appliance image and the signed update bundle:   image/build.sh image|bundle|both   (variables: image/config.sh)
# `emulator` only unpacks the QEMU of the image's Debian, for tests on a machine that has an older one.
# Needs root for chroots and mount namespaces; no loop device, no mounted image, no kernel module of the building machine.
set -euo pipefail
HERE=$(dirname "$(readlink -f "$0")")
TOP=$(dirname "$HERE")
# shellcheck source=image/config.sh
. "$HERE/config.sh"
for part in common sources debian keys program rootfs prune initrd boot disk report; do
  # shellcheck source=/dev/null
  . "$HERE/lib/$part.sh"
done
if [ -n "$BOARD" ]; then
  # shellcheck source=image/lib/pi.sh
  . "$HERE/lib/$BOARD.sh" # other ways for some of them
fi

become_root "$@"
prepare
find_sources
if [ "${1:-}" = emulator ]; then
  stage emulator "$SOURCES" packages/emulator.list lib/debian.sh
  exit
fi
find_keys
foreign_programs
[ "$FRESH" != 1 ] || rm -f "$WORK"/tools.key "$A"/*.key "$B"/*.key

stage tools      "$SOURCES" packages/tools.list lib/debian.sh
stage kernel     @tools "$ARCH" lib/debian.sh kernel/ ${BOARD:+"$BOARD/" "lib/$BOARD.sh"}
stage base       "$SOURCES" "$ARCH" packages/common.list "packages/$ARCH.list" lib/debian.sh
stage modules    "$ARCH" "$TOP/package.json" "$TOP/package-lock.json"
stage program    @modules lib/program.sh lib/program.vite.ts lib/loads.ts "$TOP/src" "$TOP/scripts/rohrpost" "$TOP/build/page" "$TOP/LICENSE" "$TOP/NOTICE"
stage rootfs     @base @kernel @program "$VERSION $DEV $BREAK $PRODUCT $MIN_BUNDLE_VERSION" "$TOP/systemd" rootfs/ dev/ rauc/ \
                 lib/rootfs.sh lib/prune.sh "$KEYS/root.pem" ${OPERATOR:+"$OPERATOR"}
stage initrdtree "$SOURCES" "$ARCH" packages/initrd.list lib/debian.sh
stage initrd     @initrdtree @kernel initrd/ rootfs/usr/lib/systemd/system.conf.d \
                 rootfs/usr/lib/udev rootfs/usr/lib/rohrpost-system/booted-disk lib/initrd.sh
stage boot       @rootfs @initrd grub/ lib/boot.sh "$SOURCE_DATE_EPOCH $SB_KEYS $BREAK"
case ${1:-image} in
  image) stage disk @boot lib/disk.sh "$ESP_MB $BOOT_MB $ROOT_MB $VERSION $OUT" ;;
  bundle) stage bundle @boot lib/disk.sh "$BUNDLE_LEVEL $BUNDLE_BLOCK $VERSION $DEV $DOWNGRADE $OUT" "$KEYS/signer.pem" ;;
  both) stage disk @boot lib/disk.sh "$ESP_MB $BOOT_MB $ROOT_MB $VERSION $OUT"
    stage bundle @boot lib/disk.sh "$BUNDLE_LEVEL $BUNDLE_BLOCK $VERSION $DEV $DOWNGRADE $OUT" "$KEYS/signer.pem" ;;
  *) fail "what shall be built: image, bundle or both?" ;;
esac
if [ -n "$BOARD" ] && [ "${1:-image}" != bundle ]; then "check_$BOARD"; fi
report

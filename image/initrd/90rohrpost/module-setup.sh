#!/bin/bash
# dracut module: what the initrd needs to find, make, unlock and mount the data partition.
check() { return 0; }
depends() { echo systemd; }
installkernel() { instmods '=drivers/char/tpm'; }
install() {
  inst_multiple systemd-repart cryptsetup systemd-cryptenroll mkfs.ext4 e2fsck mount umount mkdir cat dd sync systemd-id128 blkid \
    readlink basename sleep touch tr rm mv cp chmod chown head od cmp sha256sum date blkdiscard wipefs udevadm ln cut grep uname sed fsck.vfat \
    sfdisk systemd-cryptsetup timeout mountpoint dirname tail stat bash
  # What unsealing by the TPM loads at run time; dracut's own module for it brings an HTTP client along.
  inst_libdir_file 'libtss2-esys.so.*' 'libtss2-mu.so.*' 'libtss2-rc.so.*' 'libtss2-sys.so.*' 'libtss2-tctildr.so.*' \
    'libtss2-tcti-device.so.*' 'libcryptsetup.so.*' 'cryptsetup/libcryptsetup-token-systemd-tpm2.so'
  inst_simple "$moddir/initrd-state.sh" /usr/lib/rohrpost-system/initrd-state
  inst_simple "$moddir/data.conf" /usr/lib/rohrpost-system/repart.d/50-data.conf
  inst_simple "$moddir/rohrpost-state.service" /usr/lib/systemd/system/rohrpost-state.service
  for conf in "$moddir"/*.conf; do
    [ "$(basename "$conf")" = data.conf ] || inst_simple "$conf" "/usr/lib/systemd/system.conf.d/$(basename "$conf")"
  done
  # Which disk we were started from: the same rule and program as on the root.
  inst_simple "$moddir/booted-disk" /usr/lib/rohrpost-system/booted-disk
  inst_simple "$moddir/61-rohrpost.rules" /usr/lib/udev/rules.d/61-rohrpost.rules
  mkdir -p "$initdir/usr/lib/systemd/system/initrd.target.requires"
  ln -s ../rohrpost-state.service "$initdir/usr/lib/systemd/system/initrd.target.requires/rohrpost-state.service"
}

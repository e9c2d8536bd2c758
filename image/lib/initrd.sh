# shellcheck shell=bash # the initrd: systemd, verity, the data partition; made by dracut in a tree of its own

make_initrd() {
  local tree=$A/initrdtree kernel drivers
  kernel=$(kernel_version)
  drivers=$(sed 's/#.*//' "$HERE/initrd/drivers.common" "$HERE/initrd/drivers.${BOARD:-$ARCH}" | xargs)
  rm -rf "$tree/usr/lib/modules" "$tree/usr/lib/dracut/modules.d/90rohrpost"
  cp -a "$B/kernel/usr/lib/modules" "$tree/usr/lib/"
  intools depmod -b "$tree" "$kernel"
  cp -a "$HERE/initrd/90rohrpost" "$tree/usr/lib/dracut/modules.d/"
  cp -a "$HERE"/rootfs/usr/lib/systemd/system.conf.d/*.conf "$HERE/rootfs/usr/lib/udev/rules.d/61-rohrpost.rules" \
    "$HERE/rootfs/usr/lib/rohrpost-system/booted-disk" "$tree/usr/lib/dracut/modules.d/90rohrpost/"
  # shellcheck disable=SC2016 # for the inner shell
  unshare -m --propagation private bash -euc '
    tree=$1; kernel=$2; drivers=$3
    mount -t proc proc "$tree/proc"; mount --rbind /dev "$tree/dev"; mount -t tmpfs tmpfs "$tree/tmp"
    chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
      dracut --force --reproducible --no-hostonly --no-hostonly-cmdline --no-early-microcode --zstd --kver "$kernel" \
      --modules "base systemd systemd-initrd systemd-udevd udev-rules dracut-systemd systemd-veritysetup systemd-cryptsetup systemd-sysctl systemd-modules-load systemd-tmpfiles systemd-journald dm rohrpost shutdown" \
      --drivers "$drivers" /initrd.img 2>&1 | { grep -v -E "^dracut\[I\]|Including module" || true; }' _ "$tree" "$kernel" "$drivers"
  mv "$tree/initrd.img" "$B/initrd.img"
}

# shellcheck shell=bash # the root file system: Debian's base, kernel modules, our program, the overlay; then what a box does not need goes

make_rootfs() {
  R=$B/rootfs
  rm -rf "$R"
  cp -a --reflink=auto "$A/base" "$R"
  package_list >"$OUT/$NAME.packages.tsv"
  cp -a "$B/kernel/usr/lib/modules" "$R/usr/lib/"
  intools depmod -b "$R" "$(kernel_version)"
  cp -a "$A/program" "$R/usr/lib/rohrpost"
  ln -s ../lib/rohrpost/scripts/rohrpost "$R/usr/bin/rohrpost"
  overlay
  boot_loader
  identity
  users_and_units
  prune_rootfs
}

# For the bill of materials, before the package database goes.
package_list() {
  chroot "$R" dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
  printf '%s\t%s\t%s\tlinux\t\n' "$(sed -n 's/^Package: //p' "$B/kernel/version")" "$(sed -n 's/^Version: //p' "$B/kernel/version")" "$ARCH"
}

# What RAUC needs to know of GRUB, and to have of it.
boot_loader() {
  sed -i 's|@BOOT_LOADER@|bootloader=grub\ngrubenv=/efi/EFI/BOOT/grubenv|' "$R/etc/rauc/system.conf"
  install -D -m755 "$B/kernel/usr/bin/grub-editenv" "$R/usr/bin/grub-editenv"
}

overlay() {
  cp -a "$HERE/rootfs/." "$R/"
  find "$TOP/systemd" -maxdepth 1 -type f -name '*.*' -exec install -m644 -t "$R/usr/lib/systemd/system" {} +
  [ "$DEV" != 1 ] || cp -a "$HERE/dev/." "$R/"
  mkdir -p "$R/etc/rauc" "$R/usr/lib/sysusers.d" "$R/usr/lib/rohrpost-system"
  sed -e "s/@PRODUCT@/$PRODUCT/; s/@MIN_BUNDLE_VERSION@/$MIN_BUNDLE_VERSION/" "$HERE/rauc/system.conf.in" >"$R/etc/rauc/system.conf"
  install -m644 "$HERE/rauc/sysusers.conf" "$R/usr/lib/sysusers.d/rauc-stream.conf"
  install -m644 "$KEYS/root.pem" "$R/etc/rauc/keyring.pem"
  [ -z "$OPERATOR" ] || install -m644 "$OPERATOR" "$R/usr/lib/rohrpost-system/operator.json"
  if [ "$BREAK" = service ]; then # tests: a firmware whose program never comes up
    mkdir -p "$R/usr/lib/systemd/system/rohrpost.service.d"
    printf '[Service]\nExecStart=\nExecStart=/usr/bin/false\n' >"$R/usr/lib/systemd/system/rohrpost.service.d/zz-break.conf"
  fi
  chown -R 0:0 "$R/etc" "$R/usr/lib/rohrpost-system" "$R/usr/lib/systemd"
}

# Who this is; and nothing that must differ from box to box.
identity() {
  cat >"$R/usr/lib/os-release" <<O
NAME="Rohrpost"
PRETTY_NAME="Rohrpost $VERSION"
ID=rohrpost
ID_LIKE=debian
VERSION_ID=$VERSION
IMAGE_ID=$PRODUCT
IMAGE_VERSION=$VERSION
VARIANT_ID=$([ "$DEV" = 1 ] && echo dev || echo release)
DEBIAN_VERSION=$(cat "$R/etc/debian_version")
O
  ln -sf ../usr/lib/os-release "$R/etc/os-release"
  rm -rf "$R"/{var,boot,data,efi} "$R/etc/resolv.conf"
  mkdir -p "$R"/{var,data,efi}
  : >"$R/etc/machine-id"
  echo rohrpost >"$R/etc/hostname"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$R/etc/hosts"
  ln -s ../run/systemd/resolve/stub-resolv.conf "$R/etc/resolv.conf"
}

masked='getty@.service serial-getty@.service console-getty.service container-getty@.service getty.target debug-shell.service
  systemd-firstboot.service systemd-homed.service ldconfig.service systemd-update-done.service systemd-machine-id-commit.service
  e2scrub_all.timer e2scrub_reap.service fstrim.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer
  rauc-mark-good.service systemd-hibernate-clear.service systemd-networkd-wait-online.service systemd-pcrmachine.service systemd-hwdb-update.service'

users_and_units() {
  intools systemd-sysusers --root="$R"
  intools systemctl --quiet --root="$R" preset-all
  local unit
  for unit in $masked; do ln -sf /dev/null "$R/etc/systemd/system/$unit"; done
  rm -rf "$R/etc/systemd/system/getty.target.wants"
  # Nobody logs in: no password, no shell.
  sed -i -E 's#^([^:]*):[^:!*]*:#\1:*:#' "$R/etc/shadow"
  sed -i -E 's#:/bin/(ba|da)?sh$#:/usr/sbin/nologin#' "$R/etc/passwd"
  rm -f "$R"/etc/{passwd-,group-,shadow-,gshadow-,.pwd.lock}
}

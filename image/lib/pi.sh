# shellcheck shell=bash # the same image for the firmware of the Raspberry Pi 4 and 5: no GRUB, tryboot changes the slots (pi/tryboot)

[ "$ARCH" = arm64 ] || fail 'BOARD=pi is ARCH=arm64'

# From Debian's backports: the kernel of Debian 13 has no Ethernet on a Pi 5 (RP1). Beside it what is needed to build one module.
make_kernel() {
  rm -rf "$B/kernel"
  mkdir -p "$B/kernel/tools"
  # shellcheck disable=SC2016 # for the inner shell
  intools bash -euc '
    cd "$1"
    dpkg --add-architecture arm64
    sed -n "p; s/ $2 main/ $2-backports main/p" /etc/apt/sources.list >/tmp/backports.list
    options="-qq -o Dir::Etc::sourcelist=/tmp/backports.list -o APT::Default-Release=$2-backports"
    apt-get $options update
    image=$(apt-cache $options depends linux-image-arm64:arm64 | sed -n "s/.*Depends: \(linux-image-[^ :]*\).*/\1/p" | head -1)
    of=${image#linux-image-}
    apt-get $options download "linux-binary-$of:arm64" "linux-modules-$of:arm64" "linux-base-$of:arm64" raspi-firmware
    dpkg-deb -f "linux-binary-$of"*.deb Package Version >version
    for deb in *.deb; do dpkg-deb -x "$deb" .; done
    rm -f ./*.deb
    cd tools
    apt-get $options download "linux-headers-$of:arm64" "linux-headers-${of%-arm64}-common" "linux-kbuild-${of%-arm64}"
    for deb in *.deb; do dpkg-deb -x "$deb" .; done
    rm -f ./*.deb' _ "$B/kernel" "$SUITE" 2>&1 | { grep -v unsandboxed || true; }
  [ -s "$B/kernel/version" ] || fail 'the kernel package could not be fetched'
  (cd "$B/kernel/usr/lib/modules/$(kernel_version)" && mv vmlinuz dtb "$B/kernel/" && rm -f config System.map)
  tryboot_module
  prune_kernel
  rm -rf "$B/kernel/tools"
}

# Debian's kernel does not hand "tryboot" to the firmware: one small module does. Built by a cross compiler in a tree of its own.
tryboot_module() {
  local cross=$WORK/cross of
  of=$(kernel_version)
  if [ ! -e "$cross/usr/bin/aarch64-linux-gnu-gcc" ]; then
    bootstrap "$cross" "$(dpkg --print-architecture)" essential gcc-aarch64-linux-gnu,make,libelf1t64 "${without_docs[@]}"
  fi
  cp -a "$B/kernel/tools/usr/." "$cross/usr/"
  rm -rf "$cross/module"
  cp -a "$HERE/pi/module" "$cross/module"
  chroot "$cross" make -s -C "/usr/src/linux-headers-$of" M=/module ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
    CONFIG_DEBUG_INFO_BTF_MODULES= KBUILD_BUILD_TIMESTAMP="@$SOURCE_DATE_EPOCH" modules >"$TMP/module.log" 2>&1 ||
    fail "the kernel module could not be built: $(tail -5 "$TMP/module.log")"
  chroot "$cross" aarch64-linux-gnu-strip --strip-debug /module/rohrpost_tryboot.ko
  install -D -m644 "$cross/module/rohrpost_tryboot.ko" "$B/kernel/usr/lib/modules/$of/updates/rohrpost_tryboot.ko"
}

boot_loader() {
  sed -i 's|@BOOT_LOADER@|bootloader=custom|' "$R/etc/rauc/system.conf"
  printf '\n[handlers]\nbootloader-custom-backend=/usr/lib/rohrpost-system/tryboot\n' >>"$R/etc/rauc/system.conf"
  install -D -m755 "$HERE/pi/tryboot" "$R/usr/lib/rohrpost-system/tryboot"
  install -d "$R/usr/lib/modules-load.d"
  echo rohrpost_tryboot >"$R/usr/lib/modules-load.d/rohrpost-pi.conf"
}

make_boot() {
  root_image
  boot_slot
  firmware_partition
}

# One image for both slots: RAUC's backend puts the slot's own command line in place (pi/tryboot); a new disk starts from A.
boot_slot() {
  local dir=$B/boot
  rm -rf "$dir" "$B/boot.img"
  mkdir -p "$dir/overlays"
  cp "$HERE/pi/config.txt" "$dir/"
  command_line a >"$dir/cmdline-a.txt"
  command_line b >"$dir/cmdline-b.txt"
  cp "$dir/cmdline-a.txt" "$dir/cmdline.txt"
  gzip -9n <"$B/kernel/vmlinuz" >"$dir/vmlinuz" # the firmware unpacks it
  cp "$B/initrd.img" "$dir/initrd.img"
  cp "$B"/kernel/dtb/broadcom/bcm271[12]*-rpi-*.dtb "$dir/"
  cp "$B"/kernel/usr/lib/raspi-firmware/{start4.elf,fixup4.dat} "$dir/"
  fat "$B/boot.img" "$BOOT_MB" BOOT B0070001 "$dir"
}

firmware_partition() {
  local dir=$B/firmware
  rm -rf "$dir"
  mkdir -p "$dir"
  # Of full length from the start: the switch overwrites it in place.
  { cat "$HERE/pi/autoboot.txt"; head -c $((256 - $(stat -c %s "$HERE/pi/autoboot.txt"))) /dev/zero | tr '\0' '\n'; } >"$dir/autoboot.txt"
  fat "$B/esp.img" "$ESP_MB" ESP E5900001 "$dir"
}

# fat IMAGE MB LABEL SERIAL FOLDER
fat() {
  rm -f "$1"
  find "$5" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  truncate -s "$2M" "$1"
  intools mkfs.vfat -F 32 -s 1 -n "$3" -i "$4" --invariant "$1" >/dev/null
  intools sh -euc 'cd "$2" && mcopy -s -m -i "$1" ./* ::/' _ "$1" "$5"
}

# No machine here can start it, so it is looked at: everything that the firmware reads, by what it says itself.
check_pi() {
  local disk=$OUT/$NAME.img dir slot file wanted modules
  dir=$TMP/check
  mkdir -p "$dir"
  wanted='esp boot-a boot-b root-a root-b'
  [ "$(intools sfdisk --json "$disk" | sed -n 's/.*"name": "\([^"]*\)".*/\1/p' | xargs)" = "$wanted" ] || fail "the partitions are not $wanted"
  # tryboot names partitions by their numbers
  intools mcopy -n -i "$disk@@1M" ::/autoboot.txt "$dir/autoboot.txt" || fail 'autoboot.txt is missing'
  [ "$(stat -c %s "$dir/autoboot.txt")" = 256 ] && [ "$(sed -n '2,6p' "$dir/autoboot.txt" | xargs)" = '[all] tryboot_a_b=1 boot_partition=2 [tryboot] boot_partition=3' ] ||
    fail 'autoboot.txt does not say: partition 2, once 3'
  for file in config.txt cmdline.txt cmdline-a.txt cmdline-b.txt start4.elf fixup4.dat $(sed -n 's/^kernel=//p; s/^initramfs \([^ ]*\) .*/\1/p; s/^cmdline=//p' "$HERE/pi/config.txt") \
    bcm2711-rpi-4-b.dtb bcm2711-rpi-cm4-io.dtb bcm2712-rpi-5-b.dtb; do
    intools mcopy -n -i "$disk@@$((1 + ESP_MB))M" "::/$file" "$dir/$file" && [ -s "$dir/$file" ] || fail "boot-a has no $file"
  done
  cmp -s "$dir/cmdline.txt" "$dir/cmdline-a.txt" || fail 'a new disk does not start from slot A'
  for slot in a b; do
    grep -q "roothash=$(cat "$B/roothash") .* rauc.slot=${slot^^} .*/root-$slot " "$dir/cmdline-$slot.txt" || fail "cmdline-$slot.txt does not name slot ${slot^^} and the root that was built"
    [ "$(wc -l <"$dir/cmdline-$slot.txt")" = 1 ] || fail 'a command line is one line'
  done
  # an arm64 kernel, for the firmware as it likes it: packed by gzip (Documentation/arch/arm64/booting.rst: "ARM\x64" at 56)
  [ "$(gzip -dc "$dir/vmlinuz" 2>/dev/null | dd bs=1 skip=56 count=4 status=none)" = 'ARMd' ] || fail 'vmlinuz is no arm64 kernel'
  grep -q '^bootloader=custom$' "$B/rootfs/etc/rauc/system.conf" && [ -x "$B/rootfs/usr/lib/rohrpost-system/tryboot" ] || fail 'RAUC does not know tryboot'
  modules=$B/rootfs/usr/lib/modules/$(kernel_version)
  [ -e "$modules/updates/rohrpost_tryboot.ko" ] && grep -q rohrpost_tryboot "$modules/modules.dep" || fail 'the module that hands tryboot to the firmware is missing'
  say 'Raspberry Pi: partitions, firmware files, command lines and slot switch are as the firmware wants them'
}

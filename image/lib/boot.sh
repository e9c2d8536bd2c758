# shellcheck shell=bash # what starts: root image with its hash tree, signed kernel image for either slot, EFI system partition

make_boot() {
  root_image
  kernel_image
  boot_slot
  esp_image
}

# Not compressed: the bundle's squashfs packs better, deltas stay small, and the box need not unpack what it reads.
root_image() {
  local size
  rm -f "$B/root.img"
  intools mkfs.erofs --quiet -T"$SOURCE_DATE_EPOCH" -U 8d3d53e3-0000-4000-8000-000000000001 "$B/root.img" "$B/rootfs"
  size=$(stat -c %s "$B/root.img")
  HASH_OFFSET=$(((size + 4095) / 4096 * 4096))
  truncate -s $HASH_OFFSET "$B/root.img"
  # The salt is fixed: with a new one each time every block of the hash tree would change in every update.
  intools veritysetup format "$B/root.img" "$B/root.img" --hash-offset=$HASH_OFFSET --uuid=8d3d53e3-0000-4000-8000-00000000000a \
    --salt="$(printf '%s' "$PRODUCT" | sha256sum | cut -c1-64)" --root-hash-file="$B/roothash" >/dev/null
  [ "$(stat -c %s "$B/root.img")" -le $((ROOT_MB * 1048576)) ] || fail "the root image is larger than its slot ($ROOT_MB MiB)"
}

command_line() { # slot a|b
  local hash panic=10
  hash=$(cat "$B/roothash")
  case $BREAK in # tests: an image that panics, or stands still, before anything of ours runs
    verity) hash=$(printf '%064d' 0) ;;
    hang) hash=$(printf '%064d' 0) panic=0 ;;
  esac
  echo "roothash=$hash root=/dev/mapper/root rootfstype=erofs ro systemd.verity_root_options=hash-offset=$HASH_OFFSET,panic-on-corruption" \
    "systemd.gpt_auto=no rd.systemd.gpt_auto=no panic=$panic rd.shell=0 rd.emergency=reboot" \
    "quiet loglevel=4 systemd.show_status=no consoleblank=0 console=tty0 console=$SERIAL,115200" \
    "rauc.slot=${1^^} systemd.verity_root_data=/dev/disk/rohrpost/root-$1 systemd.verity_root_hash=/dev/disk/rohrpost/root-$1"
}

# Signatures for Secure Boot tell when they were made; nobody looks, but two builds would differ.
at_commit_time() { intools faketime -f "$(date -u -d "@$SOURCE_DATE_EPOCH" '+%F %T')" "$@"; }

# One file for both slots: profile @0 is slot A, @1 slot B. The boot loader only says which; the command lines are inside the signature.
kernel_image() {
  local sign=() ucode=() stubs=$B/kernel/usr/lib/systemd/boot/efi
  [ -z "$SB_KEYS" ] || sign=(--secureboot-private-key "$SB_KEYS/db.key" --secureboot-certificate "$SB_KEYS/db.pem")
  processor_updates
  [ ! -e "$B/ucode.img" ] || ucode=(--microcode "$B/ucode.img")
  intools ukify build --profile='ID=slot-b' --cmdline="$(command_line b)" --efi-arch "$EFI" \
    --stub="$stubs/addon$EFI.efi.stub" --output="$B/profile-b.efi" >/dev/null
  at_commit_time ukify build --linux="$(ls "$B"/kernel/boot/vmlinuz-*)" --initrd="$B/initrd.img" --uname="$(kernel_version)" \
    --os-release=@"$B/rootfs/usr/lib/os-release" --efi-arch "$EFI" --stub="$stubs/linux$EFI.efi.stub" \
    --profile='ID=slot-a' --cmdline="$(command_line a)" --join-profile="$B/profile-b.efi" "${ucode[@]}" "${sign[@]}" --output="$B/uki.efi" >/dev/null
}

boot_slot() {
  rm -f "$B/boot.img"
  truncate -s "${BOOT_MB}M" "$B/boot.img"
  intools mkfs.vfat -F 32 -n BOOT -i B0070001 --invariant "$B/boot.img" >/dev/null
  touch -d "@$SOURCE_DATE_EPOCH" "$B/uki.efi"
  intools mcopy -m -i "$B/boot.img" "$B/uki.efi" ::/uki.efi
}

# shim: under Secure Boot GRUB wants its verifier; it trusts the firmware's db, so our own key.
esp_image() {
  local esp=$B/esp file
  rm -rf "$esp" "$B/esp.img"
  mkdir -p "$esp"
  cp "$B/kernel/usr/lib/shim/shim$EFI.efi" "$esp/$BOOT_EFI"
  intools grub-mkimage -d "$B/kernel/usr/lib/grub/$GRUB" -O "$GRUB" -p /EFI/BOOT -o "$esp/grub$EFI.efi" --sbat "$HERE/grub/sbat.csv" \
    part_gpt fat normal configfile loadenv echo test search chain reboot halt sleep regexp minicmd serial terminal
  if [ -n "$SB_KEYS" ]; then
    for file in "$BOOT_EFI" "grub$EFI.efi"; do
      at_commit_time sbsign --key "$SB_KEYS/db.key" --cert "$SB_KEYS/db.pem" --output "$esp/$file" "$esp/$file" 2>/dev/null
    done
  fi
  cp "$HERE/grub/grub.cfg" "$esp/grub.cfg"
  intools grub-editenv "$esp/grubenv" create
  intools grub-editenv "$esp/grubenv" set 'ORDER=A B' A_OK=1 B_OK=0 A_TRY=0 B_TRY=0
  touch -d "@$SOURCE_DATE_EPOCH" "$esp"/*
  truncate -s "${ESP_MB}M" "$B/esp.img"
  intools mkfs.vfat -F 32 -s 1 -n ESP -i E5900001 --invariant "$B/esp.img" >/dev/null
  intools mmd -i "$B/esp.img" ::/EFI ::/EFI/BOOT
  intools mcopy -m -i "$B/esp.img" "$esp/$BOOT_EFI" "$esp/grub$EFI.efi" "$esp/grub.cfg" "$esp/grubenv" ::/EFI/BOOT/
}

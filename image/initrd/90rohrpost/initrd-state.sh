#!/bin/bash
# Runs in the initrd once the verified root is on /sysroot: finds the disk that we were started from, makes the data partition on
# the first boot, unlocks, checks and mounts it, and gives the read-only root its /var and its machine id. Data are never given up
# silently: what cannot be used is left as it is, a fact says so, and the box starts on an empty folder in memory.
#
# A first boot may lose power anywhere: while the label of the LUKS header is "data-new" and the EFI system partition has no mark
# data-made, nothing in the partition was ever used, and it is made anew.
set -uo pipefail
facts=/run/rohrpost-system efi=/run/rohrpost-esp secret=/run/rohrpost-secret
esp=$efi/rohrpost
data=/sysroot/data
protection=none

say() { echo "rohrpost: $*"; }
fact() { printf '%s\n' "$2" >"$facts/$1"; }
# The data cannot be used: locked, damaged or missing, and why.
unusable() { say "data: $1: $2" && fact "$1" "$2"; }
# replace FILE: its input, whole or not at all.
replace() { cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1" && sync -f "$efi"; }

# The disk whose partition holds the root that has just been verified.
booted_disk() {
  local mapped
  for mapped in /sys/block/dm-*; do
    [ "$(cat "$mapped/dm/name")" = root ] || continue
    basename "$(dirname "$(readlink -f "$mapped/slaves/"*)")"
  done
}
# partition NAME: its device on our disk. Asks the table itself: the kernel is not told the name of one that was just made.
partition() {
  local entry
  for entry in "/sys/class/block/$disk/$disk"*; do
    if [ "$(blkid -p -s PART_ENTRY_NAME -o value "/dev/${entry##*/}")" = "$1" ]; then echo "/dev/${entry##*/}" && return; fi
  done
}
luks() { timeout 60 cryptsetup isLuks "$part" 2>/dev/null; }
label() { timeout 60 cryptsetup luksDump "$part" 2>/dev/null | sed -n 's/^Label:[[:space:]]*//p'; }

mount_esp() {
  local device
  device=$(partition esp)
  mkdir -p -m 700 $efi
  # Its "dirty" bit is set after each power cut.
  timeout 60 fsck.vfat -a "$device" >/dev/null 2>&1
  mount -t vfat -o umask=0077,noatime,nodev,nosuid,noexec "$device" $efi && mkdir -p $esp && return
  say 'the EFI system partition cannot be mounted'
}

# A TPM that the firmware announces may need a moment; where there is none, nobody waits.
find_tpm() {
  local _
  [ -e /sys/firmware/acpi/tables/TPM2 ] || [ -e /sys/class/tpm/tpm0 ] || return 1
  for _ in {1..20}; do
    [ ! -c /dev/tpmrm0 ] || return 0
    sleep 0.5
  done
  return 1
}

make_partition() {
  local _ name
  say "first boot: making the data partition on /dev/$disk"
  # Moves the second partition table to the end of the disk, where it is looked for when the first is damaged.
  timeout 120 systemd-repart --dry-run=no --empty=refuse --definitions=/usr/lib/rohrpost-system/repart.d "/dev/$disk" || return 1
  udevadm settle --timeout=20
  for _ in {1..20}; do
    part=$(partition data)
    [ -z "$part" ] || break
    sleep 0.5
  done
  [ -n "$part" ] || return 1
  # All images have the same numbers. From now on the firmware tells this disk from any other that an image was written to.
  for name in boot-a boot-b; do
    timeout 30 sfdisk --quiet --no-reread --no-tell-kernel --force --part-uuid "/dev/$disk" \
      "$(cat "/sys/class/block/$(basename "$(partition $name)")/partition")" "$(cat /proc/sys/kernel/random/uuid)" ||
      say "the partition $name keeps its number"
  done
}

by_tpm() {
  timeout 60 systemd-cryptsetup attach data "$part" - tpm2-device=auto,headless=true,discard,tries=1
}
by_key() { timeout 60 cryptsetup open --type luks2 --allow-discards --key-file "$1" "$part" data; }

# A recovery key and the TPM (PCR 7: the state of Secure Boot); the first key goes once the TPM has proved that it opens.
bind_tpm() {
  timeout 60 systemd-cryptenroll --unlock-key-file=$secret/key --recovery-key "$part" >$secret/recovery-key 2>/dev/null &&
    timeout 60 systemd-cryptenroll --unlock-key-file=$secret/key --tpm2-device=auto --tpm2-pcrs=7 "$part" && by_tpm &&
    timeout 60 systemd-cryptenroll --wipe-slot=password "$part" && protection=tpm2
}

make_data() {
  say 'making the encrypted data partition'
  (umask 077 && mkdir -p $secret && head -c 64 /dev/urandom >$secret/key) || return 1
  # The key is random: a slow derivation would protect nothing.
  timeout 120 cryptsetup luksFormat --batch-mode --type luks2 --label data-new --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
    --key-file $secret/key "$part" || return 1
  if ! { find_tpm && bind_tpm; }; then
    say 'no TPM that works: the key lies on the EFI system partition'
    [ ! -e /dev/mapper/data ] || cryptsetup close data
    rm -f $secret/recovery-key
    timeout 60 systemd-cryptenroll --unlock-key-file=$secret/key --wipe-slot=recovery,tpm2 "$part" 2>/dev/null
    replace $esp/data.key <$secret/key && by_key $secret/key || return 1
    protection=key-file
  fi
  mkfs.ext4 -q -F -L data -m 1 -O metadata_csum,64bit -E lazy_itable_init=1,nodiscard /dev/mapper/data || return 1
  mount_data && furnish || return 1
  if [ -s $secret/recovery-key ]; then
    (umask 077 && tr -d '\n' <$secret/recovery-key >$data/system/recovery-key) || return 1
  fi
  sync -f $data
  date -u +%F | replace $esp/data-made
  timeout 60 cryptsetup config --label data "$part"
}

unlock() {
  if [ -s $esp/data.key ] && by_key $esp/data.key; then
    protection=key-file
  elif find_tpm && by_tpm; then
    protection=tpm2
  else
    return 1
  fi
}

mount_data() { mount -t ext4 -o noatime,nodev,nosuid,noexec /dev/mapper/data $data; }

# 0 to 3: whole, or whole again (e2fsck(8)). A journal is enough after a power cut; what it cannot mend is tried with the copies of
# the superblock, and says so.
check_file_system() {
  local found
  timeout 3600 e2fsck -p /dev/mapper/data >/dev/null
  found=$?
  [ $found -ge 4 ] || return 0
  say "the file system has errors ($found): repairing"
  timeout 3600 e2fsck -y /dev/mapper/data | tail -5
  [ "${PIPESTATUS[0]}" -lt 4 ]
}

use_data() {
  if ! check_file_system || ! mount_data; then
    unusable damaged 'the file system of the data partition cannot be repaired'
  elif [ ! -s $data/system/machine-id ]; then
    # What is left after such a repair must not be taken for a new box.
    umount $data
    unusable damaged 'the folders of the data partition are gone'
  elif [ ! -e $esp/data-made ]; then
    date -u +%F | replace $esp/data-made
    [ "$(label)" = data ] || timeout 60 cryptsetup config --label data "$part"
  elif [ "$(label)" != data ]; then
    timeout 60 cryptsetup config --label data "$part" # power went between the mark and the label
  fi
}

# Keys first: without them nothing in the partition can be read any more. The flag goes last.
factory_reset() {
  say 'factory reset: destroying keys and data'
  part=$(partition data)
  rm -f $esp/data.key $esp/fell-back
  if [ -n "$part" ]; then
    luks && timeout 60 cryptsetup erase --batch-mode "$part"
    # Both headers, also where they were damaged.
    dd if=/dev/zero of="$part" bs=1M count=32 conv=fsync status=none
    wipefs --all --quiet "$part"
    timeout 300 blkdiscard --force "$part" 2>/dev/null
  fi
  rm -f $esp/data-made
  sync -f $efi
  rm -f $esp/factory-reset
  sync -f $efi
}

# Nothing in the partition was ever used. Where the EFI system partition cannot be asked, nobody knows that.
is_new() { mountpoint -q $efi && [ ! -e $esp/data-made ]; }

find_data() {
  [ ! -e $esp/factory-reset ] || factory_reset
  part=$(partition data)
  if [ -z "$part" ]; then
    if ! is_new; then
      unusable missing 'the data partition is gone from the disk'
    elif ! make_partition || ! make_data; then
      unusable damaged 'the data partition could not be made'
    fi
  elif luks; then
    if is_new && [ "$(label)" = data-new ]; then
      make_data || unusable damaged 'the data partition could not be made'
    elif unlock; then
      use_data
    else
      unusable locked 'neither the TPM nor a key opens the data partition'
    fi
  elif ! is_new; then
    unusable damaged 'the header of the data partition is destroyed'
  else
    make_data || unusable damaged 'the data partition could not be made'
  fi
}

# The folders that the read-only root expects.
furnish() {
  mkdir -p $data/var/lib $data/var/log $data/var/cache $data/system/rauc &&
    mkdir -p -m 1777 $data/var/tmp && chmod 700 $data/system || return 1
  [ -s $data/system/machine-id ] || systemd-id128 new >$data/system/machine-id
}

mkdir -p -m 755 $facts
disk=$(booted_disk)
fact disk "$disk"
mount_esp
find_data
if [ -e $facts/locked ] || [ -e $facts/missing ] || [ -e $facts/damaged ]; then
  ! mountpoint -q $data || umount $data
  [ ! -e /dev/mapper/data ] || cryptsetup close data
  protection=none
  mount -t tmpfs -o mode=0755,size=25%,nodev,nosuid,noexec tmpfs $data
fi
rm -rf $secret
furnish
mount --bind $data/var /sysroot/var
mount --bind -o ro $data/system/machine-id /sysroot/etc/machine-id
fact storage $protection
umount $efi 2>/dev/null
say "data on /dev/$disk: $protection"
exit 0

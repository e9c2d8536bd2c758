# shellcheck shell=bash # the two results: a disk image for a new box, a signed bundle for one that runs

# GPT, put together with sfdisk and dd. The data partition is made by the box on its first start and fills the disk.
make_disk() {
  local disk=$OUT/$NAME.img id=7E1E0001-7291-4B0A-9D1C-0000000000
  rm -f "$disk"
  truncate -s $((1 + ESP_MB + 2 * BOOT_MB + 2 * ROOT_MB + 1))M "$disk"
  intools sfdisk -q "$disk" <<S
label: gpt
label-id: ${id}01
unit: sectors
sector-size: 512
start=2048, size=$((ESP_MB * 2048)), type=uefi, name="esp", uuid=${id}E5
size=$((BOOT_MB * 2048)), type=linux, name="boot-a", uuid=${id}BA
size=$((BOOT_MB * 2048)), type=linux, name="boot-b", uuid=${id}BB
size=$((ROOT_MB * 2048)), type=$ROOT_TYPE, name="root-a", uuid=${id}0A
size=$((ROOT_MB * 2048)), type=$ROOT_TYPE, name="root-b", uuid=${id}0B
S
  put esp.img 1
  put boot.img $((1 + ESP_MB))
  put root.img $((1 + ESP_MB + 2 * BOOT_MB))
}
put() { dd if="$B/$1" of="$OUT/$NAME.img" bs=1M seek="$2" conv=notrunc,sparse status=none; }

make_bundle() {
  local dir=$B/bundle bundle=$OUT/$NAME.raucb
  rm -rf "$dir" "$bundle"
  mkdir -p "$dir"
  ln "$B/boot.img" "$B/root.img" "$dir/"
  cat >"$dir/manifest.raucm" <<M
[update]
compatible=$PRODUCT
version=$VERSION
build=$SOURCE_DATE_EPOCH

[bundle]
format=verity

[image.rootfs]
filename=root.img
adaptive=block-hash-index

[image.boot]
filename=boot.img
adaptive=block-hash-index
M
  printf '\n[meta.rohrpost]\nvariant=%s\n' "$([ "$DEV" = 1 ] && echo dev || echo release)" >>"$dir/manifest.raucm"
  [ "$DOWNGRADE" != 1 ] || echo 'allow-downgrade=true' >>"$dir/manifest.raucm"
  printf '[system]\ncompatible=%s\nbootloader=noop\n[keyring]\npath=%s\ncheck-purpose=codesign\n' "$PRODUCT" "$KEYS/root.pem" >"$B/sign.conf"
  intools rauc --conf="$B/sign.conf" bundle --cert="$KEYS/signer.pem" --key="$KEYS/signer.key" \
    --mksquashfs-args="-comp zstd -Xcompression-level $BUNDLE_LEVEL -b $BUNDLE_BLOCK" "$dir" "$bundle" >/dev/null
  intools rauc --conf="$B/sign.conf" info "$bundle" >/dev/null
}

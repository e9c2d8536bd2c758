# shellcheck shell=bash # trees of Debian packages: the tools of the build, the kernel, the base of the root file system

# Programs of another architecture run by qemu-user, once the kernel knows to ask it.
foreign_programs() {
  local cpu registry=/proc/sys/fs/binfmt_misc
  [ "$ARCH" != "$(dpkg --print-architecture)" ] || return 0
  case $ARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; esac
  [ -e $registry/register ] || mount -t binfmt_misc binfmt_misc $registry || fail 'this kernel has no binfmt_misc'
  [ -e "$registry/qemu-$cpu" ] || cat "/usr/lib/binfmt.d/qemu-$cpu.conf" >$registry/register ||
    fail "programs for $ARCH do not run here: install the package qemu-user-static"
}

# bootstrap TREE ARCH VARIANT PACKAGES [OPTION…]
bootstrap() {
  local tree=$1 arch=$2 variant=$3 packages=$4
  shift 4
  rm -rf "$tree"
  # Fetched packages are kept; they are checked against the archive's signed index each time they are used.
  printf '%s\n' "$SOURCES" | nice mmdebstrap --quiet --mode=root --format=directory --variant="$variant" --architectures="$arch" \
    --include="$packages" --aptopt='Apt::Install-Recommends "false"' "${APT_OPTIONS[@]}" \
    --skip=essential/unlink --skip=download/empty \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"' --setup-hook="sync-in $WORK/debs /var/cache/apt/archives" \
    --customize-hook="sync-out /var/cache/apt/archives $WORK/debs" "$@" "$SUITE" "$tree" -
  rm -rf "$WORK/debs/partial" "$WORK/debs/lock"
}
without_docs=(--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
  --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/doc/*'
  --dpkgopt='path-include=/usr/share/doc/*/copyright')

make_tools() {
  bootstrap "$T" "$(dpkg --print-architecture)" minbase "$(list "$HERE/packages/tools.list")" "${without_docs[@]}"
  install -D -m644 "$KEYRING" "$T$KEYRING"
  install -m644 "$(readlink -f /etc/resolv.conf)" "$T/etc/resolv.conf"
  chroot "$T" apt-get update -qq
}

# A QEMU that emulates the instructions for SHA-256 (9 and newer), which everything that starts is checked with. Unpacked, not installed.
make_emulator() {
  bootstrap "$WORK/emulator" "$(dpkg --print-architecture)" extract "$(list "$HERE/packages/emulator.list")" "${without_docs[@]}"
}

# Unpacked, never installed: no initramfs-tools, no maintainer scripts.
make_kernel() {
  rm -rf "$B/kernel"
  mkdir -p "$B/kernel"
  # shellcheck disable=SC2016 # for the inner shell
  intools bash -euc '
    arch=$1; cd "$2"
    if [ "$arch" != "$(dpkg --print-architecture)" ]; then dpkg --add-architecture "$arch"; apt-get update -qq; fi
    image=$(apt-cache depends "linux-image-$arch:$arch" | sed -n "s/.*Depends: \(linux-image-[^ ]*\).*/\1/p" | head -1)
    apt-get download -qq "${image%%:*}:$arch" "grub-common:$arch" "grub-efi-$arch-bin:$arch" "systemd-boot-efi:$arch" "shim-unsigned:$arch"
    dpkg-deb -f linux-image-*.deb Package Version >version
    for deb in *.deb; do dpkg-deb -x "$deb" .; done
    rm -f ./*.deb' _ "$ARCH" "$B/kernel" 2>&1 | { grep -v unsandboxed || true; }
  [ -s "$B/kernel/version" ] || fail 'the kernel package could not be fetched'
  prune_kernel
}

make_base() {
  bootstrap "$A/base" "$ARCH" essential "$(list "$HERE/packages/common.list" "$HERE/packages/$ARCH.list")" "${without_docs[@]}"
}

make_initrdtree() {
  bootstrap "$A/initrdtree" "$ARCH" essential "$(list "$HERE/packages/initrd.list")" "${without_docs[@]}"
}

kernel_version() { ls "$B/kernel/usr/lib/modules"; }

# Only the modules of kernel/modules.*, and what they depend on.
prune_kernel() {
  [ -e "$B/kernel/lib" ] || ln -s usr/lib "$B/kernel/lib"
  intools depmod -b "$B/kernel" "$(kernel_version)"
  cd "$B/kernel/usr/lib/modules/$(kernel_version)"
  local pattern
  sed 's/#.*//; s#/$#/*#' "$HERE/kernel/modules.common" "$HERE/kernel/modules.$ARCH" ${BOARD:+"$HERE/kernel/modules.$BOARD"} | while read -r pattern; do
    [ -z "$pattern" ] || find kernel -type f -path "kernel/$pattern"
  done | sort -u >"$TMP/wanted"
  awk -F': *' 'NR == FNR { wanted[$0]; next } $1 in wanted { print $1; n = split($2, needs, " "); for (i = 1; i <= n; i++) print needs[i] }' \
    "$TMP/wanted" modules.dep | sort -u >"$TMP/kept"
  find kernel -type f | sort | comm -23 - "$TMP/kept" | xargs rm -f
  find kernel -depth -type d -empty -delete
  cd - >/dev/null
}

# The processors' own corrections: the kernel takes them only before everything else, so they lie in front of the initrd. Not those
# of large servers (Xeon Scalable and newer), which have more bytes than all others together; their firmware brings them.
processor_updates() {
  local firmware=$A/base/usr/lib/firmware dir=$TMP/ucode
  rm -rf "$dir" "$B/ucode.img"
  [ "$ARCH" = amd64 ] || return 0
  mkdir -p "$dir/kernel/x86/microcode"
  (cd "$firmware/intel-ucode" && ls | grep -v -E '^06-(55|56|6a|6c|8f|ad|ae|af|cf)-' | xargs cat) >"$dir/kernel/x86/microcode/GenuineIntel.bin"
  cat "$firmware"/amd-ucode/*.bin >"$dir/kernel/x86/microcode/AuthenticAMD.bin"
  find "$dir" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  intools sh -euc 'cd "$1"; find . -mindepth 1 | sort | cpio --quiet --reproducible -R 0:0 -H newc -o >"$2"' _ "$dir" "$B/ucode.img"
}

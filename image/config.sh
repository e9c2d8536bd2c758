# shellcheck shell=bash disable=SC2034 # what is built; read by build.sh, every line can be overridden from the environment
: "${ARCH:=amd64}"                 # amd64 | arm64
: "${DEV:=0}"                      # 1: root shell on the second serial line, trusts the development root; never for a clinic
: "${BOARD:=}"                 # pi, with ARCH=arm64: for the firmware of the Raspberry Pi 4 and 5; else UEFI
: "${PRODUCT:=rohrpost-${BOARD:-$ARCH}}"     # RAUC's "compatible": a bundle for another product is refused
: "${MIN_BUNDLE_VERSION:=0.1.0}"   # RAUC refuses anything older, whoever signed it
: "${DOWNGRADE:=0}"                # 1: the bundle may replace a newer version (stands in its signed manifest)
: "${OPERATOR:=}"                  # a JSON file with the operator's defaults, baked in
: "${KEYS:=}"                      # folder: root.pem (one or more roots), signer.pem, signer.key; needed unless DEV=1
: "${SB_KEYS:=}"                   # folder: db.pem, db.key; signs everything for Secure Boot with your own keys
: "${BREAK:=}"                     # tests only, with DEV=1: service | verity | hang
: "${FRESH:=0}"                    # 1: fetch the Debian packages again, whatever is cached
: "${WORK:=$TOP/build/image/work}" # scratch, kept between builds
: "${OUT:=$TOP/build/image/out}"

# Debian 13: systemd 257, RAUC 1.13, Linux 6.12, GRUB 2.12. The machine that builds may run 12 or 13.
SUITE=trixie
# Sizes in MiB. Two root slots, each twice what the image fills today: a slot can not grow in the field.
ESP_MB=64 BOOT_MB=96 ROOT_MB=640
# How the bundle is packed: zstd level, and the block that a box must fetch to get at 4 KiB of it.
: "${BUNDLE_LEVEL:=15}"
BUNDLE_BLOCK=64K

case $ARCH in
  amd64) NODE_CPU=x64 EFI=x64 GRUB=x86_64-efi BOOT_EFI=BOOTX64.EFI SERIAL=ttyS0
    ROOT_TYPE=4f68bce3-e8cd-4db1-96e7-fbcaf984b709 ;;
  arm64) NODE_CPU=arm64 EFI=aa64 GRUB=arm64-efi BOOT_EFI=BOOTAA64.EFI SERIAL=ttyAMA0
    ROOT_TYPE=b921b045-1df0-41c3-af44-4c6f280d3fae ;;
  *) echo "image: ARCH is amd64 or arm64, not '$ARCH'" >&2; exit 64 ;;
esac

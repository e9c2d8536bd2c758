#!/bin/bash
# Boots an image in QEMU and prints the page's address; Ctrl-C (or the box itself) ends it.
#   scripts/qemu.sh IMAGE [FOLDER]      FOLDER keeps the disk and its state between runs (default: a temporary one)
#   ARCH=amd64|arm64  MEM=1024  TPM=1 (a TPM 2.0)  SB=1 (Secure Boot firmware)  VARS=file (its variables)  KVM=1
#   HTTPS=8443 DICOM=11112: ports on 127.0.0.1, 0 for any free one      SNAPSHOT=1: forget what the box writes
set -euo pipefail
image=$(readlink -f "${1:?the image}")
: "${ARCH:=amd64}" "${MEM:=1024}" "${TPM:=0}" "${SB:=0}" "${KVM:=0}" "${HTTPS:=8443}" "${DICOM:=11112}" "${SNAPSHOT:=0}"
say() { printf 'qemu: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

pids=()
end() {
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  [ -z "${temporary:-}" ] || rm -rf "$temporary"
}
trap end EXIT
trap 'exit 130' INT TERM

if [ -n "${2:-}" ]; then mkdir -p "$2"; else temporary=$(mktemp -d); fi
run=$(readlink -f "${2:-$temporary}")
# The box writes into a layer of its own; the image stays as it was built. 8 GiB, so that the data partition has room.
disk=$run/disk.qcow2
[ -e "$disk" ] || qemu-img create -q -f qcow2 -b "$image" -F raw "$disk" 8G

free() { # a port nobody listens on
  local port=$1
  if [ "$port" = 0 ]; then
    for port in $(shuf -i 20000-60000 -n 50); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break; done
  fi
  echo "$port"
}
https=$(free "$HTTPS") dicom=$(free "$DICOM")

accel=(-accel 'tcg,thread=multi,tb-size=512')
[ "$KVM" != 1 ] || accel=(-accel kvm)
case $ARCH in
  amd64)
    qemu=qemu-system-x86_64 code=/usr/share/OVMF/OVMF_CODE_4M.fd vars=/usr/share/OVMF/OVMF_VARS_4M.fd
    machine=(-M q35 -cpu max -vga std -device i6300esb -action watchdog=reset) tpm=tpm-tis
    [ "$KVM" != 1 ] || machine=(-M q35 -cpu host -vga std -device i6300esb -action watchdog=reset)
    [ "$SB" != 1 ] || {
      code=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd
      machine+=(-global driver=cfi.pflash01,property=secure,value=on -machine smm=on)
    } ;;
  arm64)
    qemu=qemu-system-aarch64 code=/usr/share/AAVMF/AAVMF_CODE.fd vars=/usr/share/AAVMF/AAVMF_VARS.fd
    machine=(-M virt,gic-version=3 -cpu cortex-a72) tpm=tpm-tis-device
    [ "$SB" != 1 ] || fail 'SB=1 is for amd64' ;;
  *) fail "ARCH is amd64 or arm64, not '$ARCH'" ;;
esac
command -v $qemu >/dev/null && [ -e "$code" ] || fail "$qemu or its firmware is missing: scripts/setup.sh image"
[ -e "$run/vars.fd" ] || cp "${VARS:-$vars}" "$run/vars.fd"

if [ "$TPM" = 1 ]; then
  mkdir -p "$run/tpm"
  swtpm socket --tpm2 --tpmstate dir="$run/tpm" --ctrl type=unixio,path="$run/tpm.sock" --terminate &
  pids+=($!)
  for _ in $(seq 50); do [ -S "$run/tpm.sock" ] && break; sleep 0.1; done
  machine+=(-chardev "socket,id=tpm,path=$run/tpm.sock" -tpmdev emulator,id=tpm0,chardev=tpm -device $tpm,tpmdev=tpm0)
fi
[ "$SNAPSHOT" != 1 ] || machine+=(-snapshot)

say "console: $run/console.log; a development image has a root shell: socat - UNIX:$run/shell.sock"
$qemu "${machine[@]}" "${accel[@]}" -name rohrpost -smp 2 -m "$MEM" -nodefaults -display none \
  -drive if=pflash,format=raw,unit=0,readonly=on,file="$code" -drive if=pflash,format=raw,unit=1,file="$run/vars.fd" \
  -drive if=none,id=disk,format=qcow2,file="$disk",discard=unmap -device virtio-blk-pci,drive=disk,bootindex=1 \
  -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$https-:443,hostfwd=tcp:127.0.0.1:$dicom-:104" \
  -device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci \
  -chardev "file,id=console,path=$run/console.log" -serial chardev:console \
  -chardev "socket,id=shell,path=$run/shell.sock,server=on,wait=off" -serial chardev:shell \
  -monitor "unix:$run/monitor.sock,server=on,wait=off" &
machine_pid=$!
pids+=("$machine_pid")

started=$SECONDS
until curl --silent --insecure --max-time 5 --output /dev/null "https://127.0.0.1:$https/"; do
  kill -0 "$machine_pid" 2>/dev/null || fail "QEMU ended: $(tail -n 5 "$run/console.log")"
  [ $((SECONDS - started)) -lt 600 ] || fail "no page after 600 s; last words on the console: $(tail -n 5 "$run/console.log")"
  sleep 1
done
say "the page answered $((SECONDS - started)) s after power-on; DICOM: 127.0.0.1:$dicom"
echo "https://127.0.0.1:$https/"
wait "$machine_pid"

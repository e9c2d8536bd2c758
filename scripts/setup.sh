#!/bin/sh
# Makes a bare Debian machine (12 or newer, with Node.js 20 or newer and npm) ready for `make test` and `make demo`:
# Debian packages that serve as peers in tests, and the npm packages of the lock file (the right Node.js among them).
# With words, only for these: `image` builds the appliance image, `arm64` that of the other architecture too, `qemu` boots them.
# Does nothing where everything is there. Starts no service and leaves running ones alone.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

peers='dcmtk orthanc python3-pydicom gnupg postfix dovecot-imapd dovecot-lmtpd samba smbclient openssl strace faketime chromium fonts-dejavu-core rauc dbus-daemon squashfs-tools'
builder='mmdebstrap debian-archive-keyring arch-test uidmap openssl git'
machine='qemu-system-x86 qemu-utils ovmf swtpm swtpm-tools mtools fdisk iproute2 curl'
arm='qemu-user-static qemu-system-arm qemu-efi-aarch64'
wanted=
for part; do
  case $part in
    image) wanted="$wanted $builder" ;;
    arm64) wanted="$wanted $builder $arm" ;;
    qemu) wanted="$wanted $machine" ;;
    *) echo "setup: for what? image, arm64 or qemu" >&2; exit 64 ;;
  esac
done
[ $# -gt 0 ] || wanted=$peers

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
quietly() { "$@" >"$log" 2>&1; }

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The services of the packages would start at once, and at every boot. We want the programs only: a policy for the time of
# the installation forbids the first, where the machine has no policy of its own; `disable` undoes the second.
install_peers() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f "$log"; $root rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
    $root chmod 755 $policy
  fi
  echo 'postfix postfix/main_mailer_type select No configuration' | $root debconf-set-selections
  apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y"
  # shellcheck disable=SC2086 # a list of words
  { quietly $apt update && quietly $apt install --no-install-recommends "$@"; } || fail "apt-get failed: $(cat "$log")"
  if [ -d /run/systemd/system ]; then
    for package; do
      case $package in
        orthanc | postfix) services=$package ;;
        dovecot-imapd) services='dovecot.service dovecot.socket' ;;
        samba) services='smbd nmbd samba-ad-dc' ;;
        *) continue ;;
      esac
      # shellcheck disable=SC2086 # a list of words
      $root systemctl --quiet disable $services 2>/dev/null || true
    done
  fi
}

if command -v dpkg-query >/dev/null; then
  missing=
  for package in $wanted; do installed "$package" || missing="$missing $package"; done
  if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then root=; else root=sudo; fi
    [ -z "$root" ] || command -v sudo >/dev/null || fail "please install these as root:$missing"
    say "installing$missing"
    # shellcheck disable=SC2086 # a list of words
    install_peers $missing
  fi
else
  say "this is not Debian; needed:$wanted"
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  command -v npm >/dev/null || fail 'npm is missing (Node.js 20 or newer)'
  say 'installing npm packages'
  quietly npm ci --no-progress --loglevel=error || fail "npm could not install the packages: $(cat "$log")"
fi
node_modules/.bin/node -e 'process.exit(process.versions.node.startsWith("24.") ? 0 : 1)' ||
  fail 'Node.js 24 is not in node_modules: no build of it for this machine? (x64 and arm64 have one)'

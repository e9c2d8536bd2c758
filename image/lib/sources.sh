# shellcheck shell=bash # where Debian comes from: the mirrors, keys and proxies that this machine's own apt uses

# The first address that apt knows for a Debian archive of this label.
mirror() {
  # shellcheck disable=SC2016 # apt's own placeholders
  apt-get indextargets --format '$(LABEL)|$(REPO_URI)|$(SIGNED_BY)' 'Identifier: Packages' 2>/dev/null |
    awk -F'|' -v label="$1" '$1 == label { print $2 " " $3; exit }'
}

find_sources() {
  local uri key security
  read -r uri key <<<"${MIRROR:-$(mirror Debian)}" || true
  read -r security _ <<<"${SECURITY_MIRROR:-$(mirror Debian-Security)}" || true
  [ -n "$uri" ] && [ -n "$security" ] || fail "apt on this machine knows no Debian archive (labels Debian and Debian-Security).
  Run 'apt-get update' as root; if this machine is not Debian, say MIRROR=<address> SECURITY_MIRROR=<address>."
  KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
  case $key in /*) [ ! -e "$key" ] || KEYRING=$key ;; esac
  [ -e "$KEYRING" ] || fail "$KEYRING is missing: install the package debian-archive-keyring"
  local line="[signed-by=$KEYRING] %s %s main non-free-firmware\n"
  # shellcheck disable=SC2059 # the line is the format
  SOURCES=$(printf "deb $line" "$uri" "$SUITE" "$uri" "$SUITE-updates" "$security" "$SUITE-security")
  # Proxies, credentials' options, and whether an old snapshot may be used, as this machine has them.
  mapfile -t APT_OPTIONS < <(apt-config dump | grep -E '^Acquire::(https?::|Retries|Check-)' | sed "s/;$//; s/^/--aptopt=/")
}

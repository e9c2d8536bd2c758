# shellcheck shell=bash disable=SC2153 # words for the log, stages that know whether their inputs changed, and rooms to run commands in

say() { printf 'image: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# The commit's time is every file's time, so that two builds of one commit are the same.
: "${SOURCE_DATE_EPOCH:=$(git -C "$TOP" log -1 --format=%ct 2>/dev/null || echo 1767225600)}"
: "${VERSION:=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$TOP/package.json")}"
export SOURCE_DATE_EPOCH VERSION ARCH DEV LC_ALL=C.UTF-8 TZ=UTC

become_root() {
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail 'building needs root (chroots, mount namespaces): run as root, or install sudo'
    say 'building needs root (chroots, mount namespaces): asking sudo'
    exec sudo --preserve-env=SOURCE_DATE_EPOCH,VERSION,ARCH,BOARD,DEV,PRODUCT,MIN_BUNDLE_VERSION,DOWNGRADE,OPERATOR,KEYS,SB_KEYS,BREAK,BUNDLE_LEVEL,FRESH,WORK,OUT,MIRROR,SECURITY_MIRROR,http_proxy,https_proxy,no_proxy \
      "$HERE/build.sh" "$@"
  fi
  # What is mounted while building goes with us, also if we are killed: nobody must find /proc in a folder that is to be removed.
  [ "${MOUNTS:-}" = ours ] || MOUNTS=ours exec unshare --mount --propagation private "$HERE/build.sh" "$@"
}

# Folders, one build at a time on them, and a temporary folder that goes with us.
prepare() {
  [[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "VERSION must be like 1.2.3 or 1.2.3-rc.1, not '$VERSION'"
  [ -z "$BREAK" ] || [ "$DEV" = 1 ] || fail 'BREAK is for development images: DEV=1'
  mkdir -p "$WORK/$ARCH" "$WORK/${BOARD:-$ARCH}" "$WORK/debs" "$OUT"
  WORK=$(readlink -f "$WORK") OUT=$(readlink -f "$OUT")
  T=$WORK/tools A=$WORK/$ARCH B=$WORK/${BOARD:-$ARCH} NAME=rohrpost-$VERSION-${BOARD:-$ARCH}
  exec 9>"$WORK/lock"
  flock -n 9 || { say 'another build works in this folder: waiting'; flock 9; }
  TMP=$(mktemp -d "$WORK/tmp.XXXXXX")
  trap 'rm -rf "$TMP"' EXIT
  TIMES=()
}

# What stands for the inputs of a stage: `@name` another stage, a path (below image/, or absolute) its content, else the word itself.
digest() {
  local input
  for input; do
    case $input in
      @*) cat "$(home "${input#@}")/${input#@}.key" ;;
      *)
        [ "${input#/}" != "$input" ] || [ ! -e "$HERE/$input" ] || input=$HERE/$input
        if [ -e "$input" ]; then
          printf '%s\n' "${input#"$TOP"}"
          tar -C "$(dirname "$input")" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$(basename "$input")"
        else printf '%s\n' "$input"; fi ;;
    esac
  done | sha256sum | cut -c1-64
}
# Where a stage leaves its result: for all, for one architecture, for one board of it.
home() {
  case $1 in
    tools | emulator) echo "$WORK" ;;
    base | modules | program | initrdtree) echo "$A" ;;
    *) echo "$B" ;;
  esac
}

# stage NAME INPUT…: runs make_NAME unless its result was made from the same inputs.
stage() {
  local name=$1 started=$SECONDS key file
  shift
  file=$(home "$name")/$name.key
  key=$(digest "$@")
  if [ "$(cat "$file" 2>/dev/null)" = "$key" ]; then return; fi
  say "$name"
  rm -f "$file"
  "make_$name"
  echo "$key" >"$file"
  TIMES+=("$name $((SECONDS - started)) s")
}

# intools COMMAND…: in the tools tree (Debian 13: a new RAUC, ukify, erofs, GRUB), which sees our folders where they are.
intools() {
  local folders=("$TOP" "$WORK" "$OUT")
  [ -z "$KEYS" ] || folders+=("$KEYS")
  [ -z "$SB_KEYS" ] || folders+=("$SB_KEYS")
  # shellcheck disable=SC2016 # for the inner shell
  unshare -m --propagation private bash -euc '
    T=$1; shift
    while [ "$1" != -- ]; do mkdir -p "$T$1"; mount --rbind "$1" "$T$1"; shift; done; shift
    mount -t proc proc "$T/proc"; mount --rbind /dev "$T/dev"
    exec chroot "$T" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC \
      SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" DEBIAN_FRONTEND=noninteractive \
      ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} "$@"
  ' _ "$T" "${folders[@]}" -- "$@"
}

# The words of list files, comments gone, separated by commas.
list() { sed 's/#.*//' "$@" | xargs | tr ' ' ','; }

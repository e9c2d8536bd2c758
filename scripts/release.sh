#!/bin/bash
# Everything that a release is: images, bundles, bills of materials, licences, the list of sources, checksums, signature.
#   make release VERSION=1.2.3 KEYS=folder [TARGETS="amd64 arm64 pi"] [RELEASE=folder]
# KEYS is what `rohrpost-fleet keys make` made. SIGN_KEY may be a pkcs11: URI (docs/operator.md).
set -euo pipefail
TOP=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$TOP"
fail() { echo "release: $*" >&2; exit 1; }

: "${VERSION:?which version? make release VERSION=1.2.3}"
: "${KEYS:?with whose keys? KEYS=folder; “scripts/rohrpost-fleet keys make” makes one}"
: "${TARGETS:=amd64}"
: "${WORK:=$TOP/build/image/work}" "${OUT:=$TOP/build/image/out}"
: "${RELEASE:=$TOP/build/release/$VERSION}"
KEYS=$(readlink -f "$KEYS")
: "${SIGN_KEY:=$KEYS/signer.key}"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH VERSION KEYS WORK OUT
umask 022

[[ $VERSION =~ ^[0-9]+(\.[0-9]+){1,3}(-[0-9A-Za-z.-]+)?$ ]] || fail "'$VERSION' is no version"
[ -z "$(git status --porcelain)" ] || fail 'the work tree is not clean: what is released must be a commit'
[ ! -e "$RELEASE" ] || fail "$RELEASE is there already: a version is never replaced"
for file in root.pem signer.pem; do [ -e "$KEYS/$file" ] || fail "$file is missing in $KEYS"; done
! openssl x509 -in "$KEYS/signer.pem" -noout -subject | grep -q DEVELOPMENT || fail 'these are development keys'

# Beside its place until it is whole.
new=$RELEASE.new
rm -rf "$new"
mkdir -p "$new"
trap 'rm -rf "$new"' EXIT

npm sbom --sbom-format cyclonedx --omit dev >"$new/npm.json"

for target in $TARGETS; do
  case $target in
    pi) export ARCH=arm64 BOARD=pi ;;
    *) export ARCH=$target BOARD= ;;
  esac
  image/build.sh both
  name=rohrpost-$VERSION-$target
  root=$WORK/$target/rootfs
  cp "$OUT/$name.raucb" "$new/"
  xz -T0 -3 --stdout "$OUT/$name.img" >"$new/$name.img.xz"
  node scripts/sbom.ts --packages "$OUT/$name.packages.tsv" --npm "$new/npm.json" --docs "$root/usr/share/doc" \
    --product "rohrpost-$target" --version "$VERSION" >"$new/$name.cdx.json"
  # The written offer: the sources of exactly these versions (GPL-2 §3, GPL-3 §6).
  { printf 'source\tversion\n'; awk -F '\t' '{ print ($4 ? $4 : $1) "\t" ($5 ? $5 : $2) }' "$OUT/$name.packages.tsv" | sort -u; } \
    >"$new/$name.sources.tsv"
  node scripts/licences.ts --root "$root" --modules "$WORK/$ARCH/modules/node_modules" --product "rohrpost-$target" --version "$VERSION" >"$new/$name.licences.txt"
done
rm "$new/npm.json"
cp "$KEYS/root.pem" "$new/rohrpost-$VERSION.root.pem"

(cd "$new" && sha256sum -- * >SHA256SUMS)
openssl cms -sign -binary -md sha256 -in "$new/SHA256SUMS" -signer "$KEYS/signer.pem" -inkey "$SIGN_KEY" -outform DER -out "$new/SHA256SUMS.p7s"
(cd "$new" && openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile "$KEYS/root.pem" \
  -no-CApath -no-CAstore -purpose any -out /dev/null 2>/dev/null) || fail 'the signature does not verify'
mv "$new" "$RELEASE"
echo "$RELEASE:"
(cd "$RELEASE" && ls -l | awk 'NR > 1 { printf "  %-44s %6.1f MB\n", $9, $5 / 1e6 }')
cat <<E2
To verify, with the root from a place you trust:
  openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile root.pem -no-CApath -no-CAstore -purpose any -out /dev/null && sha256sum -c SHA256SUMS
E2

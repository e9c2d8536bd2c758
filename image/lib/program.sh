# shellcheck shell=bash # our program as it lies in the image: bundled, with the built page, packages that cannot be bundled, Node.js

# Packages that stay what they are, and what these need: see program.vite.ts.
APART='better-sqlite3 piscina node-smb2 des.js js-md4 moment-timezone inherits minimalistic-assert moment dcmjs-imaging dcmjs-codecs dcmjs loglevel loglevel-plugin-prefix'

make_modules() {
  local dir=$A/modules
  rm -rf "$dir"
  mkdir -p "$dir"
  cp "$TOP/package.json" "$TOP/package-lock.json" "$dir/"
  (cd "$dir" && npm ci --silent --omit=dev --ignore-scripts --no-audit --no-fund --os=linux --cpu="$NODE_CPU" --libc=glibc) ||
    fail 'npm could not install the packages of the lock file'
  [ -x "$dir/node_modules/.bin/node" ] || fail "the lock file has no Node.js for $ARCH"
}

make_program() {
  local dir=$A/program modules=$A/modules/node_modules package
  rm -rf "$dir"
  mkdir -p "$dir/scripts" "$dir/build" "$dir/node_modules/.bin"
  [ -e "$TOP/build/page/index.html" ] || fail "the page is not built: make page"
  "$TOP/node_modules/.bin/vite" build --config "$HERE/lib/program.vite.ts" --outDir "$dir/build/program"
  cp -a "$TOP/package.json" "$TOP/LICENSE" "$TOP/NOTICE" "$dir/"
  cp -a "$TOP/build/page" "$dir/build/"
  cp -a "$TOP/scripts/rohrpost" "$dir/scripts/"
  "$TOP/node_modules/.bin/node" "$TOP/scripts/licences.ts" --modules "$modules" --product Rohrpost >"$dir/LICENCES"
  for package in $APART "node-linux-$NODE_CPU"; do cp -a "$modules/$package" "$dir/node_modules/"; done
  cp -a "$modules/.bin/node" "$dir/node_modules/.bin/"
  prune_modules "$dir/node_modules"
  chown -R 0:0 "$dir"
  chmod -R u=rwX,go=rX "$dir"
  if [ "$ARCH" = "$(dpkg --print-architecture)" ]; then
    # Where no folder above it has packages, too.
    mkdir -p "$T/mnt" && mount --bind "$dir" "$T/mnt"
    intools /mnt/node_modules/.bin/node "$HERE/lib/loads.ts" /mnt/build/program >/dev/null || fail 'the bundled program does not load'
    umount "$T/mnt"
  fi
}

# What Node.js never loads at run time: sources, types, maps, documents, builds for other loaders and machines.
prune_modules() {
  (
    cd "$1"
    rm -rf better-sqlite3/{deps,src,binding.gyp} node-linux-*/{include,share,CHANGELOG.md} dcmjs/{generate,build/*.min.js} dcmjs-*/build/index.html \
      moment/{min,src,dist,locale} moment-timezone/{builds,data/meta,data/unpacked} js-md4/build
    find better-sqlite3/prebuilds -type f ! -name "linux-$NODE_CPU.node" -delete
    find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -iname '*.md' -a ! -iname 'licen*' \) -delete
    for package in $APART; do rm -rf "$package"/{test,doc,docs,examples,benchmark,.github}; done
    find . -depth -type d -empty -delete
    # The same 4 MB twice: one file with two names.
    cmp dcmjs-codecs/build/dcmjs-native-codecs.wasm dcmjs-imaging/build/dcmjs-native-codecs.wasm &&
      ln -f dcmjs-codecs/build/dcmjs-native-codecs.wasm dcmjs-imaging/build/dcmjs-native-codecs.wasm
  )
}

# shellcheck shell=bash # our program as it lies in the image: sources, built page, production packages of the lock file, Node.js

make_modules() {
  local dir=$A/modules
  rm -rf "$dir"
  mkdir -p "$dir"
  cp "$TOP/package.json" "$TOP/package-lock.json" "$dir/"
  (cd "$dir" && npm ci --silent --omit=dev --ignore-scripts --no-audit --no-fund --os=linux --cpu="$NODE_CPU" --libc=glibc) ||
    fail 'npm could not install the packages of the lock file'
  [ -x "$dir/node_modules/.bin/node" ] || fail "the lock file has no Node.js for $ARCH"
  prune_modules "$dir/node_modules"
}

# What Node.js never loads at run time: sources, types, maps, documents, tests, and builds for other loaders. Licences stay.
# lib/loads.ts proves that nothing else went.
prune_modules() {
  cd "$1"
  rm -rf better-sqlite3/{deps,src,binding.gyp} node-linux-*/{include,share,CHANGELOG.md} \
    openpgp/{lightweight,dist/lightweight,dist/openpgp.*,dist/node/openpgp.cjs,dist/node/openpgp.min.*} \
    dcmjs/{generate,build/*.min.js} dcmjs-*/build/index.html pako/dist/*.min.* js-md4/build moment/{min,src,dist,locale} \
    moment-timezone/{builds,data/meta,data/unpacked} node-addon-api @napi-rs
  find better-sqlite3/prebuilds -type f ! -name "linux-$NODE_CPU.node" -delete
  find . -name package.json -printf '%h\n' | while read -r package; do
    rm -rf "$package"/{test,tests,__tests__,doc,docs,example,examples,benchmark,benchmarks,bench,integration,.github,.husky,.vscode}
  done
  find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsx' -o -name '*.flow' \) -delete
  find . -type f \( -iname '*.md' -o -iname '*.markdown' \) ! -iname 'licen*' ! -iname 'notice*' ! -iname 'copying*' -delete
  find . -depth -type d -empty -delete
  # The same 4 MB twice: one file with two names.
  cmp dcmjs-codecs/build/dcmjs-native-codecs.wasm dcmjs-imaging/build/dcmjs-native-codecs.wasm &&
    ln -f dcmjs-codecs/build/dcmjs-native-codecs.wasm dcmjs-imaging/build/dcmjs-native-codecs.wasm
  cd - >/dev/null
}

make_program() {
  local dir=$A/program
  rm -rf "$dir"
  mkdir -p "$dir/scripts" "$dir/build"
  [ -e "$TOP/build/page/index.html" ] || fail "the page is not built: make page"
  cp -a "$TOP/src" "$TOP/package.json" "$TOP/LICENSE" "$TOP/NOTICE" "$dir/"
  rm -rf "$dir/src/web/page" "$dir/src/bench"
  cp -a "$TOP/build/page" "$dir/build/"
  cp -a "$TOP/scripts/rohrpost" "$dir/scripts/"
  cp -a "$A/modules/node_modules" "$dir/"
  chown -R 0:0 "$dir"
  chmod -R u=rwX,go=rX "$dir"
  if [ "$ARCH" = "$(dpkg --print-architecture)" ]; then
    "$dir/node_modules/.bin/node" "$HERE/lib/loads.ts" "$dir" >/dev/null || fail 'the pruned program does not load'
  fi
}

# shellcheck shell=bash # what was made, how large it is, how long it took

mb() { echo "$((($1 + 524288) / 1048576)) MB"; }
bytes() { du -sb "$1" | cut -f1; }

report() {
  local file
  [ ${#TIMES[@]} -eq 0 ] || printf '%s\n' "${TIMES[@]}" | paste -sd, | sed 's/,/, /g; s/^/image: /' >&2
  echo "root image $(mb "$(stat -c %s "$B/root.img")"), initrd $(mb "$(stat -c %s "$B/initrd.img")"), program $(mb $(($(bytes "$A/program") - $(bytes "$A"/program/node_modules/node-linux-*)))), Node.js $(mb "$(bytes "$A"/program/node_modules/node-linux-*)")"
  for file in "$OUT/$NAME.img" "$OUT/$NAME.raucb"; do
    [ ! -e "$file" ] || echo "$file: $(mb "$(stat -c %s "$file")"), $(mb $(($(stat -c '%b * 512' "$file")))) on disk"
  done
  if [ -n "${SUDO_UID:-}" ]; then chown -R "$SUDO_UID:$SUDO_GID" "$OUT"; fi
}

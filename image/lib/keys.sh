# shellcheck shell=bash # the keys that sign the bundle and that the image trusts

find_keys() {
  if [ "$DEV" = 1 ]; then
    KEYS=$TOP/build/image/keys
    development_keys
  elif [ -z "$KEYS" ]; then
    fail 'a release image needs KEYS=<folder with root.pem, signer.pem, signer.key>; for an image to try out: DEV=1'
  fi
  KEYS=$(readlink -f "$KEYS")
  local file
  for file in root.pem signer.pem signer.key; do [ -e "$KEYS/$file" ] || fail "$KEYS/$file is missing"; done
  if [ "$DEV" != 1 ] && of_development "$KEYS/root.pem"; then
    fail "$KEYS/root.pem has a development root: a release image must not trust it"
  fi
  if [ -n "$SB_KEYS" ]; then
    SB_KEYS=$(readlink -f "$SB_KEYS")
    [ -e "$SB_KEYS/db.key" ] && [ -e "$SB_KEYS/db.pem" ] || fail "$SB_KEYS needs db.pem and db.key"
  fi
}

# Whether any of a file's certificates is of development: ours say so in small letters, those of rohrpost-fleet in capitals.
of_development() {
  local names
  names=$(openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout) || fail "$1 cannot be read"
  grep -qi 'development root' <<<"$names"
}

# Made once on this machine, never committed, trusted by DEV images only.
development_keys() {
  [ ! -e "$KEYS/signer.pem" ] || return 0
  say "making development keys in $KEYS"
  mkdir -p "$KEYS/secure-boot"
  chmod 700 "$KEYS"
  (
    cd "$KEYS"
    exec 2>openssl.log
    openssl req -x509 -newkey rsa:3072 -nodes -keyout root.key -out root.pem -days 7300 -subj '/O=Rohrpost development/CN=development root' \
      -addext basicConstraints=critical,CA:TRUE,pathlen:1 -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req -newkey rsa:3072 -nodes -keyout signer.key -out signer.csr -subj '/O=Rohrpost development/CN=development signer'
    openssl x509 -req -in signer.csr -CA root.pem -CAkey root.key -set_serial 2 -days 3650 -out signer.part -extfile <(
      printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,codeSigning\n'
      printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n')
    for name in PK KEK db; do
      openssl req -x509 -newkey rsa:2048 -nodes -sha256 -keyout "secure-boot/$name.key" -out "secure-boot/$name.pem" -days 7300 \
        -subj "/O=Rohrpost development/CN=Secure Boot $name"
    done
    rm signer.csr
    mv signer.part signer.pem
  ) || fail "openssl failed: $(cat "$KEYS/openssl.log")"
}

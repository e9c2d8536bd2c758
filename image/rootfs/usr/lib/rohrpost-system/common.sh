# shellcheck shell=bash # words that the scripts of the system share
facts=/run/rohrpost-system # facts of this boot, world-readable
kept=/data/system          # what the caretaker decided; root's own
# What must outlast the data partition, on the EFI system partition:
#   confirmed-A, confirmed-B  hash of the root that proved itself in this slot     fell-back     "VERSION CODE"
#   data-made                 this disk has had data                               data.key      where there is no TPM
#   factory-reset             to be done at the next start                         asked-again  see fall-back
esp=/efi/rohrpost
counters=/efi/EFI/BOOT/grubenv # of the boot loader; a Raspberry Pi has others

say() { echo "${0##*/}: $*"; }

# line MAX FILE: its first line, at most so many bytes; nothing where there is none.
line() { [ ! -r "$2" ] || head -c "$1" "$2" | head -1; }

# One line of a fact; nothing where there is none.
fact() { cat "$facts/$1" 2>/dev/null || true; }

# replace FILE: writes its input to FILE so that a power cut leaves the old content or the new.
replace() {
  mkdir -p "${1%/*}" && cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1" && sync -f "${1%/*}"
}

slot_booted() { grep -o 'rauc\.slot=[AB]' /proc/cmdline | head -1 | cut -d= -f2; }
root_hash() { grep -o 'roothash=[0-9a-f]*' /proc/cmdline | head -1 | cut -d= -f2; }

# tries_ran_out SLOT: it is the boot loader's first choice and may be started, but was left after three tries.
tries_ran_out() {
  [ -e $counters ] && grub-editenv $counters list |
    awk -F= -v slot="$1" '{ is[$1] = $2 } END { exit !(index(is["ORDER"], slot) == 1 && is[slot "_OK"] == 1 && is[slot "_TRY"] == 3) }'
}

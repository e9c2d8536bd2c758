# shellcheck shell=bash # trees of Debian packages: the tools of the build, the kernel, the base of the root file system

# Programs of another architecture run by qemu-user, once the kernel knows to ask it.
foreign_programs() {
  local cpu registry=/proc/sys/fs/binfmt_misc
  [ "$ARCH" != "$(dpkg --print-architecture)" ] || return 0
  case $ARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; esac
  [ -e $registry/register ] || mount -t binfmt_misc binfmt_misc $registry || fail 'this kernel has no binfmt_misc'
  [ -e "$registry/qemu-$cpu" ] || cat "/usr/lib/binfmt.d/qemu-$cpu.conf" >$registry/register ||
    fail "programs for $ARCH do not run here: install the package qemu-user-static"
}

# bootstrap TREE ARCH VARIANT PACKAGES [OPTION…]
bootstrap() {
  local tree=$1 arch=$2 variant=$3 packages=$4
  shift 4
  rm -rf "$tree"
  # Fetched packages are kept; they are checked against the archive's signed index each time they are used.
  printf '%s\n' "$SOURCES" | nice mmdebstrap --quiet --mode=root --format=directory --variant="$variant" --architectures="$arch" \
    --include="$packages" --aptopt='Apt::Install-Recommends "false"' "${APT_OPTIONS[@]}" \
    --skip=essential/unlink --skip=download/empty \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"' --setup-hook="sync-in $WORK/debs /var/cache/apt/archives" \
    --customize-hook="sync-out /var/cache/apt/archives $WORK/debs" "$@" "$SUITE" "$tree" -
  rm -rf "$WORK/debs/partial" "$WORK/debs/lock"
}
without_docs=(--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
  --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/doc/*'
  --dpkgopt='path-include=/usr/share/doc/*/copyright')

make_tools() {
  bootstrap "$T" "$(dpkg --print-architecture)" minbase "$(list "$HERE/packages/tools.list")" "${without_docs[@]}"
  install -D -m644 "$KEYRING" "$T$KEYRING"
  install -m644 "$(readlink -f /etc/resolv.conf)" "$T/etc/resolv.conf"
  chroot "$T" apt-get update -qq
}

# Unpacked, never installed: no initramfs-tools, no maintainer scripts.
make_kernel() {
  rm -rf "$B/kernel"
  mkdir -p "$B/kernel"
  # shellcheck disable=SC2016 # for the inner shell
  intools bash -euc '
    arch=$1; cd "$2"
    if [ "$arch" != "$(dpkg --print-architecture)" ]; then dpkg --add-architecture "$arch"; apt-get update -qq; fi
    image=$(apt-cache depends "linux-image-$arch:$arch" | sed -n "s/.*Depends: \(linux-image-[^ ]*\).*/\1/p" | head -1)
    apt-get download -qq "${image%%:*}:$arch" "grub-common:$arch" "grub-efi-$arch-bin:$arch" "systemd-boot-efi:$arch" "shim-unsigned:$arch"
    dpkg-deb -f linux-image-*.deb Package Version >version
    for deb in *.deb; do dpkg-deb -x "$deb" .; done
    rm -f ./*.deb' _ "$ARCH" "$B/kernel" 2>&1 | { grep -v unsandboxed || true; }
  [ -s "$B/kernel/version" ] || fail 'the kernel package could not be fetched'
  prune_kernel
}

make_base() {
  bootstrap "$A/base" "$ARCH" essential "$(list "$HERE/packages/common.list" "$HERE/packages/$ARCH.list")" "${without_docs[@]}"
}

make_initrdtree() {
  bootstrap "$A/initrdtree" "$ARCH" essential "$(list "$HERE/packages/initrd.list")" "${without_docs[@]}"
}

kernel_version() { ls "$B/kernel/usr/lib/modules"; }

prune_kernel() {
  cd "$B/kernel/usr/lib/modules/$(kernel_version)/kernel"
  rm -rf sound net/{bluetooth,mac80211,wireless,nfc,can,mac802154,ieee802154,6lowpan,batman-adv,appletalk,atm,ax25,dccp,rds,rxrpc,sctp,smc,tipc,sunrpc,ceph,9p,openvswitch,l2tp,mpls,hsr,dsa,lapb,llc,x25,qrtr,rose,netrom,phonet,caif,vmw_vsock} \
    drivers/{gpu,media,staging,infiniband,iio,isdn,bluetooth,comedi,firewire,nfc,input/{joystick,tablet,touchscreen},hid/{surface-hid,amd-sfh-hid,intel-ish-hid},net/{wireless,wwan,hamradio,can,arcnet,fddi,ieee802154,plip,ppp,slip,wireguard},target,platform/surface,mtd,ufs,memstick,w1,power,video,vfio,xen,vdpa,vhost,parport,pcmcia,accel,ntb,hv,char/{pcmcia,xilinx_hwicap},edac,dca,soundwire,greybus,most,rapidio,mmc/host/{vub300,ushc,wbsd}*} \
    fs/{afs,btrfs,ceph,cifs,smb,coda,dlm,gfs2,hfs,hfsplus,jffs2,jfs,nilfs2,nfs,nfsd,ntfs3,ocfs2,orangefs,quota,reiserfs,ubifs,udf,ufs,xfs,f2fs,9p,bcachefs,minix,omfs,befs,bfs,affs,adfs,efs,hpfs,qnx4,qnx6,romfs,sysv,ecryptfs,lockd,exofs,vboxsf,zonefs,freevxfs,cramfs}
  find drivers/scsi -type f ! -name 'scsi_mod.ko*' ! -name 'scsi_common.ko*' ! -name 'sd_mod.ko*' ! -name 'sg.ko*' ! -name 'virtio_scsi.ko*' -delete
  cd - >/dev/null
}

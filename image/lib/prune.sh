# shellcheck shell=bash # what a box does not need goes

prune_rootfs() {
  prune_samba
  cd "$R"
  # no package manager, no Perl, no documents but the licences
  rm -rf etc/{apt,dpkg,cron.*,logrotate.d,debconf.conf,ucf.conf,alternatives/README} usr/lib/{apt,dpkg,locale,valgrind,kernel,kernel-install} \
    usr/bin/{perl*,dpkg*,deb*,apt*,ucf*,localedef,iconv} usr/sbin/dpkg* usr/lib/*-linux-gnu/{perl-base,gconv} usr/share/perl5 \
    usr/share/{doc-base,man,info,locale,lintian,bug,bash-completion,zsh,fish,menu,pixmaps,initramfs-tools,gcc,gdb,libc-bin,debconf,dpkg,debianutils,ucf} \
    usr/share/zoneinfo/{right,posix} usr/lib/systemd/{boot,catalog} usr/lib/udev/hwdb.d usr/lib/modprobe.d/aliases.conf root/.bashrc root/.profile
  find usr/share/doc -type f ! -name copyright -delete
  find usr/share/doc -xtype l -delete
  if [ -d usr/lib/firmware ]; then
    find usr/lib/firmware -mindepth 1 -maxdepth 1 ! -name rtl_nic -exec rm -rf {} + # processors': see processor_updates
  fi
  # the database of device names; commands for networks and disks of another kind; libraries that nothing left is linked with
  rm -rf usr/lib/udev/hwdb.bin usr/sbin/{tc,bridge,arpd,dcb,devlink,rdma,tipc,vdpa,debugfs,ldconfig} usr/lib/*-linux-gnu/{libmvec.so.1,sasl2} \
    usr/lib/*-linux-gnu/lib{db-5.3,sqlite3,lastlog2}.so* usr/lib/*-linux-gnu/security/pam_{userdb,lastlog2}.so usr/bin/lastlog2
  find usr -xdev -name __pycache__ -prune -exec rm -rf {} +
  # what asks for another user's rights is not needed where nobody logs in
  find usr -xdev -type f -perm /6000 -exec chmod ug-s {} +
  cd - >/dev/null
}

# Of Samba only smbclient is used: whatever it is not linked with goes.
prune_samba() {
  chroot "$R" ldd /usr/bin/smbclient | sed -n 's#.* => [^ ]*/\([^ /]*\) .*#\1#p' >"$TMP/linked"
  [ "$(wc -l <"$TMP/linked")" -gt 50 ] || fail 'what smbclient is linked with could not be found'
  # libndr.so.6 is a link to libndr.so.6.0.0: what begins with a linked name stays.
  sed -n 's#^/\(usr/s\?bin/.*\|usr/lib/.*\.so[.0-9]*\)$#\1#p' "$A"/base/var/lib/dpkg/info/{smbclient,samba-*,libsmbclient0*,libwbclient0*}.list | sort -u |
    awk -F/ 'NR == FNR { linked[$0]; next } $NF != "smbclient" { for (name in linked) if (index($NF, name) == 1) next; print }' "$TMP/linked" - |
    (cd "$R" && xargs rm -f)
  chroot "$R" smbclient --version >/dev/null || fail 'smbclient does not start any more'
}

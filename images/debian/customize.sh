#!/bin/sh
# mmdebstrap's last hook; its argument is the image's root directory. What is
# different in every machine must not be in the image.
set -eu
root=$1

chroot "$root" systemctl enable -q systemd-networkd.service systemd-resolved.service ssh.service
chroot "$root" systemctl mask -q apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service

# Its capability would not come through an archive that fakeroot unpacks.
chmod u+s "$root/usr/bin/ping"

rm -f "$root"/etc/ssh/ssh_host_*_key* "$root"/etc/hostname "$root"/var/lib/systemd/random-seed
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
: >"$root/etc/machine-id"

# The packages' settings are as new as the packages: nothing to bring up to date
# at the first boot.
touch "$root/etc/.updated" "$root/var/.updated"
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap

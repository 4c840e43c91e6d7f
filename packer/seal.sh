#!/bin/sh
# Runs in the guest of base.pkr.hcl as root, at last: removes what would be the same
# in every machine made of the image, and the build's own traces; then shuts down.
set -eu

rm -f /etc/ssh/sshd_config.d/00-packer.conf /etc/ssh/ssh_host_*_key* /etc/sudoers.d/90-cloud-init-users
rm -f /etc/netplan/50-cloud-init.yaml /var/lib/systemd/random-seed /root/.bash_history
cloud-init clean --logs
rm -rf /var/log/journal/* /var/tmp/cloud-init
: >/etc/machine-id
rm -f "$0"
# The one who is logged in: by force, of which it warns.
userdel --force --remove packer 2>/dev/null || :
if id packer >/dev/null 2>&1; then
    echo "seal.sh: the build's own user is still there" >&2
    exit 1
fi
fstrim / || :
sync
systemctl poweroff

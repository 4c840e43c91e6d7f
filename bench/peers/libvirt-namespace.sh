#!/bin/sh
# libvirtd in a mount namespace of its own, in which all that it keeps lies in $1:
#   unshare --mount --propagation private sh libvirt-namespace.sh DIRECTORY
# Nothing of the host's is touched: what it would find in /run, /var/lib, /var/log
# and /var/cache is hidden from it, and its changes go with the namespace.
set -eu
directory=$1
for place in /run /var/lib /var/log /var/cache; do
    mount -t tmpfs tmpfs $place
    mkdir $place/libvirt
done
mkdir -p "$directory/run" "$directory/lib" "$directory/cache" "$directory/etc/qemu" /etc/libvirt
mount --bind "$directory/run" /run/libvirt
mount --bind "$directory/lib" /var/lib/libvirt
mount --bind "$directory/cache" /var/cache/libvirt
mount --bind "$directory/etc" /etc/libvirt
# It asks for this user and group before it reads which ones it is to use.
for file in passwd group; do
    cp "/etc/$file" "$directory/$file"
done
grep -q ^libvirt-qemu: /etc/passwd || echo libvirt-qemu:x:0:0::/:/bin/false >>"$directory/passwd"
for name in libvirt-qemu kvm; do
    grep -q "^$name:" /etc/group || echo "$name:x:0:" >>"$directory/group"
done
for file in passwd group; do
    mount --bind "$directory/$file" "/etc/$file"
done
cat >/etc/libvirt/qemu.conf <<QEMU
stdio_handler = "file"
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
namespaces = []
cgroup_controllers = []
QEMU
cat >/etc/libvirt/libvirtd.conf <<LIBVIRTD
auth_unix_rw = "none"
auth_unix_ro = "none"
max_clients = 200
max_workers = 20
LIBVIRTD
exec libvirtd

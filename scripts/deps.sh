#!/usr/bin/env bash
# Installs what is missing of Debian's packages: scripts/deps.sh GROUP...
#
#   build   compile the one binary      image          make build/tiny.qcow2
#   run     run machines                debian-image   make build/debian.qcow2
#   lint    check style and contract    test           run every test
#   packer  build a base image             bench          measure beside peers
#
# Says nothing when nothing is missing. Uses sudo unless root. Elsewhere than on
# Debian it says what is needed and stops with status 1.
set -euo pipefail

# What runs guests of the host's own kind.
emulator="qemu-system-x86:qemu-system-x86_64"
[[ $(uname -m) != aarch64 ]] || emulator="qemu-system-arm:qemu-system-aarch64 qemu-efi-aarch64"

# PACKAGE, or PACKAGE:COMMAND where any source of the command will do.
declare -A groups=(
    [build]="clang:clang zlib1g-dev libsqlite3-dev"
    [run]="$emulator qemu-utils:qemu-img util-linux:setpriv gzip:gzip xz-utils:xz zstd:zstd
           ca-certificates iproute2:ip nftables:nft dnsmasq-base:dnsmasq dnsmasq-utils:dhcp_release"
    [image]="dpkg:dpkg-deb apt:apt-get cpio:cpio lz4:lz4 xz-utils:xz fdisk:sfdisk mtools:mformat syslinux:syslinux
             e2fsprogs:mkfs.ext4 qemu-utils:qemu-img"
    [debian-image]="mmdebstrap:mmdebstrap uidmap:newuidmap fakeroot:fakeroot debian-archive-keyring grub-common:grub-mkimage grub-pc-bin
                    fdisk:sfdisk e2fsprogs:mkfs.ext4 qemu-utils:qemu-img"
    [packer]="packer:packer"
    [test]="qemu-system-arm:qemu-system-aarch64 qemu-efi-aarch64 qemu-guest-agent:qemu-ga xorriso:xorriso genisoimage:isoinfo curl:curl jq:jq socat:socat sqlite3:sqlite3
            openssh-client:ssh cloud-init nodejs:node npm:npm openssl:openssl procps:pgrep strace:strace nftables:nft
            iptables:iptables-nft iproute2:ip iputils-ping:ping python3:python3
            strace:strace busybox:busybox isc-dhcp-client:dhclient bind9-dnsutils:dig"
    [bench]="libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients:virsh python3-libvirt python3-matplotlib python3:python3
             nghttp2-client:h2load curl:curl openssl:openssl util-linux:unshare mount:mount strace:strace"
    [lint]="nodejs:node npm:npm python3:python3 shellcheck:shellcheck systemd:systemd-analyze"
)

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "$0"
}

has_package() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# is_there ENTRY
is_there() {
    if [[ $1 == *:* ]]; then
        PATH=$PATH:/usr/sbin:/sbin command -v "${1#*:}" >/dev/null
    else
        has_package "$1"
    fi
}

main() {
    [[ $# -gt 0 ]] || { usage >&2; exit 2; }
    local group entry missing=()
    for group; do
        [[ -n ${groups[$group]-} ]] || {
            echo "deps.sh: no group \"$group\"; there are: ${!groups[*]}" >&2
            exit 2
        }
        for entry in ${groups[$group]}; do
            is_there "$entry" || missing+=("${entry%%:*}")
        done
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

    if ! command -v apt-get >/dev/null; then
        echo "deps.sh: this is no Debian; install by your own means what these packages of Debian's hold: ${missing[*]}" >&2
        exit 1
    fi
    local as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || {
            echo "deps.sh: neither root nor sudo; let root run: apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        }
        as_root=(sudo)
    fi
    echo "deps.sh: installing ${missing[*]}" >&2
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0)
    # A library for tests here, and no service: at its next start it might take this machine for a new one.
    if [[ " ${missing[*]} " == *" cloud-init "* ]]; then
        "${as_root[@]}" sh -c 'mkdir -p /etc/cloud && : >/etc/cloud/cloud-init.disabled'
    fi
    # Old lists name files that the mirrors no longer have.
    "${install[@]}" update </dev/null >/dev/null
    "${install[@]}" install --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

main "$@"

#!/usr/bin/env bash
# Builds the disk image of "tiny", the guest of the tests and of the demo, from
# Debian's packages: images/tiny/build.sh [OUTPUT.qcow2]
#
# Needs no root and no loop device: packages are unpacked, not installed, and
# every file system is written by a tool that works on plain files. The same
# packages and recipe give the same bytes.
#
# Layout of the 64 MiB disk: MBR with syslinux' boot code; 1 MiB in, a FAT16
# file system with kernel, initramfs and boot menu; after it, ext4 for the
# guest's own data. The system runs from the initramfs.
set -euo pipefail
shopt -s inherit_errexit

recipe=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$recipe/../.." && pwd)
output=$(realpath -m "${1:-$repository/build/tiny.qcow2}")

export SOURCE_DATE_EPOCH=1735689600 # 2025-01-01; mtools and syslinux obey it
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
PATH=$PATH:/usr/sbin:/sbin

readonly mib=1048576
readonly disk_mib=64 boot_start_mib=1 boot_mib=31 data_start_mib=32 data_mib=32
readonly data_uuid=7c6f1e0a-3f0e-4c55-9a3b-74696e790001

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

require() {
    local missing=() tool
    for tool in apt-get apt-cache dpkg-deb cpio lz4 sfdisk mformat mcopy syslinux mkfs.ext4 qemu-img; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [[ ${#missing[@]} -eq 0 ]] || fail "missing: ${missing[*]}; scripts/deps.sh image installs them (Debian)"
    [[ $(uname -m) == x86_64 ]] || fail "the guest is x86-64, and its parts are run while building: build on such a host"
}

# libraries_of PACKAGE: the library packages that it depends on, directly.
libraries_of() {
    apt-cache depends --important "$1" | sed -nE 's/^ +\|?(Pre)?Depends: (lib[^<:]+)$/\2/p'
}

# The package named linux-image-cloud-amd64 is empty and depends on the real one.
packages() {
    local kernel agent_libraries client_libraries library
    kernel=$(apt-cache depends --important linux-image-cloud-amd64 |
        sed -nE 's/^ +Depends: (linux-image-[0-9].*)$/\1/p' | head -n 1)
    [[ -n $kernel ]] || fail "no package linux-image-cloud-amd64: apt-get update first (Debian's main, amd64)"
    agent_libraries=$(libraries_of qemu-guest-agent)
    client_libraries=$(libraries_of wide-dhcpv6-client)
    {
        printf '%s\n' "$kernel" busybox-static qemu-guest-agent "$agent_libraries" wide-dhcpv6-client "$client_libraries"
        for library in $agent_libraries; do libraries_of "$library"; done
    } | sort -u
}

# Unpacks every package into $work/packages.
fetch() {
    local list deb
    list=$(packages)
    mkdir -p "$work/debs" "$work/packages"
    # shellcheck disable=SC2086 # one word per package
    (cd "$work/debs" && apt-get -qq -o APT::Sandbox::User=root download $list) ||
        fail "cannot download: $(tr '\n' ' ' <<<"$list")"
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$work/packages"
    done
}

# install_program ROOT PROGRAM: a program in /usr/sbin and what it loads, where
# its loader looks.
install_program() {
    local root=$1 from=$work/packages loader program=/usr/sbin/$2 library listing
    loader=$(find "$from" -name 'ld-linux-x86-64.so.2' -print -quit)
    mkdir -p "$root/lib64" "$root/usr/lib" "$root/usr/sbin"
    cp -L "$loader" "$root/lib64/ld-linux-x86-64.so.2"
    cp "$from$program" "$root$program"
    # Only the packages' own libraries count, not those of this host.
    listing=$("$loader" --inhibit-cache \
        --library-path "$from/lib/x86_64-linux-gnu:$from/usr/lib/x86_64-linux-gnu" --list "$from$program")
    while read -r library; do
        [[ $library == "$from"/* ]] || fail "$2 loads $library, which no unpacked package has"
        cp -L "$library" "$root/usr/lib/"
    done < <(awk '$2 == "=>" { print $3 }' <<<"$listing" | grep -v ld-linux)
}

# install_modules ROOT: the modules named in the recipe, uncompressed, in one folder.
install_modules() {
    local root=$1 phase module file
    mkdir -p "$root/lib/modules"
    while read -r phase module; do
        [[ -n $phase && $phase != \#* ]] || continue
        file=$(find "$work/packages" -path '*/modules/*' -name "$module.ko*" -print -quit)
        case $file in
        *.ko) cp "$file" "$root/lib/modules/$module.ko" ;;
        *.ko.xz) xz -dc "$file" >"$root/lib/modules/$module.ko" ;;
        *) fail "the kernel has no module $module (images/tiny/rootfs/lib/tiny/modules)" ;;
        esac
    done <"$recipe/rootfs/lib/tiny/modules"
}

# install_busybox ROOT: one binary and a link per command, except where the
# recipe has a command of its own.
install_busybox() {
    local root=$1 busybox applet
    busybox=$(find "$work/packages" -path '*/bin/busybox' -type f -print -quit)
    mkdir -p "$root/bin"
    cp "$busybox" "$root/bin/busybox"
    for applet in $("$busybox" --list); do
        [[ -e $root/bin/$applet || -e $root/sbin/$applet ]] || ln -s busybox "$root/bin/$applet"
    done
}

write_initramfs() {
    local root=$work/root
    mkdir -p "$root"/{proc,sys,dev,run,tmp,data,root,mnt/seed,var/lib/dhcpv6,usr/bin}
    cp -R "$recipe/rootfs/." "$root/"
    install_program "$root" qemu-ga
    # BusyBox asks for IPv4 addresses only.
    install_program "$root" dhcp6c
    install_modules "$root"
    install_busybox "$root"
    ln -s ../run "$root/var/run"
    ln -s /run/resolv.conf "$root/etc/resolv.conf"
    # Whatever the umask and the clone's modes were.
    find "$root" -type d -exec chmod 755 {} +
    find "$root" -type f -exec chmod 644 {} +
    find "$root"/{init,bin,sbin,usr/sbin,usr/lib,lib64,etc/udhcpc} -type f -exec chmod 755 {} +
    find "$root"/lib/tiny -type f ! -name modules -exec chmod 755 {} +
    chmod 1777 "$root/tmp"
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # Linux reads lz4 in its legacy frame only.
    (cd "$root" && find . -print0 | sort -z |
        cpio --quiet --null --create --format=newc --owner=0:0 --reproducible) |
        lz4 -q -l -9 - "$work/initrd"
}

write_disk() {
    local disk=$work/tiny.raw mbr
    cp "$work"/packages/boot/vmlinuz-* "$work/vmlinuz"
    truncate -s "${disk_mib}M" "$disk"
    sfdisk -q "$disk" <<-TABLE
	label: dos
	label-id: 0x74696e79
	start=$((boot_start_mib * 2048)), size=$((boot_mib * 2048)), type=e, bootable
	start=$((data_start_mib * 2048)), size=$((data_mib * 2048)), type=83
	TABLE

    local boot=$disk@@${boot_start_mib}M
    mformat -i "$boot" -T $((boot_mib * 2048)) -c 4 -h 16 -s 63 -H $((boot_start_mib * 2048)) \
        -N 74696e79 -v TINYBOOT ::
    mcopy -i "$boot" "$work/vmlinuz" "$work/initrd" "$recipe/syslinux.cfg" ::
    syslinux -t $((boot_start_mib * mib)) -i "$disk"
    for mbr in /usr/lib/SYSLINUX/mbr.bin /usr/lib/syslinux/mbr/mbr.bin; do
        [[ ! -e $mbr ]] || break
    done
    [[ -e $mbr ]] || fail "syslinux' mbr.bin is missing (Debian: syslinux)"
    dd if="$mbr" of="$disk" bs=440 count=1 conv=notrunc status=none

    truncate -s "${data_mib}M" "$work/data.raw"
    mkfs.ext4 -q -L data -U "$data_uuid" -E hash_seed="$data_uuid",root_owner=0:0,lazy_itable_init=0 \
        -m 0 "$work/data.raw"
    dd if="$work/data.raw" of="$disk" bs=1M seek=$data_start_mib conv=notrunc,sparse status=none
}

main() {
    require
    mkdir -p "$(dirname "$output")"
    work=$(mktemp -d "$(dirname "$output")/.tiny.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    fetch
    write_initramfs
    write_disk
    # In order (no -W): out of order is faster and lays clusters out anew each time.
    qemu-img convert -q -f raw -O qcow2 "$work/tiny.raw" "$work/tiny.qcow2"
    mv "$work/tiny.qcow2" "$output"
    echo "$output: $(du -h --apparent-size "$output" | cut -f 1), kernel $(basename "$work"/packages/boot/vmlinuz-*)"
}

main

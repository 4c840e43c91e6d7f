#!/usr/bin/env bash
# Builds the disk image of "debian", a real cloud image of Debian 12 with
# cloud-init and the QEMU guest agent, from Debian's packages:
# images/debian/build.sh [--without-agent] [OUTPUT.qcow2]
#
# Needs no loop device, and no root where mmdebstrap doesn't (see its man page on
# modes: entries in /etc/subuid, and uidmap). The same packages and recipe make the
# same files; only the order in the file system and the times of inodes differ.
#
# Layout of the 2 GiB disk: MBR with GRUB's boot code, GRUB in the sectors after it;
# 1 MiB in, the root file system (ext4, label "root"), which cloud-init grows to
# whatever disk it finds.
set -euo pipefail
shopt -s inherit_errexit

recipe=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$recipe/../.." && pwd)

export SOURCE_DATE_EPOCH=1735689600 # 2025-01-01: no file is younger
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
PATH=$PATH:/usr/sbin:/sbin

readonly mib=1048576
readonly disk_mib=2048 root_start_mib=1 root_mib=2047
readonly root_uuid=0f6c1de5-7d5b-4f0c-9a51-64656269616e
readonly grub=/usr/lib/grub/i386-pc

agent=1
output=$repository/build/debian.qcow2

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

read_arguments() {
    local argument
    for argument; do
        case $argument in
        --without-agent) agent='' ;;
        -*) fail "no option $argument; there is --without-agent" ;;
        *) output=$argument ;;
        esac
    done
    output=$(realpath -m "$output")
}

require() {
    local missing=() tool
    for tool in mmdebstrap fakeroot tar sfdisk mkfs.ext4 grub-mkimage qemu-img; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [[ -e $grub/boot.img ]] || missing+=("$grub/boot.img")
    [[ ${#missing[@]} -eq 0 ]] || fail "missing: ${missing[*]}; scripts/deps.sh debian-image installs them (Debian)"
    [[ $(uname -m) == x86_64 ]] || fail "the guest is x86-64, and its programs are run while building: build on such a host"
}

packages() {
    sed '/^#/d' "$recipe/packages" | if [[ $agent ]]; then cat; else grep -vx qemu-guest-agent; fi | paste -sd ,
}

# What this host's apt is told of the way to its mirrors; not kept in the image.
write_apt_options() {
    apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy \
        Acquire::Check-Valid-Until Acquire::Check-Date >"$work/apt.conf"
}

# Every file of the system, as an archive that knows their owners.
write_system() {
    tar --create --file "$work/rootfs.tar" --sort=name --owner=0 --group=0 --numeric-owner \
        --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" -C "$recipe/rootfs" .
    write_apt_options
    # The hooks are handed over as text: in a user namespace of its own mmdebstrap
    # need not be able to read this directory. The files come before the packages
    # are installed, the kernel's above all, and dpkg keeps what is there.
    mmdebstrap --quiet --variant=minbase --include="$(packages)" --aptopt="$work/apt.conf" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt=force-confold \
        --essential-hook="tar-in '$work/rootfs.tar' /" \
        --customize-hook="$(<"$recipe/customize.sh")" \
        bookworm "$work/system.tar"
}

# Unpacked where the archive's owners need not be this host's, and put into the
# file system as the archive says.
write_root() {
    mkdir "$work/system"
    # shellcheck disable=SC2016 # expanded by the inner shell
    fakeroot sh -euc '
        tar --extract --file "$1/system.tar" --directory "$1/system" --numeric-owner
        mkfs.ext4 -q -F -L root -U "$2" -O ^metadata_csum_seed,^orphan_file \
            -E "offset=$3,hash_seed=$2,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,discard" \
            -m 1 -d "$1/system" "$1/debian.raw" "$4"
    ' sh "$work" "$root_uuid" $((root_start_mib * mib)) "${root_mib}M"
}

# GRUB without its installer, which wants a block device. It finds the root file
# system by label, wherever the disk is.
write_boot() {
    local disk=$work/debian.raw
    cat >"$work/early.cfg" <<-'CONFIG'
	search --no-floppy --label --set=root root
	set prefix=($root)/boot/grub
	configfile $prefix/grub.cfg
	CONFIG
    grub-mkimage --format=i386-pc --directory="$grub" --prefix=/boot/grub --config="$work/early.cfg" \
        --output="$work/core.img" \
        biosdisk part_msdos ext2 search search_label linux configfile normal echo serial terminal
    [[ $(stat -c %s "$work/core.img") -lt $((root_start_mib * mib - 512)) ]] || fail "GRUB does not fit before the first partition"
    dd if="$grub/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
    dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
}

write_disk() {
    truncate -s "${disk_mib}M" "$work/debian.raw"
    sfdisk -q "$work/debian.raw" <<-TABLE
	label: dos
	label-id: 0x64656269
	start=$((root_start_mib * 2048)), size=$((root_mib * 2048)), type=83, bootable
	TABLE
    write_root
    write_boot
}

main() {
    read_arguments "$@"
    require
    mkdir -p "$(dirname "$output")"
    work=$(mktemp -d "$(dirname "$output")/.debian.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    write_system
    write_disk
    qemu-img convert -q -f raw -O qcow2 -c -o compression_type=zstd -W -m 16 "$work/debian.raw" "$work/debian.qcow2"
    mv "$work/debian.qcow2" "$output"
    echo "$output: $(du -h --apparent-size "$output" | cut -f 1), kernel $(readlink "$work/system/vmlinuz")"
}

main "$@"

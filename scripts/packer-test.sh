#!/usr/bin/env bash
# Builds a base image with Packer from a local cloud image that lacks the guest
# agent, then launches a machine from it and has its agent answer: make packer-test
#
# The guest installs the agent from the mirrors that its own lists name, through
# this host's network.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/lib/daemons.sh

readonly image=build/debian-without-agent.qcow2
scratch=''

clean_up() {
    local status=$? pid
    trap - EXIT
    stop_daemons || :
    if [[ $status -ne 0 && -n $rundir ]]; then
        tail -n 30 "$rundir/log" 2>/dev/null || :
        for pid in $(leftover "$rundir"); do kill -KILL "$pid" 2>/dev/null || :; done
    fi
    rm -rf "$rundir" "$scratch"
    exit "$status"
}

# Packer before 1.7 can't read the file that says which plugins are needed; it has
# them in itself.
copy_recipe() {
    local version
    cp -R base.pkr.hcl packer "$scratch/"
    version=$(packer version | sed -nE 's/^Packer v//p' | head -n 1)
    if [[ $(printf '%s\n' 1.7 "$version" | sort -V | head -n 1) == 1.7 ]]; then
        cp plugins.pkr.hcl "$scratch/"
        (cd "$scratch" && packer init .)
    fi
}

build_base() {
    local accelerator=tcg
    if [[ -w /dev/kvm ]] && grep -qwE 'vmx|svm' /proc/cpuinfo; then accelerator=kvm; fi
    packer validate -var "checksum=none" "$scratch" >/dev/null
    PACKER_CACHE_DIR=$scratch/cache CHECKPOINT_DISABLE=1 packer build -color=false \
        -var "url=$PWD/$image" -var "checksum=sha256:$(sha256sum "$image" | cut -d ' ' -f 1)" \
        -var "accelerator=$accelerator" -var "timeout=30m" -var "output=$scratch/base" "$scratch"
}

# in_guest COMMAND...: runs it in the guest.
in_guest() {
    build/qvmc exec base --timeout 20m -- "$@"
}

# expect WHAT FOUND WANTED
expect() {
    [[ $2 == "$3" ]] || { echo "packer-test.sh: $1 is \"$2\", not \"$3\"" >&2; return 1; }
    echo "$1: $2"
}

launch() {
    build/qvmc image import base "$scratch/base/base.qcow2"
    build/qvmc launch base --image base --memory 512M --timeout 20m
    build/qvmc wait base --for cloud-init --timeout 20m
    # shellcheck disable=SC2016 # a format of dpkg-query's, and scripts of the guest's
    expect "agent's package" "$(in_guest dpkg-query --show --showformat '${db:Status-Status}' qemu-guest-agent)" installed
    # It is a first boot, and nothing of the build is left.
    expect "host name" "$(in_guest hostname)" base
    expect "first boots" "$(in_guest sh -c 'ls /var/lib/cloud/instances | wc -l')" 1
    expect "the build's user" "$(in_guest sh -c 'id packer >/dev/null 2>&1 && echo there || echo gone')" gone
    expect "its way in" "$(in_guest sh -c 'grep -rl packer /etc/ssh /etc/sudoers.d || echo closed')" closed
    expect "host keys" "$(in_guest sh -c 'ls /etc/ssh/ssh_host_ed25519_key')" /etc/ssh/ssh_host_ed25519_key
    build/qvmc stop base
    build/qvmc delete base
}

main() {
    scratch=$(mktemp -d /tmp/qvmc-packer.XXXXXX)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    copy_recipe
    build_base
    start_daemons packer
    launch
    echo "The base image launches, and its agent answers."
}

main "$@"

#!/bin/sh
# Runs in the guest of base.pkr.hcl as root: installs PACKAGES.
set -eu

# Installations that cloud-init has begun would be in the way. From version 23.4 on
# it says 2 when it is done and warns of something.
status=0
cloud-init status --wait >/dev/null || status=$?
if [ "$status" -ne 0 ] && [ "$status" -ne 2 ]; then
    cloud-init status --long
    exit 1
fi

# shellcheck disable=SC2086 # one word per package
if command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update
    apt-get -q -y install --no-install-recommends $PACKAGES
    apt-get -q clean
    rm -rf /var/lib/apt/lists/*
elif command -v dnf >/dev/null; then
    dnf -y install --setopt=install_weak_deps=False $PACKAGES
    dnf clean all
else
    echo "install.sh: neither apt-get nor dnf is here" >&2
    exit 1
fi

# Debian's is started when its port appears; elsewhere it may have to be enabled.
systemctl enable qemu-guest-agent.service 2>/dev/null || :

#!/usr/bin/env bash
# Times what a user waits for: bench/run.sh [ROUNDS]   (5 rounds of machines, four
# times as many of commands). Prints median, least and most in milliseconds, and
# keeps them in bench/results. Bare QEMU with the same devices, started by a
# script, is the peer that a launch is measured beside; rounds alternate between
# the two, so that a busy moment falls on both.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/daemons.sh
rounds=${1:-5}

now() { echo $((${EPOCHREALTIME/./} / 1000)); }

# timed LIST COMMAND...: appends its milliseconds to an array.
timed() {
    local -n samples=$1
    local start
    start=$(now)
    "${@:2}" >/dev/null 2>"$rundir/errors" || { cat "$rundir/errors" >&2; return 1; }
    samples+=($(($(now) - start)))
}

# report NAME MILLISECONDS...
report() {
    local name=$1 sorted
    shift
    mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
    printf '%-34s %7d %7d %7d   %d\n' "$name" "${sorted[${#sorted[@]} / 2]}" "${sorted[0]}" "${sorted[-1]}" "${#sorted[@]}"
}

# From nothing to the guest agent's first answer, without qvmc.
bare_launch() {
    local disk=$rundir/bare.qcow2 agent=$rundir/bare.sock
    qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/build/tiny.qcow2" "$disk"
    qemu-system-x86_64 -nodefaults -no-user-config -machine q35 -accel "$accelerator" -m 128 -display none \
        -drive "if=none,id=disk,format=qcow2,file=$disk" -device virtio-blk-pci,drive=disk \
        -netdev user,id=net -device virtio-net-pci,netdev=net,romfile= \
        -device virtio-serial-pci -chardev "socket,id=agent,path=$agent,server=on,wait=off" \
        -device virtserialport,chardev=agent,name=org.qemu.guest_agent.0 </dev/null &
    bare_pid=$!
    until [[ -S $agent ]]; do
        kill -0 "$bare_pid" || return 1
        sleep 0.005
    done
    socat -T 120 "UNIX-CONNECT:$agent" "EXEC:bench/ping-agent.sh $rundir/bare.reply"
    grep -q '"return": 1' "$rundir/bare.reply"
}

end_bare() {
    kill "$bare_pid" 2>/dev/null || :
    wait "$bare_pid" 2>/dev/null || :
    rm -f "$rundir"/bare.*
    bare_pid=''
}

clean_up() {
    trap - EXIT
    [[ -z $bare_pid ]] || kill "$bare_pid" 2>/dev/null || :
    [[ -z $rundir ]] || build/qvmc delete bench --force >/dev/null 2>&1 || :
    stop_daemons || :
    [[ -z $rundir ]] || rm -rf "$rundir"
}

bare_pid=''
trap clean_up EXIT
trap 'exit 130' INT TERM
start_daemons bench >/dev/null
build/qvmc image import tiny build/tiny.qcow2 >/dev/null 2>&1

# As qvmc itself chooses for a machine of this size.
accelerator=tcg,tb-size=64
if grep -qwE 'vmx|svm' /proc/cpuinfo && [[ -w /dev/kvm ]]; then accelerator=kvm; fi

version=() list=() launch=() bare=()
for ((i = 0; i < 4 * rounds; i++)); do
    timed version build/qvmc version
    timed list build/qvmc list
done
for ((i = 0; i < rounds; i++)); do
    timed launch build/qvmc launch bench --image tiny --memory 128M
    build/qvmc delete bench --force >/dev/null
    timed bare bare_launch
    end_bare
done

mkdir -p bench/results
{
    printf '%-34s %7s %7s %7s   %s\n' "milliseconds, $accelerator" median least most runs
    report "qvmc version" "${version[@]}"
    report "qvmc list" "${list[@]}"
    report "qvmc launch, until ready" "${launch[@]}"
    report "bare QEMU, until the agent answers" "${bare[@]}"
} | tee "bench/results/$(date -u +%Y%m%dT%H%M%SZ).txt"

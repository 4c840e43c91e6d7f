#!/usr/bin/env bash
# A machine's life, by the very commands that a user types: `make demo`.
# Everything is in a directory of its own and is gone afterwards, which is
# checked; KEEP=1 leaves the machine and the daemons running.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/lib/daemons.sh

kept=''
bold='' plain=''
[[ ! -t 1 || -n ${NO_COLOR:-} ]] || bold=$'\033[1m' plain=$'\033[0m'

title() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# qvmc ARGUMENT...: shows a command, and runs it.
qvmc() {
    printf '%s$ qvmc%s%s\n' "$bold" "$(printf ' %s' "${@@Q}" | sed -E "s/'([A-Za-z0-9_.\/-]+)'/\1/g")" "$plain"
    build/qvmc "$@"
}

clean_up() {
    local status=$?
    trap - EXIT
    [[ -n $rundir && -z $kept ]] || exit "$status"
    stop_daemons || :
    # Only after a failure is there anything left to end here.
    if [[ $status -ne 0 ]]; then
        title "It failed. The daemons' last words:"
        tail -n 30 "$rundir/log" 2>/dev/null || :
        local pid
        for pid in $(leftover "$rundir"); do kill -KILL "$pid" 2>/dev/null || :; done
    fi
    rm -rf "$rundir"
    exit "$status"
}

live() {
    title "An image, and a machine from it"
    qvmc image import tiny build/tiny.qcow2
    qvmc launch demo --image tiny --memory 128M
    qvmc wait demo --for address
    qvmc info demo
    title "Inside it"
    qvmc exec demo -- uname -a
    qvmc exec demo -- sh -c 'echo "written before the stop" >/data/note'
    title "Off and on again"
    qvmc stop demo
    qvmc start demo
    qvmc wait demo --for address
    qvmc info demo
    qvmc exec demo -- cat /data/note
}

# Status 1 if a process or a file of the machine is still there.
prove_gone() {
    local files processes
    files=$(find "$rundir/run/machines" -mindepth 2 2>/dev/null || :)
    stop_daemons
    processes=$(leftover "$rundir")
    if [[ -n $files$processes ]]; then
        echo "still there: processes ${processes:-none}; files ${files:-none}"
        return 1
    fi
    rm -rf "$rundir"
    echo "No process of it runs, no file of it is left; $rundir is removed."
}

main() {
    title "What it takes: packages, the binary, an image"
    make --no-print-directory all image
    scripts/deps.sh run
    title "The three daemons"
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    start_daemons demo
    live
    if [[ -n ${KEEP-} ]]; then
        kept=1
        title "Left running, as KEEP asks"
        cat <<-HOW
		export QVMC_ENDPOINT=$QVMC_ENDPOINT
		build/qvmc list
		To end it: build/qvmc delete demo --force; kill $DAEMONS_PID; rm -r $rundir
		HOW
        return
    fi
    title "And gone"
    qvmc stop demo
    qvmc delete demo
    prove_gone
}

main "$@"

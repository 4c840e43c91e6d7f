#!/usr/bin/env bash
# A machine's life, by the very commands that a user types: `make demo`.
# Everything is in a directory of its own and is gone afterwards, which is
# checked; KEEP=1 leaves the machine and the daemons running.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly ready_limit=120
rundir='' kept=''

title() { printf '\n\033[1m# %s\033[0m\n' "$*"; }

# qvmc ARGUMENT...: shows a command, and runs it.
qvmc() {
    printf '\033[1m$ qvmc%s\033[0m\n' "$(printf ' %s' "${@@Q}" | sed -E "s/'([A-Za-z0-9_.\/-]+)'/\1/g")"
    build/qvmc "$@"
}

# Processes that have our directory on their command line: daemons and machines.
# They are looked up in /proc since nothing else would tell of a machine that
# everybody has forgotten.
leftover() {
    local file
    for file in /proc/[0-9]*/cmdline; do
        # Processes come and go meanwhile.
        if tr '\0' ' ' 2>/dev/null <"$file" | grep -qF -- "$rundir"; then
            file=${file%/cmdline}
            echo "${file##*/}"
        fi
    done
} 2>/dev/null

clean_up() {
    local status=$?
    trap - EXIT
    [[ -n $rundir && -z $kept ]] || exit "$status"
    if [[ -n ${DAEMONS_PID-} ]]; then
        kill -TERM "$DAEMONS_PID" 2>/dev/null || :
        wait "$DAEMONS_PID" 2>/dev/null || :
    fi
    # Only after a failure is there anything left to end here.
    if [[ $status -ne 0 ]]; then
        title "It failed. The daemons' last words:"
        tail -n 30 "$rundir/log" 2>/dev/null || :
        local pid
        for pid in $(leftover); do kill -KILL "$pid" 2>/dev/null || :; done
    fi
    rm -rf "$rundir"
    exit "$status"
}

start_daemons() {
    rundir=$(mktemp -d /tmp/qvmc-demo.XXXXXX)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # In a session of its own: it must outlive us if asked to, and a Ctrl-C is
    # ours to handle.
    coproc DAEMONS { exec setsid bash start.sh --rundir "$rundir/run" --bin build/qvmc --http http://127.0.0.1:0 2>"$rundir/log"; }
    local line deadline=$((SECONDS + ready_limit)) output=${DAEMONS[0]}
    while [[ ${line-} != "Ctrl-C stops"* ]]; do
        IFS= read -r -t $((deadline - SECONDS > 0 ? deadline - SECONDS : 1)) -u "$output" line || {
            echo "demo.sh: the daemons did not get ready" >&2
            exit 1
        }
        echo "$line"
    done
    export QVMC_ENDPOINT=unix://$rundir/run/controller.sock
}

live() {
    title "An image, and a machine from it"
    qvmc image import tiny build/tiny.qcow2
    qvmc launch demo --image tiny --memory 128M
    qvmc info demo
    title "Inside it"
    qvmc exec demo -- uname -a
    qvmc exec demo -- sh -c 'echo "written before the stop" >/data/note'
    title "Off and on again"
    qvmc stop demo
    qvmc start demo
    qvmc info demo
    qvmc exec demo -- cat /data/note
}

# Status 1 if a process or a file of the machine is still there.
prove_gone() {
    local files processes
    files=$(find "$rundir/run/machines" -mindepth 2 2>/dev/null || :)
    kill -TERM "$DAEMONS_PID"
    wait "$DAEMONS_PID"
    unset DAEMONS_PID
    processes=$(leftover)
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
    start_daemons
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

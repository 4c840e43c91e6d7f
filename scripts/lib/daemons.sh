# shellcheck shell=bash
# The three daemons for a script's own use, sourced from the repository's root.
# They end with stop_daemons only, not with the script.

rundir=''

# start_daemons NAME: starts them in a new directory /tmp/qvmc-NAME.XXXXXX, shows
# how they are used, and sets rundir, DAEMONS_PID and QVMC_ENDPOINT. The log is
# $rundir/log.
start_daemons() {
    local line='' output deadline=$((SECONDS + 120))
    rundir=$(mktemp -d "/tmp/qvmc-$1.XXXXXX")
    # In a session of its own: a Ctrl-C is the script's to handle.
    coproc DAEMONS { exec setsid bash start.sh --rundir "$rundir/run" --bin build/qvmc --http http://127.0.0.1:0 2>"$rundir/log"; }
    output=${DAEMONS[0]}
    while [[ $line != "Ctrl-C stops"* ]]; do
        IFS= read -r -t $((deadline > SECONDS ? deadline - SECONDS : 1)) -u "$output" line || {
            echo "the daemons did not get ready; $rundir/log tells why" >&2
            return 1
        }
        echo "$line"
    done
    export QVMC_ENDPOINT=unix://$rundir/run/controller.sock
}

# stop_daemons: stops them and waits for their end. Their status.
stop_daemons() {
    [[ -n ${DAEMONS_PID-} ]] || return 0
    local pid=$DAEMONS_PID
    kill -TERM "$pid" 2>/dev/null || :
    wait "$pid"
}

# leftover DIRECTORY: the processes that have it on their command line, which are
# daemons and machines. They are looked up in /proc since nothing else would tell
# of a machine that everybody has forgotten.
leftover() {
    local file directory=$1
    for file in /proc/[0-9]*/cmdline; do
        # Processes come and go meanwhile.
        if tr '\0' ' ' 2>/dev/null <"$file" | grep -qF -- "$directory"; then
            file=${file%/cmdline}
            echo "${file##*/}"
        fi
    done
} 2>/dev/null

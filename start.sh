#!/usr/bin/env bash
# usage: bash start.sh [OPTIONS]
#
# Runs the three daemons apart, as systemd would, and stops them together. Each
# gets a configuration of its own, made anew on every start. Ctrl-C or SIGTERM
# stops the daemons; machines go on, and the next start finds them again.
# (One process and no configuration: qvmc up.)
#
#   --rundir DIR              configurations, sockets, images and machines
#                             (~/.local/state/qvmc-daemons; with --bridge
#                             /var/lib/qvmc-daemons; a short path: sockets have at
#                             most 104 bytes)
#   --bin FILE                the binary (build/qvmc, else build/jit/qvmc)
#   --http URL                where the gateway listens (http://127.0.0.1:7080)
#   --controller-socket FILE  where the controller listens (DIR/controller.sock)
#   --qemu-socket FILE        where the qemu daemon listens (DIR/qemu.sock)
#   --bridge NAME             offer machines a bridge network of this name, as the
#                             default beside "user"; needs root
#   --subnet CIDR             its IPv4 subnet (a free one)
#   --timeout SECONDS         how long each may take to get ready, and to stop (30)
#   -h, --help                this
#
# Status: 0 stopped as told; 2 wrong usage, or nothing to run; 11 the qemu daemon
# failed, 12 the controller, 13 the gateway; then the others were stopped too.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly daemons=(qemu controller gateway)
readonly -A failed_status=([qemu]=11 [controller]=12 [gateway]=13)
readonly node=local

say() { echo "start.sh: $*" >&2; }

refuse() {
    say "$*"
    exit 2
}

read_options() {
    rundir='' bin='' http=http://127.0.0.1:7080 controller_socket='' qemu_socket='' bridge='' subnet='' timeout=30
    while [[ $# -gt 0 ]]; do
        case $1 in
        -h | --help)
            sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        --*=*)
            set -- "${1%%=*}" "${1#*=}" "${@:2}"
            continue
            ;;
        --rundir | --bin | --http | --controller-socket | --qemu-socket | --bridge | --subnet | --timeout)
            [[ $# -ge 2 && -n $2 ]] || refuse "$1 wants a value; bash start.sh -h tells which"
            local variable=${1#--}
            printf -v "${variable//-/_}" %s "$2"
            shift 2
            ;;
        *) refuse "no option \"$1\"; bash start.sh -h lists them" ;;
        esac
    done
    [[ $timeout =~ ^[1-9][0-9]{0,3}$ ]] || refuse "--timeout wants seconds, 1 to 9999; got \"$timeout\""
    [[ -z $subnet || -n $bridge ]] || refuse "--subnet: name the network that has it with --bridge"
    [[ -z $bridge || $EUID -eq 0 ]] || refuse "--bridge: only root can make a bridge; run this as root, or leave it out"
    if [[ -z $bin ]]; then
        bin=$repository/build/qvmc
        [[ -x $bin ]] || bin=$repository/build/jit/qvmc
        [[ -x $bin ]] || refuse "neither build/qvmc nor build/jit/qvmc is there; make (or make jit) builds it"
    fi
    [[ -x $bin && ! -d $bin ]] || refuse "--bin: \"$bin\" is no program"
    bin=$(realpath "$bin")
    if [[ -z $rundir ]]; then
        # Nobody else gets through root's home, and dnsmasq is somebody else.
        rundir=${XDG_STATE_HOME:-$HOME/.local/state}/qvmc-daemons
        [[ -z $bridge ]] || rundir=/var/lib/qvmc-daemons
    fi
    rundir=$(realpath -m "$rundir")
    controller_socket=$(realpath -m "${controller_socket:-$rundir/controller.sock}")
    qemu_socket=$(realpath -m "${qemu_socket:-$rundir/qemu.sock}")
}

# json TEXT: a JSON string.
json() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# networks: the qemu daemon's; none are given without --bridge, and it has its own.
networks() {
    [[ -n $bridge ]] || return 0
    local kind='{}'
    [[ -z $subnet ]] || kind="{ \"subnet\": $(json "$subnet") }"
    printf ',\n  "networks": [\n    { "name": %s, "bridge": %s },\n    { "name": "user", "user": {} }\n  ]' "$(json "$bridge")" "$kind"
}

write_configurations() {
    local mask
    mask=$(umask)
    umask 077
    mkdir -p "$rundir"/{controller,images,machines} "$(dirname "$controller_socket")" "$(dirname "$qemu_socket")"
    cat >"$rundir/qemu.json" <<-JSON
	{
	  "listen": { "address": $(json "unix://$qemu_socket") },
	  "node_name": "$node",
	  "state_directory": $(json "$rundir/machines"),
	  "image_directory": $(json "$rundir/images")$(networks)
	}
	JSON
    cat >"$rundir/controller.json" <<-JSON
	{
	  "listen": { "address": $(json "unix://$controller_socket") },
	  "state_directory": $(json "$rundir/controller"),
	  "image_directory": $(json "$rundir/images"),
	  "nodes": [
	    { "name": "$node", "endpoint": { "address": $(json "unix://$qemu_socket") } }
	  ]
	}
	JSON
    cat >"$rundir/gateway.json" <<-JSON
	{
	  "listen": { "address": $(json "$http") },
	  "controller": { "address": $(json "unix://$controller_socket") }
	}
	JSON
    umask "$mask"
    # The users that root's machines and their DHCP server run as must get through.
    [[ $EUID -ne 0 ]] || chmod o+x "$rundir" "$rundir"/{images,machines}
}

# All that happens reaches one loop as lines on descriptor 9:
#   pid NAME NUMBER    NAME was started      exit NAME STATUS   it ended
#   ready NAME ADDRESS  it serves            stop SIGNAL        we are to stop
open_events() {
    local fifo
    fifo=$(mktemp -u "${TMPDIR:-/tmp}/qvmc-start.XXXXXX")
    mkfifo -m 600 "$fifo"
    exec 9<>"$fifo"
    rm "$fifo"
    trap 'echo "stop SIGINT" >&9' INT
    trap 'echo "stop SIGTERM" >&9' TERM
    trap 'echo "stop SIGHUP" >&9' HUP
}

# relay NAME: passes a daemon's standard error on, line by line.
relay() {
    local line
    while IFS= read -r line || [[ -n $line ]]; do
        echo "$1 | $line" >&2
        [[ $line != "qvmc $1: ready on "* ]] || echo "ready $1 ${line##* }" >&9
    done
}

# launch NAME: in a session of its own, so that a Ctrl-C reaches us only and we
# choose the order. The subshell outlives the daemon and tells its end.
launch() {
    local name=$1
    {
        trap '' INT TERM HUP
        (
            trap - INT TERM HUP
            exec setsid -- "$bin" "$name" --config "$rundir/$name.json" </dev/null 2> >(trap '' INT TERM HUP; relay "$name") 9>&-
        ) &
        echo "pid $name $!" >&9
        local status=0
        wait $! 2>/dev/null || status=$?
        echo "exit $name $status" >&9
    } &
}

declare -A pids=() addresses=()
ended='' stopped_by=''

# next_event SECONDS: takes one event in; status 1 when none came.
next_event() {
    local kind name value
    read -r -t "$1" -u 9 kind name value || return 1
    case $kind in
    pid) pids[$name]=$value ;;
    ready) addresses[$name]=$value ;;
    exit)
        unset "pids[$name]"
        # The first to end is the cause; the rest follow from it, or are ours.
        [[ -n $stopped_by ]] || ended=${ended:-$name ended with status $value}
        ;;
    stop) stopped_by=${stopped_by:-$name} ;;
    esac
}

# await_ready NAME: status 1 when it did not get there.
await_ready() {
    local name=$1 deadline=$((SECONDS + timeout))
    while [[ -z ${addresses[$name]-} ]]; do
        [[ -z $ended$stopped_by ]] || return 1
        if [[ $SECONDS -ge $deadline ]]; then
            ended="$name was not ready within $timeout s"
            return 1
        fi
        next_event 1 || :
    done
}

stop_all() {
    local index name deadline
    for ((index = ${#daemons[@]} - 1; index >= 0; index--)); do
        name=${daemons[index]}
        [[ -n ${pids[$name]-} ]] || continue
        kill -TERM "${pids[$name]}" 2>/dev/null || :
        deadline=$((SECONDS + timeout))
        while [[ -n ${pids[$name]-} ]]; do
            next_event 1 || :
            if [[ $SECONDS -ge $deadline && -n ${pids[$name]-} ]]; then
                say "$name did not stop within $timeout s: killing it"
                kill -KILL "${pids[$name]}" 2>/dev/null || :
                deadline=$((SECONDS + timeout))
            fi
        done
    done
}

tell_use() {
    cat <<-USE
	qvmc is up. Its client finds it by
	    export QVMC_ENDPOINT=${addresses[controller]}
	    $bin list
	and HTTP clients at ${addresses[gateway]}, e.g.
	    curl ${addresses[gateway]}/v1/instances
	Configurations and all state: $rundir
	Ctrl-C stops the daemons; machines go on.
	USE
}

main() {
    read_options "$@"
    write_configurations
    open_events
    local name
    for name in "${daemons[@]}"; do
        launch "$name"
        await_ready "$name" || break
    done
    if [[ -z $ended$stopped_by ]]; then
        tell_use
        until [[ -n $ended$stopped_by ]]; do
            next_event 3600 || :
        done
    fi
    [[ -z $stopped_by ]] || say "$stopped_by: stopping"
    local cause=${ended%% *}
    [[ -z $cause ]] || say "$ended: stopping the others"
    stop_all
    [[ -z $cause ]] || exit "${failed_status[$cause]}"
}

main "$@"

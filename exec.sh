#!/usr/bin/env bash
# usage: bash exec.sh "COMMAND"      e.g. bash exec.sh "make test"
#
# Runs a shell command in a container that has every tool, with this checkout as
# its working directory and as the caller's user. Needs docker or podman, nothing
# else; CONTAINER_ENGINE names another. Downloaded packages are kept in
# build/container-home. The status is the command's.
set -euo pipefail
cd "$(dirname "$0")"

[[ $# -eq 1 && $1 != -h && $1 != --help ]] || {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"
    [[ ${1-} == -h || ${1-} == --help ]] && exit 0
    exit 2
}

engine=${CONTAINER_ENGINE:-}
for candidate in docker podman; do
    [[ -z $engine ]] && command -v "$candidate" >/dev/null && engine=$candidate
done
[[ -n $engine ]] || {
    echo "exec.sh: neither docker nor podman is here; install one, or build without: make" >&2
    exit 2
}

# The name changes with what the image is made of, so that an old one is not used.
image=qvmc-build:$(cat Dockerfile scripts/deps.sh | sha256sum | cut -c 1-12)
"$engine" image inspect "$image" >/dev/null 2>&1 || "$engine" build -t "$image" . >&2

home=$PWD/build/container-home
mkdir -p "$home"
options=(--rm --init --volume "$PWD:/src" --volume "$home:/tmp/home" --env CI --env KEEP)
# Rootless podman maps the caller to root inside, unless told to keep it.
if [[ $("$engine" --version) == podman* ]]; then
    options+=(--userns keep-id --security-opt label=disable)
else
    options+=(--user "$(id -u):$(id -g)")
fi
[[ ! -w /dev/kvm ]] || options+=(--device /dev/kvm --group-add "$(stat -c %g /dev/kvm)")
[[ ! -t 0 || ! -t 1 ]] || options+=(--interactive --tty)
exec "$engine" run "${options[@]}" "$image" bash -c "$1"

#!/usr/bin/env bash
# Checks what no test does: scripts/lint.sh [CHECK...]; without CHECK, all of
# format, packer, protos, shell, units. Every check is run, and then the status is 1 if
# any found a fault.
#
# The contract may grow but not break: protos are compared with the last release
# tag, or with BREAKING_AGAINST=REVISION.
set -euo pipefail
cd "$(dirname "$0")/.."

# White space only: everything else that dotnet format looks at is an error of every
# build, which need not be made a second time for it.
check_format() {
    dotnet restore qvmc.slnx -v quiet -nologo || return
    dotnet format whitespace qvmc.slnx --verify-no-changes --no-restore
}

# Copies google/api and google/rpc to where buf.yaml looks for them, from the
# package that the build compiles against.
copy_googleapis() {
    local version source
    version=$(sed -nE 's/.*"Google.Api.CommonProtos" Version="([^"]+)".*/\1/p' Directory.Packages.props)
    source=${NUGET_PACKAGES:-$HOME/.nuget/packages}/google.api.commonprotos/$version/content/protos/google
    [[ -d $source ]] || dotnet restore src/Qvmc.Protos -v quiet -nologo || return
    rm -rf build/googleapis
    mkdir -p build/googleapis/google
    cp -R "$source/api" "$source/rpc" build/googleapis/google/
}

check_protos() {
    local buf=tools/node_modules/.bin/buf base
    # npm leaves this file last: it tells whether the folder is of this lock.
    if [[ ! tools/node_modules/.package-lock.json -nt tools/package-lock.json ]]; then
        npm ci --prefix tools --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null || return
    fi
    copy_googleapis || return
    "$buf" lint || return

    base=${BREAKING_AGAINST:-$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)}
    [[ -n $base ]] || { echo "no release yet to compare the protos with"; return 0; }
    local old=build/released
    rm -rf "$old"
    mkdir -p "$old/build"
    git archive "$base" src/protos | tar -x -C "$old" || return
    cp buf.yaml "$old/"
    cp -R build/googleapis "$old/build/"
    "$buf" breaking --against "$old"
}

# Inputs of the fuzzer that begin like scripts are none of ours.
check_shell() {
    local file bad=0
    while IFS= read -r file; do
        case $(head -n 1 "$file") in
        '#!'*bash*) bash -n "$file" && shellcheck -x "$file" || bad=1 ;;
        '#!/bin/sh'*) sh -n "$file" && shellcheck -s dash "$file" || bad=1 ;;
        esac
    done < <(git grep -lI '^#!' -- ':!*.cs' ':!tests/Qvmc.Fuzz.Tests/corpus')
    return $bad
}

# The units' binary is not installed here, so another stands in for it.
check_units() {
    scripts/lint-launchd.py packaging/macos || return
    command -v systemd-analyze >/dev/null || { echo "no systemd-analyze here"; return 0; }
    local units
    units=$(mktemp -d) || return
    cp packaging/systemd/*.service "$units/"
    sed -i 's,/usr/bin/qvmc,/bin/true,' "$units"/*.service
    systemd-analyze verify --man=no "$units"/*.service
    local status=$?
    rm -r "$units"
    return $status
}

# Where there is one. From 1.7 on it would have to fetch its plugins before it can
# tell more than the layout.
check_packer() {
    command -v packer >/dev/null || { echo "no packer here"; return 0; }
    local file copy status=0
    for file in *.pkr.hcl; do packer fmt -check -diff "$file" || return; done
    [[ $(packer version) == *v1.[0-6].* ]] || return 0
    copy=$(mktemp -d) || return
    cp -R base.pkr.hcl packer "$copy/"
    packer validate -var checksum=none "$copy" >/dev/null || status=1
    rm -r "$copy"
    return $status
}

bad=()
[[ $# -gt 0 ]] || set -- shell units packer protos format
for check; do
    declare -F "check_$check" >/dev/null || { echo "lint.sh: no check \"$check\"" >&2; exit 2; }
    echo "== $check"
    # As a condition a function runs on after an error: each says "|| return".
    "check_$check" || bad+=("$check")
done
[[ ${#bad[@]} -eq 0 ]] || { echo "lint: faults in: ${bad[*]}"; exit 1; }
echo "lint: no fault"

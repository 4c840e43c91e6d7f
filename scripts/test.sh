#!/usr/bin/env bash
# Builds and runs every test: scripts/test.sh [PROJECT...], e.g. Qvmc.Core.Tests
#
# One project after another, so that tests with time limits don't starve each
# other; the results are in build/test-results. The last line is
# "N passed, N failed", and the status is 0 only if none failed and some passed.
set -euo pipefail
cd "$(dirname "$0")/.."
results=build/test-results

# counter NAME FILE...: sum of that counter over the result files.
counter() {
    local name=$1
    shift
    sed -nE "s/.*<Counters .*\b$name=\"([0-9]+)\".*/\1/p" "$@" | awk '{ n += $1 } END { print n + 0 }'
}

projects() {
    local project
    if [[ $# -gt 0 ]]; then
        for project; do echo "tests/$project/$project.csproj"; done
    else
        # The end-to-end tests come last: they are the slowest, and what they
        # would find first elsewhere is already known then.
        ls tests/*.Tests/*.csproj
        ls tests/Qvmc.EndToEnd/*.csproj
    fi
}

main() {
    local list project name broken=() files
    mapfile -t list < <(projects "$@")
    rm -rf "$results"
    if [[ $# -gt 0 ]]; then
        for project in "${list[@]}"; do dotnet build "$project" -v quiet -nologo; done
    else
        dotnet build qvmc.slnx -v quiet -nologo
    fi

    for project in "${list[@]}"; do
        name=$(basename "$project" .csproj)
        echo "== $name"
        # A script in the background has them ignored, and what it starts with it;
        # the tests send them.
        env --default-signal=INT,QUIT dotnet test "$project" --no-build --nologo -v quiet --results-directory "$results" \
            --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
            --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none </dev/null ||
            # A run that broke off may have counted no failure.
            [[ -e $results/$name.trx && $(counter failed "$results/$name.trx") -gt 0 ]] || broken+=("$name")
    done

    shopt -s nullglob
    files=("$results"/*.trx)
    local passed=0 failed=0 skipped=0
    if [[ ${#files[@]} -gt 0 ]]; then
        passed=$(counter passed "${files[@]}")
        failed=$(counter failed "${files[@]}")
        skipped=$(($(counter total "${files[@]}") - $(counter executed "${files[@]}")))
    fi
    failed=$((failed + ${#broken[@]}))
    [[ ${#broken[@]} -eq 0 ]] || echo "broke off: ${broken[*]}"
    echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
    [[ $failed -eq 0 && $passed -gt 0 ]]
}

main "$@"

#!/usr/bin/env bash
# Builds and runs every test: scripts/test.sh [PROJECT...], e.g. Qvmc.Core.Tests
# What takes minutes is run only when it is named: Qvmc.EndToEnd.Slow.
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
        ls tests/Qvmc.Faults/*.csproj tests/Qvmc.EndToEnd/*.csproj
    fi
}

# failures FILE...: each failed test and the first lines of why, where the eye
# falls: at the end.
failures() {
    local file
    for file; do
        # The decoding of what XML escapes comes last, "&" at its very end.
        awk 'BEGIN { RS = "<UnitTestResult " } /^[^>]*outcome="Failed"/ {
            match($0, /testName="[^"]*"/); name = substr($0, RSTART + 10, RLENGTH - 11)
            why = $0; sub(/.*<Message>/, "", why); sub(/<\/Message>.*/, "", why)
            print "failed: " name; n = split(why, lines, "\n")
            for (i = 1; i <= n && i <= 12; i++) print "    " substr(lines[i], 1, 400) }' "$file"
    done | sed 's/&#xD;//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&amp;/\&/g'
}

main() {
    local list project name patience broken=() files
    mapfile -t list < <(projects "$@")
    rm -rf "$results"
    if [[ $# -gt 0 ]]; then
        for project in "${list[@]}"; do dotnet build "$project" -v quiet -nologo; done
    else
        dotnet build qvmc.slnx -v quiet -nologo
    fi

    for project in "${list[@]}"; do
        name=$(basename "$project" .csproj)
        # Of one test, with what it shares with others.
        patience=10m
        [[ $name != *.Slow ]] || patience=40m
        # Its stories are one test.
        [[ $name != *.Faults ]] || patience=$((30 + ${QVMC_FAULTS_SEQUENCES:-0}))m
        echo "== $name"
        # A script in the background has them ignored, and what it starts with it;
        # the tests send them.
        env --default-signal=INT,QUIT dotnet test "$project" --no-build --nologo -v quiet --results-directory "$results" \
            --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
            --blame-hang --blame-hang-timeout $patience --blame-hang-dump-type none </dev/null ||
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
    [[ $failed -eq 0 ]] || failures "${files[@]}"
    failed=$((failed + ${#broken[@]}))
    [[ ${#broken[@]} -eq 0 ]] || echo "broke off: ${broken[*]}"
    echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
    [[ $failed -eq 0 && $passed -gt 0 ]]
}

main "$@"

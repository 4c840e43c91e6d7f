#!/usr/bin/env bash
# Builds and runs every test: scripts/test.sh [PROJECT...], e.g. Qvmc.Core.Tests
# What takes minutes is run only when it is named: Qvmc.EndToEnd.Slow.
#
# One project after another, so that tests with time limits don't starve each
# other; the results are in build/test-results. The last line is
# "N passed, N failed", and the status is 0 only if none failed and some passed.
#
# Few that failed are run once more, alone: those that pass then are named as
# unsteady with what they said first, so that each can be mended, and keep nobody
# from landing something else. Many at once are no accident, and stay failed.
set -euo pipefail
cd "$(dirname "$0")/.."
results=build/test-results
most_again=3

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

# failures WORD FILE...: each failed test after that word and the first lines of
# why, where the eye falls: at the end.
failures() {
    local word=$1 file
    shift
    for file; do
        # The decoding of what XML escapes comes last, "&" at its very end.
        awk -v word="$word" 'BEGIN { RS = "<UnitTestResult " } /^[^>]*outcome="Failed"/ {
            match($0, /testName="[^"]*"/); name = substr($0, RSTART + 10, RLENGTH - 11)
            why = $0; sub(/.*<Message>/, "", why); sub(/<\/Message>.*/, "", why)
            print word ": " name; n = split(why, lines, "\n")
            for (i = 1; i <= n && i <= 12; i++) print "    " substr(lines[i], 1, 400) }' "$file"
    done | sed 's/&#xD;//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&amp;/\&/g'
}

# run PROJECT RESULTS [ARGUMENT...]: its tests; fails if one does.
run() {
    local project=$1 into=$2 name patience
    shift 2
    name=$(basename "$project" .csproj)
    # Of one test, with what it shares with others.
    patience=10m
    [[ $name != *.Slow ]] || patience=40m
    # Its stories are one test.
    [[ $name != *.Faults ]] || patience=$((30 + ${QVMC_FAULTS_SEQUENCES:-0}))m
    # A script in the background has them ignored, and what it starts with it;
    # the tests send them.
    env --default-signal=INT,QUIT dotnet test "$project" --no-build --nologo -v quiet --results-directory "$into" \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
        --blame-hang --blame-hang-timeout $patience --blame-hang-dump-type none "$@" </dev/null
}

# again PROJECT: those of its tests that failed, once more; fails if one does again.
again() {
    local name filter
    name=$(basename "$1" .csproj)
    # A theory's rows are run with it.
    filter=$(failures failed "$results/$name.trx" | sed -nE 's/^failed: ([^( ]+).*/FullyQualifiedName=\1/p' | sort -u | paste -sd '|')
    echo "== $name, once more: $filter"
    run "$1" "$results/again" --filter "$filter" && [[ $(counter passed "$results/again/$name.trx") -gt 0 ]]
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
        run "$project" "$results" ||
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
    if [[ $failed -gt 0 ]]; then
        local file count once=$((failed <= most_again && ${#broken[@]} == 0)) why=""
        for project in "${list[@]}"; do
            file=$results/$(basename "$project" .csproj).trx
            [[ -e $file ]] || continue
            count=$(counter failed "$file")
            if [[ $count -gt 0 && $once -eq 1 ]] && again "$project"; then
                passed=$((passed + count)) failed=$((failed - count))
                why+=$(failures unsteady "$file")$'\n'
            else
                why+=$(failures failed "$file")$'\n'
            fi
        done
        sed '/^$/d' <<<"$why"
    fi
    failed=$((failed + ${#broken[@]}))
    [[ ${#broken[@]} -eq 0 ]] || echo "broke off: ${broken[*]}"
    echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
    [[ $failed -eq 0 && $passed -gt 0 ]]
}

main "$@"

#!/bin/bash
# mutants.sh - takes guards out of src/core, one at a time, and sees whether the core tests notice.
#
#   scripts/mutants.sh              all of mutants.txt; takes minutes, so scripts/test.sh leaves it out
#   scripts/mutants.sh anchors      those whose name holds this
#
# In a copy below the build folder, without sanitizers and with a share of the random hosts. CAUGHT names the first test that
# fails; SURVIVED is a guard that nothing tests; STALE is an entry of the list whose text is no longer there, exactly once.
# The last line is the sum; it fails where anything survived or is stale.
set -euo pipefail
. "$(dirname "$0")/common.sh"

copy=$build/mutants
list=$root/scripts/mutants.txt
install_packages "${native_packages[@]}" perl-base

# The sources as they are now; a file that is the same stays as old as it is, so that nothing is built twice.
mkdir -p "$copy/src" "$copy/tests" "$copy/idl"
refresh() {
    local folder
    for folder in src tests idl; do
        (cd "$root" && find "$folder" -type f -print0) |
            while IFS= read -r -d '' file; do
                cmp -s "$root/$file" "$copy/$file" || install -D -m 644 "$root/$file" "$copy/$file"
            done
    done
    cp "$root/sbxcom.sln" "$copy/"
}
compile() {
    cmake -G Ninja -S "$copy/src" -B "$copy/build" -DCMAKE_C_COMPILER=gcc -DSBX_SANITIZE=OFF -DCMAKE_C_FLAGS=-w &&
        cmake --build "$copy/build"
}
step "Copying" refresh
step "Building the core tests" compile

# first_failure [TEST...]: the first line of the tests that fails, or how they ended otherwise; nothing where all pass.
first_failure() {
    local output=$copy/output code=0 pid line=
    : > "$output"    # before the program is started: what the last one said must not be read
    SBX_WORLDS=500 SBX_CASES=3000 timeout -k 5 900 "$copy/build/core_tests" "$@" > "$output" 2>&1 < /dev/null &
    pid=$!
    while kill -0 "$pid" 2> /dev/null; do
        line=$(grep -m 1 '^FAIL ' "$output" || true)
        [ -z "$line" ] || { kill "$pid" 2> /dev/null || true; break; }
        sleep 0.2
    done
    wait "$pid" 2> /dev/null || code=$?
    line=$(grep -m 1 '^FAIL ' "$output" || true)
    [ -n "$line" ] || [ "$code" = 0 ] || line="the tests ended with $code"
    printf '%s' "${line#FAIL }"
}

# tests_of NAME: those that are asked first, because they should notice.
tests_of() {
    awk -v name="$1" '/^= /{ here = $0 == "= " name } here && /^[?] /{ print substr($0, 3) }' "$list"
}

failure=$(first_failure)
[ -z "$failure" ] || die "the tests fail before anything is taken out: $failure"

# mutate NAME: edits the copy; prints the files. Each text must stand there exactly once.
mutate() {
    perl -e '
        my ($list, $name, $copy) = @ARGV;
        my ($here, $file, $from, %text, @edits);
        open my $in, "<", $list or die;
        while (<$in>) {
            chomp;
            if (/^= (.*)/)               { $here = $1 eq $name }
            elsif ($here && /^@ (.*)/)   { $file = $1 }
            elsif ($here && /^- (.*)/)   { $from = $1 }
            elsif ($here && /^\+ (.*)/)  { push @edits, [$file, $from, $1] }
        }
        for (@edits) {
            my ($file, $from, $to) = @$_;
            s/\\n/\n/g for $from, $to;
            unless (exists $text{$file}) {
                local $/; open my $f, "<", "$copy/$file" or exit 3; $text{$file} = <$f>;
            }
            my $count = () = $text{$file} =~ /\Q$from\E/g;
            exit 3 unless $count == 1;
            $text{$file} =~ s/\Q$from\E/$to/;
        }
        exit 3 unless @edits;
        for (keys %text) { open my $f, ">", "$copy/$_" or die; print $f $text{$_}; print "$_\n" }
    ' "$list" "$1" "$copy"
}

caught=0 survived=0 stale=0
while IFS= read -r name; do
    [ $# = 0 ] || [[ "$name" == *"$1"* ]] || continue
    if ! files=$(mutate "$name"); then
        echo "STALE $name"
        stale=$((stale + 1))
        continue
    fi
    if ! cmake --build "$copy/build" > "$copy/build.log" 2>&1; then
        echo "STALE $name: it does not build"
        stale=$((stale + 1))
    else
        read -ra tests <<< "$(tests_of "$name")"
        failure=
        [ ${#tests[@]} = 0 ] || failure=$(first_failure "${tests[@]}")
        [ -n "$failure" ] || failure=$(first_failure)
        if [ -n "$failure" ]; then
            echo "CAUGHT $name: ${failure%%: *}"
            caught=$((caught + 1))
        else
            echo "SURVIVED $name"
            survived=$((survived + 1))
        fi
    fi
    for file in $files; do
        cp "$root/$file" "$copy/$file"
    done
done < <(sed -n 's/^= //p' "$list")
echo
echo "$caught caught, $survived survived, $stale stale"
[ "$survived" = 0 ] && [ "$stale" = 0 ] && [ "$caught" -gt 0 ]

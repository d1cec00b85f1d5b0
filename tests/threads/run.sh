#!/bin/bash
# What several threads do at once, natively: src/os/crew.c itself over POSIX threads (shim/windows.h), and core/tree with it over the
# simulation's files, under ThreadSanitizer. SANITIZER=address,undefined looks for lost memory instead.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"
cd "$root"

install_packages "${native_packages[@]}" >&2
sanitizer=${SANITIZER:-thread}
out=$build/threads/${sanitizer%%,*}
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -pthread -Isrc -Itests -Wall -Wextra -Werror -fno-omit-frame-pointer "-fsanitize=$sanitizer")

mkdir -p "$out/objects"
if ! gcc "${flags[@]}" -x c -o "$out/tried" - 2> "$out/log" <<< 'int main(void) { return 0; }' || ! "$out/tried" 2>> "$out/log"; then
    echo "SKIP threads: gcc's $sanitizer sanitizer does not run here: $(tail -n 1 "$out/log")"
    exit 0
fi

# Everything portable, of which the program takes what it needs; the simulation's own crew and files are not in it.
compile() {
    local file failed=0
    # shellcheck disable=SC2016 # the inner bash expands it
    find src/base src/core tests/sim tests/support -name '*.c' -not -name '*_windows.c' -not -path tests/sim/crew.c -not -path tests/sim/acl.c -print0 |
        xargs -0 -P "$(nproc)" -I {} bash -c 'object=$0/objects/${1//\//_}.o; [ "$object" -nt "$1" ] || gcc "${@:2}" -c "$1" -o "$object"' \
            "$out" {} "${flags[@]}" || failed=1
    rm -f "$out/portable.a"
    ar rcs "$out/portable.a" "$out/objects"/*.o
    return $failed
}

link() {
    gcc "${flags[@]}" -Itests/threads/shim -Dclock_sleep_ms=threads_sleep_ms tests/threads/*.c tests/os/crew_test.c tests/core/step_maker.c \
        src/os/crew.c "$out/portable.a" -ljansson -lcunit -o "$out/threads_tests"
}

if ! compile > "$out/log" 2>&1 || ! link >> "$out/log" 2>&1; then
    echo "FAIL threads: it does not build"
    tail -n 20 "$out/log" | sed 's/^/    /'
    exit 0
fi
SBX_TEST_SECONDS=${SBX_TEST_SECONDS:-2400} run_tests "threads, $sanitizer" "$out/threads_tests" "$@"

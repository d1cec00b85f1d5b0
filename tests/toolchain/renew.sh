#!/bin/bash
# renew.sh - adds to windows7-imports.txt what the built binaries import and the list does not have yet, each with the first
# Windows whose headers declare it, mingw-w64's and, where scripts/sdk.sh has fetched them, Microsoft's. What Windows 7 lacks
# is named and not added. Read what it added: a declaration says nothing of the DLL (see the head of the list), and
# now and then headers declare too much (WaitOnAddress): for each function that is new, look at its page.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"
. "$here/windows7.sh"

list=$here/windows7-imports.txt
status=0
while read -r dll function; do
    if line=$(line_for "$dll" "$function"); then
        echo "$line" | tee -a "$list"
    else
        echo "$line" >&2
        status=1
    fi
done < <(unlisted $(find "$build/bin" "$build/sdk/bin" -name '*.dll' -o -name '*.exe' 2> /dev/null))
{ grep '^#' "$list"; grep -v '^#' "$list" | LC_ALL=C sort -u; } > "$list.new" && mv "$list.new" "$list"
exit $status

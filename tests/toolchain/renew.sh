#!/bin/bash
# renew.sh - adds to windows7-imports.txt what the built binaries import and the list does not have yet, each with the first
# Windows whose headers declare it, mingw-w64's and, where scripts/sdk.sh has fetched them, Microsoft's. What Windows 7 lacks
# is named and not added. Look at the page of each that it added: both headers declare a few newer functions for
# Windows 7 as well, 19 of 95 tried of Windows 8 and later, the known ones of which it refuses; and a declaration says nothing
# of the DLL.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"
. "$here/windows7.sh"

list=$here/windows7-imports.txt
too_new='AddDllDirectory CopyFile2 DeleteSynchronizationBarrier EnterSynchronizationBarrier GetCurrentInputMessageSource
    GetOverlappedResultEx GetXStateFeaturesMask InitializeSynchronizationBarrier QueryInterruptTime QueryInterruptTimePrecise
    QueryProcessAffinityUpdateMode QueryUnbiasedInterruptTimePrecise RemoveDllDirectory SetDefaultDllDirectories
    SetProcessAffinityUpdateMode UnmapViewOfFile2 WaitOnAddress WakeByAddressAll WakeByAddressSingle'
mapfile -t binaries < <(find "$build/bin" "$build/sdk/bin" -path '*/sdk/bin/x86' -prune -o \( -name '*.dll' -o -name '*.exe' \) -print 2> /dev/null)
status=0
while read -r dll function; do
    if ! [[ $dll =~ ^($system_dlls)\.dll$ ]]; then
        echo "$dll $function: not a DLL that a binary may name" >&2
        status=1
    elif [[ " ${too_new//$'\n'/ } " == *" $function "* ]]; then
        echo "$dll $function: newer than Windows 7, whatever the headers say; look it up at run time" >&2
        status=1
    elif line=$(line_for "$dll" "$function"); then
        echo "$line" | tee -a "$list"
    else
        echo "$line" >&2
        status=1
    fi
done < <(unlisted "${binaries[@]}")
{ grep '^#' "$list"; grep -v '^#' "$list" | LC_ALL=C sort -u; } > "$list.new" && mv "$list.new" "$list"
exit $status

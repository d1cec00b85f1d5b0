#!/bin/bash
# typelib.sh - brings typelib/sbxcom.tlb up to date with idl/sbxcom.idl, by Microsoft's MIDL (see sdk.sh). Run it after
# changing the IDL.
#
#   scripts/typelib.sh            writes it
#   scripts/typelib.sh --check    changes nothing and fails if MIDL makes another one
#
# The exit code is 3 where this machine cannot have MIDL: no .NET SDK, no clang 19, no packages.
set -euo pipefail
. "$(dirname "$0")/common.sh"

made=$build/sdk/midl/64/sbxcom.tlb
committed=$root/typelib/sbxcom.tlb

"$root/scripts/sdk.sh" midl
if cmp -s "$made" "$committed"; then
    exit 0
elif [ "${1:-}" = --check ]; then
    echo "typelib/sbxcom.tlb is not what MIDL makes of idl/sbxcom.idl (scripts/typelib.sh puts it right)"
    exit 1
fi
install -m 644 "$made" "$committed"
echo "typelib/sbxcom.tlb: renewed"

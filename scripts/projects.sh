#!/bin/bash
# projects.sh - keeps the lists of sources in the project files. Run it after adding or removing a .c file.
#
#   scripts/projects.sh           makes each list the .c files beside its project, in alphabetical order
#   scripts/projects.sh --check   changes nothing, prints what is wrong and fails if anything is
#
# A .c file belongs to the project in its own folder; where a folder has several projects (tests/fixtures/programs),
# to the one of its own name, or of its beginning up to an underscore. The list stands in <ItemGroup Label="Sources">; generated files in it stay as they are.
set -euo pipefail
cd "$(dirname "$0")/.."

sources_of() {
    local folder=${1%/*} name=${1##*/} projects
    projects=("$folder"/*.vcxproj)
    if [ ${#projects[@]} -gt 1 ]; then
        find "$folder" -maxdepth 1 \( -name "${name%.vcxproj}.c" -o -name "${name%.vcxproj}_*.c" \) -printf '%f\n' |
            LC_ALL=C sort
    else
        find "$folder" -maxdepth 1 -name '*.c' -printf '%f\n' | LC_ALL=C sort
    fi
}

# The project file on standard output, with its list as it should be.
renewed() {
    sources=$(sources_of "$1") awk '
        /<ItemGroup Label="Sources">/ { inside = 1 }
        inside && /<ClCompile Include="[^$]/ { next }
        inside && /<\/ItemGroup>/ {
            count = split(ENVIRON["sources"], names, "\n")
            for (i = 1; i <= count; i++)
                printf "    <ClCompile Include=\"%s\" />\r\n", names[i]
            inside = 0
        }
        { print }' "$1"
}

status=0
solution=$(tr -d '\r' < sbxcom.sln | tr '\\' /)
owned=
while IFS= read -r project; do
    owned+=$(sources_of "$project" | sed "s#^#${project%/*}/#")$'\n'
    if ! grep -q "\"$project\"" <<< "$solution"; then
        echo "$project is not in sbxcom.sln"
        status=1
    fi
    cmp -s "$project" <(renewed "$project") && continue
    if [ "${1:-}" = --check ]; then
        echo "$project does not list the .c files beside it, in order (scripts/projects.sh puts it right):"
        diff "$project" <(renewed "$project") | tr -d '\r' | sed -n 's/^< */    listed, but not there: /p; s/^> */    there, but not listed: /p'
        status=1
    else
        renewed "$project" > "$project.new" && mv "$project.new" "$project"
        echo "$project: renewed"
    fi
done < <(find src tests -name '*.vcxproj' | LC_ALL=C sort)

while IFS= read -r project; do
    if [ ! -e "$project" ]; then
        echo "sbxcom.sln names $project, which is not there"
        status=1
    fi
done < <(sed -n 's/^Project(.*"\([^"]*\.vcxproj\)".*/\1/p' <<< "$solution")

# Built by their own scripts: fuzzers run where clang has libFuzzer, one program a file; threads where gcc has ThreadSanitizer.
orphans=$(find src tests -name '*.c' -not -path 'tests/fuzz/*' -not -path 'tests/threads/*' | LC_ALL=C sort | grep -vxF -e "$owned" || true)
if [ -n "$orphans" ]; then
    echo "in no project:" $orphans
    status=1
fi
exit $status

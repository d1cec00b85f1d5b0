# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# projects.sh - what Visual Studio would build, and how: MSBuild evaluates the solution with stand-ins for Visual Studio's
# own files (msbuild/), and what it found is compared with what must be. Sourced by run.sh.

facts=$build/toolchain/facts

# evaluate PLATFORM CONFIGURATION: the solution chooses the projects and their platforms, as in Visual Studio.
evaluate() {
    rm -f "$facts/$1-$2"
    env DOTNET_CLI_HOME="$build/toolchain/home" HOME="${HOME:-$build/toolchain/home}" DOTNET_NOLOGO=1 \
        DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet msbuild "$root/sbxcom.sln" -nologo -m:1 -v:minimal -t:SbxEvaluate \
        "-p:Platform=$1" "-p:Configuration=$2" "-p:VCTargetsPath=$here/msbuild" "-p:SbxFacts=$facts/$1-$2" &&
        [ -s "$facts/$1-$2" ]
}

# projects_built PLATFORM CONFIGURATION: all that the solution has; for x86 the DLL, which 32-bit clients load, with what it
# refers to.
projects_built() {
    local expected more
    expected=$(tr -d '\r' < "$root/sbxcom.sln" | sed -n 's/^Project(.*) = "\([^"]*\)".*/\1/p' | sort)
    if [ "$1" = x86 ]; then
        [ -s "$facts/x64-$2" ] || { echo "the x64 solution was not evaluated"; return 1; }
        expected=$(sed -n 's/^\([^ ]*\) type DynamicLibrary$/\1/p' "$facts/x64-$2" | sort)
        while more=$(for project in $expected; do sed -n "s/^$project refers to //p" "$facts/x64-$2"; done | sort -u) &&
            more=$(sort -u <<< "$expected"$'\n'"$more" | sed '/^$/d') && [ "$more" != "$expected" ]; do
            expected=$more
        done
    fi
    diff <(tr ' ' '\n' <<< "$expected") <(cut -d ' ' -f 1 "$facts/$1-$2" | sort -u)
}

# sources_exist PLATFORM CONFIGURATION: every file that a project names, but for what MIDL makes in the build.
sources_exist() {
    local project path missing=0
    while read -r project path; do
        [[ $path != */generated/* ]] || continue
        [ -e "$path" ] || { echo "$project names $path"; missing=1; }
    done < <(sed -n 's/^\([^ ]*\) source /\1 /p' "$facts/$1-$2")
    while read -r project path; do
        [ -e "$(sed -n "s/^$project folder //p" "$facts/$1-$2")/$path" ] || { echo "$project exports $path"; missing=1; }
    done < <(sed -n 's/^\([^ ]*\) exports \(.\)/\1 \2/p' "$facts/$1-$2")
    for project in $(cut -d ' ' -f 1 "$facts/$1-$2" | sort -u); do
        grep -q "^$project source .*\.c$" "$facts/$1-$2" || { echo "$project compiles nothing"; missing=1; }
    done
    return $missing
}

# every_project PLATFORM CONFIGURATION FACT [PROJECTS]: each project (or those whose name matches) says just that.
every_project() {
    local project wrong=0
    for project in $(cut -d ' ' -f 1 "$facts/$1-$2" | sort -u | grep -xE "${4:-.*}"); do
        grep -qxF -e "$project $3" "$facts/$1-$2" ||
            { echo "$project does not say: $3 (but: $(sed -n "s/^$project \(${3%% *} .*\)/\1/p" "$facts/$1-$2" | head -n 5 | tr '\n' '/'))"; wrong=1; }
    done
    return $wrong
}

# linked_projects PLATFORM CONFIGURATION: a pattern of those that the linker makes.
linked_projects() {
    sed -n 's/^\([^ ]*\) type \(Application\|DynamicLibrary\)$/\1/p' "$facts/$1-$2" | paste -sd '|'
}

compiled_as_agreed() {
    local runtime=MultiThreaded
    [ "$2" = Release ] || runtime=MultiThreadedDebug
    every_project "$1" "$2" "definitions _WIN32_WINNT=0x0601;WINVER=0x0601;UNICODE;_UNICODE;WIN32_LEAN_AND_MEAN;COBJMACROS;CONST_VTABLE;_CRT_SECURE_NO_WARNINGS;" &&
        every_project "$1" "$2" "compile warnings Level4 as errors true" &&
        every_project "$1" "$2" "compile language stdc11" &&
        every_project "$1" "$2" "compile runtime $runtime" &&
        every_project "$1" "$2" "toolset v143" &&
        every_project "$1" "$2" "vcpkg manifest true static true from $root/src/"
}

hardened_as_agreed() {
    local linked options='/DEPENDENTLOADFLAG:0x800 /GUARD:CF ' cet=true
    linked=$(linked_projects "$1" "$2")
    [ "$1" = x86 ] || options="/HIGHENTROPYVA $options"
    [ "$1" != ARM64 ] || cet=
    every_project "$1" "$2" "compile guard Guard" && every_project "$1" "$2" "compile cookies true" &&
        every_project "$1" "$2" "spectre false" &&
        every_project "$1" "$2" "link options $options" "$linked" && every_project "$1" "$2" "link aslr true" "$linked" &&
        every_project "$1" "$2" "link dep true" "$linked" && every_project "$1" "$2" "link cet $cet" "$linked"
}

# product PLATFORM CONFIGURATION: a pattern of those below src that are linked.
product() {
    local project
    for project in $(linked_projects "$1" "$2" | tr '|' ' '); do
        ! grep -q "^$project folder $root/src/" "$facts/$1-$2" || echo "$project"
    done | paste -sd '|'
}

# linked_as_agreed PLATFORM CONFIGURATION: the product's few libraries, and the places; x86 and ARM64 lie beside x64. A
# program names its entry and its subsystem, which CMake reads.
linked_as_agreed() {
    local out=$root/build/bin/ project programs wrong=0
    [ "$2" = Release ] || out=$root/build/debug/bin/
    case $1 in x86) out+=x86/ ;; ARM64) out+=arm64/ ;; esac
    programs=$(product "$1" "$2")
    every_project "$1" "$2" "libraries advapi32.lib;kernel32.lib;oleaut32.lib;ole32.lib;user32.lib;uuid.lib;" "$programs" &&
        every_project "$1" "$2" "output $out" "$programs" &&
        every_project "$1" "$2" "exports sbxcom.def" sbxcom && every_project "$1" "$2" "type DynamicLibrary" sbxcom || return
    for project in $(tr '|' ' ' <<< "$programs"); do
        grep -qxE "$project type DynamicLibrary" "$facts/$1-$2" && continue
        case $(sed -n "s/^$project subsystem //p" "$facts/$1-$2")/$(sed -n "s/^$project entry //p" "$facts/$1-$2") in
        Console/wmainCRTStartup | Windows/wWinMainCRTStartup) ;;
        *) echo "$project has not one of the two entries with its subsystem"; wrong=1 ;;
        esac
    done
    return $wrong
}

mkdir -p "$facts"
if ! dotnet --list-sdks 2> /dev/null | grep '^10\.' > /dev/null; then
    echo "SKIP toolchain: sbxcom.sln says what Visual Studio is to build: there is no .NET 10 SDK to evaluate it with"
else
    for platform in x64 x86 ARM64; do
        for configuration in Debug Release; do
            name="toolchain: sbxcom.sln, $platform $configuration"
            rule "$name: MSBuild evaluates it" evaluate "$platform" "$configuration"
            [ -s "$facts/$platform-$configuration" ] || continue
            rule "$name: builds the projects that are for it" projects_built "$platform" "$configuration"
            rule "$name: every file that a project names is there" sources_exist "$platform" "$configuration"
            rule "$name: compiles with the agreed definitions, warnings and runtime" compiled_as_agreed "$platform" "$configuration"
            rule "$name: links the agreed libraries to the agreed places" linked_as_agreed "$platform" "$configuration"
            rule "$name: is hardened" hardened_as_agreed "$platform" "$configuration"
        done
    done
fi

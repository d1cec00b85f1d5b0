# vcxproj.cmake - reads what Visual Studio's files say, so that no list of sources or libraries is kept twice.
#
# It reads text, not MSBuild's language: conditions are not evaluated, so what is read here must be unconditional.

# The paths of the projects in a solution, relative to it.
function(solution_projects solution out)
    set(projects)
    file(STRINGS ${solution} lines REGEX "^Project\\(")
    foreach(line IN LISTS lines)
        string(REGEX MATCH "\"([^\"]+\\.vcxproj)\"" _ "${line}")
        string(REPLACE "\\" "/" path "${CMAKE_MATCH_1}")
        list(APPEND projects ${path})
    endforeach()
    set(${out} ${projects} PARENT_SCOPE)
endfunction()

# The names of those that the solution builds in a configuration, such as Release|x86.
function(solution_builds solution configuration out)
    set(names)
    file(STRINGS ${solution} lines REGEX "^Project\\(|Build\\.0 =")
    string(REPLACE "|" "[|]" configuration "${configuration}")
    foreach(line IN LISTS lines)
        if(line MATCHES "^Project\\(.*= \"([^\"]+)\", .*({[-0-9A-F]+})")
            set(name_of_${CMAKE_MATCH_2} ${CMAKE_MATCH_1})
        elseif(line MATCHES "({[-0-9A-F]+})[.]${configuration}[.]Build[.]0")
            list(APPEND names ${name_of_${CMAKE_MATCH_1}})
        endif()
    endforeach()
    set(${out} ${names} PARENT_SCOPE)
endfunction()

# The text of <ELEMENT>a;b;%(ELEMENT)</ELEMENT> as the list a b; empty where the element does not stand.
function(vcxproj_value file element out)
    file(READ ${file} text)
    set(values)
    if(text MATCHES "<${element}>([^<]*)</${element}>")
        set(values ${CMAKE_MATCH_1})
        list(FILTER values EXCLUDE REGEX "^%\\(")
    endif()
    set(${out} ${values} PARENT_SCOPE)
endfunction()

# The files of all <ITEM Include="file"> as full paths. $(SbxGenerated) is where the IDL compiler writes.
function(vcxproj_items file item out)
    file(READ ${file} text)
    get_filename_component(folder ${file} DIRECTORY)
    set(paths)
    string(REGEX MATCHALL "<${item} Include=\"[^\"]+\"" matches "${text}")
    foreach(match IN LISTS matches)
        string(REGEX REPLACE ".*Include=\"(.*)\"" "\\1" path "${match}")
        string(REPLACE "\\" "/" path "${path}")
        string(REPLACE "$(SbxGenerated)" "${SBX_GENERATED}/" path "${path}")
        get_filename_component(path "${path}" ABSOLUTE BASE_DIR ${folder})
        list(APPEND paths ${path})
    endforeach()
    set(${out} ${paths} PARENT_SCOPE)
endfunction()

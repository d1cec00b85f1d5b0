# What the sources are compiled and linked with under the msvc-clang toolchains: the counterpart of what sbxcom.props
# tells Visual Studio, as far as clang, lld and the SDK without Visual C++ have it.
#
# Not here: /CETCOMPAT, because the longjmp of scripts/sdk/crt knows no shadow stack; control flow guard for 32 bits,
# because its support comes with the SDK's library of that size.

set(names_x86_64 x64)
set(names_i686 x86)
set(names_aarch64 arm64)
set(architecture ${names_${CMAKE_SYSTEM_PROCESSOR}})
if(NOT architecture STREQUAL x64)
    set(SBX_OUT_BIN ${architecture})
    set(projects .*)
    set(SBX_ONLY_PRODUCT ON)    # what runs nowhere here needs no tests
endif()

set(link /nodefaultlib /WX /Brepro /dynamicbase /nxcompat /dependentloadflag:0x800 /ignore:4217)
set(msvc_clang_libraries jansson crt)
if(architecture STREQUAL x86)
    list(APPEND msvc_clang_libraries ucrt i686_ntdll)
else()
    add_compile_options("SHELL:-Xclang -cfguard")
    list(APPEND link /guard:cf /highentropyva)
    # The C library is linked in, as by Visual Studio (/MT): no runtime that Windows 7 would lack, none to be planted.
    list(APPEND msvc_clang_libraries handlers libucrt bufferoverflowu)
endif()
if(architecture STREQUAL x64)
    list(PREPEND msvc_clang_libraries cunit)
endif()
foreach(option IN LISTS link)
    add_link_options(LINKER:${option})
endforeach()
link_directories(${SBX_SDK}/lib/${architecture})

# No manifest that nobody wrote; CMake would have the linker put one in.
foreach(rule C_CREATE_SHARED_MODULE C_LINK_EXECUTABLE)
    string(REPLACE "/MANIFEST:EMBED" "/manifest:no" CMAKE_${rule} "${CMAKE_${rule}}")
endforeach()

# The subsystem's number is that of the oldest Windows that loads it: Windows 7, and the first on ARM.
set(version 6.01)
if(architecture STREQUAL arm64)
    set(version 6.02)
endif()

function(msvc_clang_link_options name type subsystem entry)
    string(TOLOWER "${subsystem}" subsystem)
    if(NOT type STREQUAL "StaticLibrary")
        target_link_options(${name} PRIVATE "SHELL:-Xlinker /subsystem:${subsystem},${version}")
    endif()
    if(entry)
        target_link_options(${name} PRIVATE LINKER:/entry:${entry})
    endif()
endfunction()

# Windows with clang and lld against Microsoft's own SDK: what the three processors share. scripts/sdk.sh makes the
# folder SBX_SDK: the packages with the SDK, a map of its headers (their names differ in case from how they are
# included), its libraries under small names, and beside them what Visual C++ would bring (scripts/sdk).
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
foreach(language C CXX ASM)
    set(CMAKE_${language}_COMPILER_TARGET ${CMAKE_SYSTEM_PROCESSOR}-pc-windows-msvc)
endforeach()
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_LINKER lld-link-19)
set(CMAKE_RC_COMPILER llvm-rc-19)
set(CMAKE_MT llvm-mt-19)

# CMake tries the compiler with a program, but the libraries of one are made by what it is to build.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SBX_SDK)
set(CMAKE_MSVC_RUNTIME_LIBRARY "")
cmake_policy(SET CMP0091 NEW)

file(GLOB headers ${SBX_SDK}/packages/microsoft.windows.sdk.cpp/*/c/Include/*)
set(flags "-fms-compatibility-version=19.40 -isystem ${CMAKE_CURRENT_LIST_DIR}/../scripts/sdk/include")
foreach(folder ucrt um shared)
    string(APPEND flags " -isystem ${headers}/${folder}")
endforeach()
string(APPEND flags " -ivfsoverlay ${SBX_SDK}/headers.yaml")
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_CXX_FLAGS_INIT ${flags})
set(CMAKE_RC_FLAGS_INIT ${flags})

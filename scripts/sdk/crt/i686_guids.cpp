/*
 * i686_guids.cpp - the identifiers that uuid.lib has. That library is data of another processor's object format where
 * the SDK's 32-bit package is missing; the headers say the same values, to C++ alone. sdk.sh appends a line for each
 * interface that the objects want; what is no interface stands here.
 */
#include <windows.h>
#include <ole2.h>
#include <ocidl.h>

#define IDENTIFIER(name) extern "C" const IID IID_##name = __uuidof(name)

extern "C" const IID GUID_NULL = {};
extern "C" const CLSID CLSID_StdGlobalInterfaceTable = {0x323, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}}; /* cguid.h */

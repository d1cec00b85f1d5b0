/*
 * i686_guids.cpp - the identifiers that uuid.lib has. That library is data of another processor's object format where
 * the SDK's 32-bit package is missing; the headers say the same values, to C++ alone.
 */
#include <windows.h>
#include <ole2.h>
#include <ocidl.h>

#define IDENTIFIER(name) extern "C" const IID IID_##name = __uuidof(name)

IDENTIFIER(IUnknown);
IDENTIFIER(IClassFactory);
IDENTIFIER(IDispatch);
IDENTIFIER(IEnumVARIANT);
IDENTIFIER(IErrorInfo);
IDENTIFIER(IMarshal);
IDENTIFIER(IProvideClassInfo);
IDENTIFIER(IProvideClassInfo2);
IDENTIFIER(ISupportErrorInfo);
extern "C" const IID GUID_NULL = {};

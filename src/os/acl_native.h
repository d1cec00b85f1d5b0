/*
 * acl_native.h - what is behind a struct acl_object. Private to this folder.
 */
#ifndef SBX_OS_ACL_NATIVE_H
#define SBX_OS_ACL_NATIVE_H

#include "os/acl.h"
#include "os/native.h"

struct acl_object {
    HANDLE handle;
    bool followed; /* Wine alone: the name was a link, and this is what it leads to */
};

#endif

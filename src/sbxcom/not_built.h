/*
 * not_built.h - members that the IDL promises and this version does not have yet.
 *
 *     NOT_BUILT1(Host, Deprovision, VARIANT)
 *     NOT_BUILT_RESULT1(Host, Doctor, ISandboxReport **)
 *
 * define Host_Deprovision and Host_Doctor for ISandboxHost's vtable: they raise E_NOT_BUILT with the text "Host.Doctor is
 * not built in this version. ...". One line a member, with the types of its parameters, because a stdcall function takes
 * its parameters off the stack itself and so has to know their size; the number counts them. With _RESULT the last one
 * is the result, which is emptied. Whoever builds a member replaces its line by a function.
 */
#ifndef SBX_SBXCOM_NOT_BUILT_H
#define SBX_SBXCOM_NOT_BUILT_H

#include "sbxcom/object.h"

#include <string.h>

#define NOT_BUILT_HEAD(C, M)  static HRESULT STDMETHODCALLTYPE C##_##M
#define NOT_BUILT_RAISE(C, M) return object_not_built(object_from_interface(iface), #C, #M)
#define NOT_BUILT_EMPTY(r)           \
    do {                             \
        if (!(r))                    \
            return E_POINTER;        \
        memset((r), 0, sizeof *(r)); \
    } while (0)

#define NOT_BUILT0(C, M)                      \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface) \
    {                                         \
        NOT_BUILT_RAISE(C, M);                \
    }

#define NOT_BUILT1(C, M, A)                        \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface, A a) \
    {                                              \
        (void)a;                                   \
        NOT_BUILT_RAISE(C, M);                     \
    }

#define NOT_BUILT2(C, M, A, B)                          \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface, A a, B b) \
    {                                                   \
        (void)a, (void)b;                               \
        NOT_BUILT_RAISE(C, M);                          \
    }

#define NOT_BUILT_RESULT1(C, M, R)                 \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface, R r) \
    {                                              \
        NOT_BUILT_EMPTY(r);                        \
        NOT_BUILT_RAISE(C, M);                     \
    }

#define NOT_BUILT_RESULT2(C, M, A, R)                   \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface, A a, R r) \
    {                                                   \
        (void)a;                                        \
        NOT_BUILT_EMPTY(r);                             \
        NOT_BUILT_RAISE(C, M);                          \
    }

#define NOT_BUILT_RESULT3(C, M, A, B, R)                     \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface, A a, B b, R r) \
    {                                                        \
        (void)a, (void)b;                                    \
        NOT_BUILT_EMPTY(r);                                  \
        NOT_BUILT_RAISE(C, M);                               \
    }

#define NOT_BUILT_RESULT5(C, M, A, B, D, E, R)                         \
    NOT_BUILT_HEAD(C, M)(ISandbox##C * iface, A a, B b, D d, E e, R r) \
    {                                                                  \
        (void)a, (void)b, (void)d, (void)e;                            \
        NOT_BUILT_EMPTY(r);                                            \
        NOT_BUILT_RAISE(C, M);                                         \
    }

#endif

/*
 * not_built.h - members that the IDL promises and this version does not have yet.
 *
 *     NOT_BUILT1(Host, Doctor, ISandboxReport **)
 *
 * defines Host_Doctor for ISandboxHost's vtable: it raises E_NOT_BUILT with the text "Host.Doctor is not built in this
 * version. ...". One line a member, with the types of its parameters, because a stdcall function takes its parameters
 * off the stack itself and so has to know their size. Whoever builds a member replaces its line by a function.
 */
#ifndef SBX_SBXCOM_NOT_BUILT_H
#define SBX_SBXCOM_NOT_BUILT_H

#include "sbxcom/object.h"

#define NOT_BUILT_HEAD(C, M) static HRESULT STDMETHODCALLTYPE C##_##M
#define NOT_BUILT_RAISE(C, M) return object_not_built(object_from_interface(iface), #C, #M)

#define NOT_BUILT0(C, M)                        \
    NOT_BUILT_HEAD(C, M)(ISandbox##C *iface)    \
    {                                           \
        NOT_BUILT_RAISE(C, M);                  \
    }

#define NOT_BUILT1(C, M, A)                         \
    NOT_BUILT_HEAD(C, M)(ISandbox##C *iface, A a)   \
    {                                               \
        (void)a;                                    \
        NOT_BUILT_RAISE(C, M);                      \
    }

#define NOT_BUILT2(C, M, A, B)                           \
    NOT_BUILT_HEAD(C, M)(ISandbox##C *iface, A a, B b)   \
    {                                                    \
        (void)a, (void)b;                                \
        NOT_BUILT_RAISE(C, M);                           \
    }

#define NOT_BUILT3(C, M, A, B, D)                             \
    NOT_BUILT_HEAD(C, M)(ISandbox##C *iface, A a, B b, D d)   \
    {                                                         \
        (void)a, (void)b, (void)d;                            \
        NOT_BUILT_RAISE(C, M);                                \
    }

#define NOT_BUILT4(C, M, A, B, D, E)                               \
    NOT_BUILT_HEAD(C, M)(ISandbox##C *iface, A a, B b, D d, E e)   \
    {                                                              \
        (void)a, (void)b, (void)d, (void)e;                        \
        NOT_BUILT_RAISE(C, M);                                     \
    }

#define NOT_BUILT5(C, M, A, B, D, E, F)                                 \
    NOT_BUILT_HEAD(C, M)(ISandbox##C *iface, A a, B b, D d, E e, F f)   \
    {                                                                   \
        (void)a, (void)b, (void)d, (void)e, (void)f;                    \
        NOT_BUILT_RAISE(C, M);                                          \
    }

#endif

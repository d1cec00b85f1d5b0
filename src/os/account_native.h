/*
 * account_native.h - what account.c, account_group.c and account_right.c share. Private to this folder.
 *
 * netapi32.dll is looked up and not linked: it is no known DLL, and its calls are forwarders to samcli.dll, which the loader
 * looks for by its bare name. process_harden_self keeps that search to System32; the elevated server calls it first.
 */
#ifndef SBX_OS_ACCOUNT_NATIVE_H
#define SBX_OS_ACCOUNT_NATIVE_H

#include "os/account.h"
#include "os/native.h"

#include <lm.h>
#include <ntsecapi.h>

struct net_calls {
    NET_API_STATUS(NET_API_FUNCTION *user_add)(LPCWSTR, DWORD, LPBYTE, LPDWORD);
    NET_API_STATUS(NET_API_FUNCTION *user_get)(LPCWSTR, LPCWSTR, DWORD, LPBYTE *);
    NET_API_STATUS(NET_API_FUNCTION *user_set)(LPCWSTR, LPCWSTR, DWORD, LPBYTE, LPDWORD);
    NET_API_STATUS(NET_API_FUNCTION *user_delete)(LPCWSTR, LPCWSTR);
    NET_API_STATUS(NET_API_FUNCTION *user_enum)
    (LPCWSTR, DWORD, DWORD, LPBYTE *, DWORD, LPDWORD, LPDWORD, LPDWORD);
    NET_API_STATUS(NET_API_FUNCTION *group_add)(LPCWSTR, DWORD, LPBYTE, LPDWORD);
    NET_API_STATUS(NET_API_FUNCTION *group_get)(LPCWSTR, LPCWSTR, DWORD, LPBYTE *);
    NET_API_STATUS(NET_API_FUNCTION *group_delete)(LPCWSTR, LPCWSTR);
    NET_API_STATUS(NET_API_FUNCTION *group_enum)
    (LPCWSTR, DWORD, LPBYTE *, DWORD, LPDWORD, LPDWORD, PDWORD_PTR);
    NET_API_STATUS(NET_API_FUNCTION *add_members)(LPCWSTR, LPCWSTR, DWORD, LPBYTE, DWORD);
    NET_API_STATUS(NET_API_FUNCTION *delete_members)(LPCWSTR, LPCWSTR, DWORD, LPBYTE, DWORD);
    NET_API_STATUS(NET_API_FUNCTION *get_members)
    (LPCWSTR, LPCWSTR, DWORD, LPBYTE *, DWORD, LPDWORD, LPDWORD, PDWORD_PTR);
    NET_API_STATUS(NET_API_FUNCTION *buffer_free)(LPVOID);
};

/* SBX_E_UNSUPPORTED_HOST where one of them is missing. */
sbx_status net_load(struct net_calls *net, struct sbx_error *error);

/*
 * A domain controller has no accounts of its own: what NetUserAdd makes there is the domain's, and may log on
 * everywhere. Nothing is made on one. SBX_E_UNSUPPORTED_HOST.
 */
sbx_status net_needs_own_accounts(struct sbx_error *error);

/* What a Net... call said of the account or group `name`: SBX_E_PATH_NOT_FOUND, SBX_E_STATE, SBX_E_SYSTEM. */
sbx_status net_error(struct sbx_error *error, const char *call, NET_API_STATUS system, const char *name);

/* Appends `wide` where it begins with `prefix`. */
sbx_status net_append_name(struct sbx_strings *names, const WCHAR *wide, const char *prefix,
                           struct sbx_error *error);

/* The policy object of this machine, closed with LsaClose. */
sbx_status lsa_open(ACCESS_MASK wanted, LSA_HANDLE *policy, struct sbx_error *error);
sbx_status lsa_error(struct sbx_error *error, const char *call, NTSTATUS system);

#endif

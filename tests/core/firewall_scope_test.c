/*
 * firewall_scope_test.c - lists of addresses and ports are equal when they mean the same, however they are written.
 */
#include "core/firewall_scope.h"
#include "support/harness.h"

struct row {
    const char *a, *b;
    bool equal;
};

static void addresses_are_compared_as_sets(void)
{
    static const struct row rows[] = {
        {"127.0.0.0/8", "127.0.0.0/255.0.0.0", true},
        {"127.0.0.0/8", "127.0.0.0-127.255.255.255", true},
        {"127.1.2.3/8", "127.0.0.0/8", true},
        {"127.0.0.0/8,::/127", "::-::1,127.0.0.0/255.0.0.0", true},
        {"::1", "0:0:0:0:0:0:0:1", true},
        {"::1", "::1/128", true},
        {"1::", "1:0:0:0:0:0:0:0", true},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:8", true},
        {"FE80::1:0/112", "fe80::1:0-fe80::1:ffff", true},
        {"::,::1,::2-::5", "::-::5", true},
        {"0.0.0.0-126.255.255.255,127.0.0.0-255.255.255.255,::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "*",
         true},
        {"1.2.3.4,1.2.3.4", "1.2.3.4/32", true},
        {NULL, "*", true},
        {"", "*", true},
        {"LocalSubnet", "localsubnet", true},
        {"127.0.0.0/8", "127.0.0.0/9", false},
        {"127.0.0.0/8", "127.0.0.0/8,::1", false},
        {"127.0.0.0/8", "*", false},
        {"0.0.0.0-255.255.255.255", "*", false},
        {"::-::1", "::1", false},
        {"0.0.0.1", "::1", false},
        {"1.2.3.4", "1.2.3.4,1.2.3.6", false},
        {"127.0.0.0/8", "LocalSubnet", false},
        {"127.0.0.0/8", "127.0.0.0/255.0.255.0", false},
        {"1.2.3.4-", "1.2.3.4", false},
        {"1.2.3", "1.2.3.0", false},
        {"1.2.3.256", "1.2.3.0", false},
        {"1.2.3.4/33", "1.2.3.4", false},
        {"2.0.0.0-1.0.0.0", "1.0.0.0-2.0.0.0", false},
        {"1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7:8", false},
        {"1::2::3", "1::2:3", false},
        {":1", "::1", false},
        {"1:", "1::", false},
        {"12345::", "2345::", false},
        {"::/129", "::", false},
        {"1.2.3.4,", "1.2.3.4", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (scope_addresses_equal(rows[i].a, rows[i].b) != rows[i].equal)
            CU_FAIL(rows[i].a);
        CU_ASSERT_EQUAL(scope_addresses_equal(rows[i].b, rows[i].a), rows[i].equal);
    }
}

static void ports_are_compared_as_sets(void)
{
    static const struct row rows[] = {
        {"1-8079,8081-65535", "8081-65535,1-8079", true},
        {"1-10,11-20,21", "1-21", true},
        {"1-10,5-21", "1-21", true},
        {"0-65535", "*", true},
        {NULL, "*", true},
        {"RPC", "rpc", true},
        {"80", "80-81", false},
        {"1-65535", "*", false},
        {"1-10,12-20", "1-20", false},
        {"65536", "0", false},
        {"80/8", "80", false},
        {"80", "RPC", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (scope_ports_equal(rows[i].a, rows[i].b) != rows[i].equal)
            CU_FAIL(rows[i].a);
        CU_ASSERT_EQUAL(scope_ports_equal(rows[i].b, rows[i].a), rows[i].equal);
    }
}

const struct harness_suite firewall_scope_suite = {
    "firewall_scope",
    (const struct harness_test[]){
        {"addresses are compared as sets", addresses_are_compared_as_sets},
        {"ports are compared as sets", ports_are_compared_as_sets},
        {NULL, NULL},
    },
};

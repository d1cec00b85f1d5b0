/* Collections and enumerators, as scripts walk them. */
#include "sbxcom/collection.h"
#include "base/memory.h"
#include "com/recorder.h"
#include "com/script_array.h"
#include "com/support.h"
#include "sbxcom/enumerator.h"
#include "sbxcom/report.h"

#define E_OF(code) ((HRESULT)(SBX_HRESULT_BASE + (code)))

enum { ID_COUNT = 1, ID_FINDINGS = 1 };

static struct findings three_findings(void)
{
    struct findings findings = {NULL, 0};

    findings_add(&findings, "fileWrite", SBX_ENFORCED, SBX_ENFORCED, "capability SID", "seen", "");
    findings_add(&findings, "network", SBX_ABSENT, SBX_ENFORCED, "", "nothing holds it",
                 "Set up the elevated level.");
    findings_add(&findings, "handles", SBX_VERIFIED, SBX_ENFORCED, "handle list", "", "");
    return findings;
}

static ISandboxReport *report_of_three(void)
{
    struct findings findings = three_findings();
    ISandboxReport *report = NULL;

    CU_ASSERT_EQUAL_FATAL(report_create(L"Sbx.Session", &findings, &report), S_OK);
    findings_free(&findings);
    return report;
}

static ISandboxFindings *findings_of(ISandboxReport *report)
{
    ISandboxFindings *findings = NULL;

    CU_ASSERT_EQUAL_FATAL(ISandboxReport_get_Findings(report, &findings), S_OK);
    ISandboxReport_Release(report);
    return findings;
}

static bool is_domain(ISandboxFinding *finding, const WCHAR *expected)
{
    BSTR domain = NULL;
    bool equal = ISandboxFinding_get_Domain(finding, &domain) == S_OK && wcscmp(domain, expected) == 0;

    SysFreeString(domain);
    return equal;
}

static void items_are_found_by_number_and_by_key_in_any_case(void)
{
    ISandboxFindings *findings = findings_of(report_of_three()); /* and outlive their report */
    VARIANT keys[] = {v_long(1), v_text(L"network"), v_text(L"NETWORK"), v_double(1), v_int64(1)};
    LONG count = 0;

    CU_ASSERT_EQUAL(ISandboxFindings_get_Count(findings, &count), S_OK);
    CU_ASSERT_EQUAL(count, 3);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        ISandboxFinding *finding = NULL;

        CU_ASSERT_EQUAL_FATAL(ISandboxFindings_get_Item(findings, keys[i], &finding), S_OK);
        CU_ASSERT(is_domain(finding, L"network"));
        ISandboxFinding_Release(finding);
        VariantClear(&keys[i]);
    }
    ISandboxFindings_Release(findings);
}

static bool item_raises(void *collection, VARIANT index, const WCHAR *says)
{
    struct late call = {.object = collection,
                        .id = DISPID_VALUE,
                        .flags = DISPATCH_PROPERTYGET,
                        .arguments = {index},
                        .count = 1};
    HRESULT result = late_call(&call);

    VariantClear(&index);
    return late_raised(&call, result, E_OF(SBX_E_ARGUMENT), says);
}

static void a_missing_item_names_the_range_or_the_keys(void)
{
    ISandboxFindings *findings = findings_of(report_of_three());
    struct collection *empty = collection_new(TYPE_ISandboxGrants, L"Sbx.Session", "grant", 0);

    CU_ASSERT(item_raises(findings, v_long(3), L"There is no finding 3. The numbers go from 0 to 2."));
    CU_ASSERT(item_raises(findings, v_long(-1), L"There is no finding -1. The numbers go from 0 to 2."));
    CU_ASSERT(item_raises(findings, v_double(0.5), L"There is no finding 0.5."));
    CU_ASSERT(item_raises(findings, v_text(L"netwrok"),
                          L"There is no finding \"netwrok\". There are: fileWrite, network, handles."));
    CU_ASSERT(item_raises(findings, v_text(L"1"), L"There is no finding \"1\"."));
    CU_ASSERT(item_raises(findings, v_bool(true), L"index takes a number from 0, or a key, not a Boolean."));
    CU_ASSERT(item_raises(findings, v_empty(), L"index takes"));
    CU_ASSERT(item_raises(object_interface(&empty->object), v_long(0), L"There is no grant at all"));
    CU_ASSERT(item_raises(object_interface(&empty->object), v_text(L"C:\\x"), L"There is no grant at all"));
    object_release(&empty->object);
    ISandboxFindings_Release(findings);
}

/* As grants of one folder have it: of several the latest alone is found by its target. */
static void items_without_a_key_hide_no_other(void)
{
    ISandboxFindings *findings = findings_of(report_of_three());
    struct collection *some = collection_new(TYPE_ISandboxFindings, L"Sbx.Session", "finding", 3);
    ISandboxFinding *finding = NULL;
    ISandboxFindings *collection = object_interface(&some->object);
    VARIANT key = v_text(L"KEY");

    for (LONG i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(ISandboxFindings_get_Item(findings, v_long(i), &finding), S_OK);
        CU_ASSERT_EQUAL(collection_add(some, i == 1 ? "key" : NULL, (IDispatch *)finding), S_OK);
        ISandboxFinding_Release(finding);
    }
    finding = NULL;
    CU_ASSERT_EQUAL_FATAL(ISandboxFindings_get_Item(collection, key, &finding), S_OK);
    CU_ASSERT(is_domain(finding, L"network"));
    ISandboxFinding_Release(finding);
    CU_ASSERT(item_raises(collection, v_text(L"kez"), L"There is no finding \"kez\". There are: key."));
    VariantClear(&key);
    object_release(&some->object);
    ISandboxFindings_Release(findings);
}

static IEnumVARIANT *enumerator_of_object(void *object, WORD flags)
{
    struct late call = {.object = object, .id = DISPID_NEWENUM, .flags = flags};
    IEnumVARIANT *enumerator = NULL;

    CU_ASSERT_EQUAL_FATAL(late_call(&call), S_OK);
    CU_ASSERT_EQUAL_FATAL(V_VT(&call.result), VT_UNKNOWN);
    CU_ASSERT_EQUAL_FATAL(
        IUnknown_QueryInterface(V_UNKNOWN(&call.result), &IID_IEnumVARIANT, (void **)&enumerator), S_OK);
    late_free(&call);
    return enumerator;
}

static bool next_is(IEnumVARIANT *enumerator, const WCHAR *domain)
{
    VARIANT value = v_empty();
    ULONG fetched = 9;
    HRESULT result = IEnumVARIANT_Next(enumerator, 1, &value, &fetched);
    bool as_expected = domain ? result == S_OK && fetched == 1 && V_VT(&value) == VT_DISPATCH &&
                                    is_domain((ISandboxFinding *)V_DISPATCH(&value), domain)
                              : result == S_FALSE && fetched == 0;

    VariantClear(&value);
    return as_expected;
}

static void enumerators_answer_to_every_flag_and_walk_alone(void)
{
    static const WORD flags[] = {DISPATCH_METHOD, DISPATCH_PROPERTYGET,
                                 DISPATCH_METHOD | DISPATCH_PROPERTYGET};
    ISandboxFindings *findings = findings_of(report_of_three());
    IEnumVARIANT *enumerators[3];

    for (int i = 0; i < 3; i++)
        enumerators[i] = enumerator_of_object(findings, flags[i]);
    ISandboxFindings_Release(findings); /* the snapshot lives on */
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(next_is(enumerators[i], L"fileWrite"));
        CU_ASSERT(next_is(enumerators[i], L"network"));
        CU_ASSERT(next_is(enumerators[i], L"handles"));
        CU_ASSERT(next_is(enumerators[i], NULL));
        IEnumVARIANT_Release(enumerators[i]);
    }
}

static void enumerators_skip_reset_clone_and_give_several(void)
{
    ISandboxFindings *findings = findings_of(report_of_three());
    IEnumVARIANT *enumerator = enumerator_of_object(findings, DISPATCH_METHOD), *clone = NULL;
    VARIANT values[5];
    ULONG fetched = 0;

    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(enumerator, 1), S_OK);
    CU_ASSERT_EQUAL_FATAL(IEnumVARIANT_Clone(enumerator, &clone), S_OK);
    CU_ASSERT(next_is(enumerator, L"network"));
    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(enumerator, 2), S_FALSE);
    CU_ASSERT(next_is(enumerator, NULL));
    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(enumerator, 1), S_FALSE);
    CU_ASSERT(next_is(clone, L"network")); /* the clone has a place of its own */
    CU_ASSERT_EQUAL(IEnumVARIANT_Reset(enumerator), S_OK);
    CU_ASSERT_EQUAL(IEnumVARIANT_Next(enumerator, 5, values, &fetched), S_FALSE);
    CU_ASSERT_EQUAL(fetched, 3);
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(V_VT(&values[i]), i < 3 ? VT_DISPATCH : VT_EMPTY);
        VariantClear(&values[i]);
    }
    CU_ASSERT_EQUAL(IEnumVARIANT_Next(enumerator, 2, values, NULL), E_POINTER);
    IEnumVARIANT_Release(clone);
    IEnumVARIANT_Release(enumerator);
    ISandboxFindings_Release(findings);
}

static void a_report_says_what_was_found(void)
{
    ISandboxReport *report = report_of_three();
    ISandboxFindings *findings = NULL;
    ISandboxFinding *network = NULL;
    VARIANT key = v_text(L"network");
    VARIANT_BOOL meets = VARIANT_TRUE;
    sbxAssurance assurance;
    BSTR text = NULL;

    CU_ASSERT_EQUAL(ISandboxReport_get_Meets(report, &meets), S_OK);
    CU_ASSERT_EQUAL(meets, VARIANT_FALSE);
    CU_ASSERT_EQUAL(ISandboxReport_get_Text(report, &text), S_OK);
    CU_ASSERT(text_holds(text, L"network"));
    SysFreeString(text);
    CU_ASSERT_EQUAL(ISandboxReport_get_Json(report, &text), S_OK);
    CU_ASSERT(text_holds(text, L"\"network\""));
    SysFreeString(text);

    ISandboxReport_AddRef(report);
    findings = findings_of(report);
    CU_ASSERT_EQUAL_FATAL(ISandboxFindings_get_Item(findings, key, &network), S_OK);
    CU_ASSERT_EQUAL(ISandboxFinding_get_Assurance(network, &assurance), S_OK);
    CU_ASSERT_EQUAL(assurance, sbxAssuranceAbsent);
    CU_ASSERT_EQUAL(ISandboxFinding_get_Required(network, &assurance), S_OK);
    CU_ASSERT_EQUAL(assurance, sbxAssuranceEnforced);
    CU_ASSERT_EQUAL(ISandboxFinding_get_AssuranceText(network, &text), S_OK);
    CU_ASSERT(text_holds(text, L"absent"));
    SysFreeString(text);
    CU_ASSERT_EQUAL(ISandboxFinding_get_RequiredText(network, &text), S_OK);
    CU_ASSERT(text_holds(text, L"enforced"));
    SysFreeString(text);
    CU_ASSERT_EQUAL(ISandboxFinding_get_Detail(network, &text), S_OK);
    CU_ASSERT(text_holds(text, L"nothing holds it"));
    SysFreeString(text);
    CU_ASSERT_EQUAL(ISandboxFinding_get_Fix(network, &text), S_OK);
    CU_ASSERT(text_holds(text, L"Set up the elevated level."));
    SysFreeString(text);
    CU_ASSERT_EQUAL(ISandboxFinding_get_Domain(network, NULL), E_POINTER);
    VariantClear(&key);
    ISandboxFinding_Release(network);
    ISandboxFindings_Release(findings);
    ISandboxReport_Release(report);
}

static bool fail_nth(void *context, size_t size)
{
    (void)size;
    return --*(int *)context == 0;
}

static void a_report_that_cannot_be_made_leaves_nothing_behind(void)
{
    struct findings findings = three_findings();
    ISandboxReport *report = NULL;
    long before = objects_alive();
    int n;

    for (n = 1; n < 200 && !report; n++) {
        int countdown = n;
        HRESULT result;

        sbx_memory_set_hook(fail_nth, &countdown);
        result = report_create(L"Sbx.Session", &findings, &report);
        sbx_memory_set_hook(NULL, NULL);
        CU_ASSERT_EQUAL(result, report ? S_OK : E_OUTOFMEMORY);
        if (!report)
            CU_ASSERT_EQUAL(objects_alive(), before);
    }
    CU_ASSERT(n > 10 && report);
    ISandboxReport_Release(report);
    findings_free(&findings);
    CU_ASSERT_EQUAL(objects_alive(), before);
}

/* COM's callers may free what a failed call left in their variable. */
static void a_failed_property_leaves_an_empty_result(void)
{
    ISandboxReport *report = report_of_three();
    ISandboxFindings *findings = NULL;
    ISandboxFinding *finding = NULL;
    BSTR json = (BSTR)report, domain = (BSTR)report;
    int countdown = 1;

    sbx_memory_set_hook(fail_nth, &countdown);
    CU_ASSERT_EQUAL(ISandboxReport_get_Json(report, &json), E_OUTOFMEMORY);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_PTR_NULL(json);

    findings = findings_of(report);
    CU_ASSERT_EQUAL_FATAL(ISandboxFindings_get_Item(findings, v_long(0), &finding), S_OK);
    countdown = 1;
    sbx_memory_set_hook(fail_nth, &countdown);
    CU_ASSERT_EQUAL(ISandboxFinding_get_Domain(finding, &domain), E_OUTOFMEMORY);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_PTR_NULL(domain);
    ISandboxFinding_Release(finding);
    finding = (ISandboxFinding *)findings;
    CU_ASSERT_EQUAL(ISandboxFindings_get_Item(findings, v_long(9), &finding), E_OF(SBX_E_ARGUMENT));
    CU_ASSERT_PTR_NULL(finding);
    ISandboxFindings_Release(findings);
}

/* What a client passes where an object of ours is expected. */
static void only_objects_of_the_dll_and_of_the_class_are_taken(void)
{
    struct recorder *recorder = recorder_new();
    struct collection *collection = collection_new(TYPE_ISandboxGrants, L"Sbx.Session", "grant", 0);
    struct object forged = recorder->object;
    IDispatch *stranger = script_value_new(L"a stranger");
    ISupportErrorInfo *other_face = NULL;

    CU_ASSERT_PTR_EQUAL(object_from_client(object_interface(&recorder->object), recorder->object.class),
                        &recorder->object);
    IDispatch_QueryInterface((IDispatch *)object_interface(&recorder->object), &IID_ISupportErrorInfo,
                             (void **)&other_face);
    CU_ASSERT_PTR_EQUAL(object_from_client((IUnknown *)other_face, recorder->object.class),
                        &recorder->object);
    ISupportErrorInfo_Release(other_face);
    CU_ASSERT_PTR_NULL(object_from_client(object_interface(&collection->object), recorder->object.class));
    CU_ASSERT_PTR_NULL(object_from_client((IUnknown *)stranger, recorder->object.class));
    CU_ASSERT_PTR_NULL(object_from_client(NULL, recorder->object.class));
    forged.IDispatch_iface.lpVtbl =
        stranger->lpVtbl; /* the right class in the right place, but not our functions */
    CU_ASSERT_PTR_NULL(object_from_client((IUnknown *)&forged.IDispatch_iface, recorder->object.class));
    IDispatch_Release(stranger);
    object_release(&collection->object);
    object_release(&recorder->object);
}

static void no_object_is_left_behind(void)
{
    CU_ASSERT_EQUAL(objects_alive(), 0);
}

const struct harness_suite collection_suite = {
    "collection",
    (const struct harness_test[]){
        {"items are found by number and by key, in any case",
         items_are_found_by_number_and_by_key_in_any_case},
        {"a missing item names the range or the keys", a_missing_item_names_the_range_or_the_keys},
        {"items without a key hide no other", items_without_a_key_hide_no_other},
        {"enumerators answer to every flag and outlive their collection",
         enumerators_answer_to_every_flag_and_walk_alone},
        {"enumerators skip, reset, clone and give several", enumerators_skip_reset_clone_and_give_several},
        {"a report says what was found", a_report_says_what_was_found},
        {"a report that cannot be made leaves nothing behind",
         a_report_that_cannot_be_made_leaves_nothing_behind},
        {"a failed property leaves an empty result", a_failed_property_leaves_an_empty_result},
        {"only objects of the DLL and of the class are taken for ours",
         only_objects_of_the_dll_and_of_the_class_are_taken},
        {"no object is left behind", no_object_is_left_behind},
        {NULL, NULL},
    },
};

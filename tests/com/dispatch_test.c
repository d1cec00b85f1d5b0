/* Late-bound calls: what reaches a method, and what a script hears when nothing does. */
#include "base/memory.h"
#include "com/recorder.h"
#include "com/support.h"
#include "sbxcom/environment.h"

#define E_OF(code) ((HRESULT)(SBX_HRESULT_BASE + (code)))

/* ---- flags and kinds ----------------------------------------------------------------------------------------------- */

static void methods_and_properties_answer_to_either_flag(void)
{
    static const WORD flags[] = {DISPATCH_METHOD, DISPATCH_PROPERTYGET,
                                 DISPATCH_METHOD | DISPATCH_PROPERTYGET};
    struct recorder *recorder = recorder_new();

    recorder->columns = 80;
    for (size_t i = 0; i < 3; i++) {
        struct late get = {
            .object = object_interface(&recorder->object), .id = ID_COLUMNS, .flags = flags[i]};
        struct late run = {.object = object_interface(&recorder->object), .id = ID_RUN, .flags = flags[i]};

        CU_ASSERT_EQUAL(late_call(&get), S_OK);
        CU_ASSERT_EQUAL(V_VT(&get.result), VT_I4);
        CU_ASSERT_EQUAL(V_I4(&get.result), 80);
        CU_ASSERT_EQUAL(late_call(&run), S_OK);
    }
    CU_ASSERT_EQUAL(recorder->calls, 6);
    object_release(&recorder->object);
}

static void values_are_put_with_every_flag_that_languages_use(void)
{
    static const WORD flags[] = {DISPATCH_PROPERTYPUT, DISPATCH_PROPERTYPUTREF,
                                 DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF};
    struct recorder *recorder = recorder_new();

    for (size_t i = 0; i < 3; i++) {
        for (UINT named = 0; named < 2; named++) { /* some leave DISPID_PROPERTYPUT away */
            struct late put = {.object = object_interface(&recorder->object),
                               .id = ID_COLUMNS,
                               .flags = flags[i],
                               .arguments = {v_long((LONG)(10 * i + named))},
                               .count = 1,
                               .named = {DISPID_PROPERTYPUT},
                               .named_count = named};

            CU_ASSERT_EQUAL(late_call(&put), S_OK);
            CU_ASSERT_EQUAL(recorder->columns, (LONG)(10 * i + named));
        }
    }
    object_release(&recorder->object);
}

static void what_cannot_be_done_is_member_not_found(void)
{
    struct recorder *recorder = recorder_new();
    VARIANT value;

    CU_ASSERT_EQUAL(late_get(object_interface(&recorder->object), 77, &value), DISP_E_MEMBERNOTFOUND);
    CU_ASSERT_EQUAL(late_put(object_interface(&recorder->object), ID_RUN, v_long(1)), DISP_E_MEMBERNOTFOUND);
    /* PowerShell asks everything for an enumerator. */
    CU_ASSERT_EQUAL(late_get(object_interface(&recorder->object), DISPID_NEWENUM, &value),
                    DISP_E_MEMBERNOTFOUND);
    CU_ASSERT_EQUAL(late_get(object_interface(&recorder->object), DISPID_VALUE, &value),
                    DISP_E_MEMBERNOTFOUND);
    object_release(&recorder->object);
}

/* ---- arguments ----------------------------------------------------------------------------------------------------- */

static VARIANT number_of_type(VARTYPE type)
{
    VARIANT value = v_long(0);
    VARIANT number = v_long(65);

    V_VT(&value) = VT_EMPTY;
    CU_ASSERT_EQUAL(VariantChangeType(&value, &number, 0, type), S_OK);
    return value;
}

static void a_number_may_come_as_any_numeric_type_or_as_text(void)
{
    static const VARTYPE types[] = {VT_I1,  VT_I2,   VT_I4, VT_I8, VT_INT, VT_UI1,     VT_UI2, VT_UI4,
                                    VT_UI8, VT_UINT, VT_R4, VT_R8, VT_CY,  VT_DECIMAL, VT_BSTR};
    struct recorder *recorder = recorder_new();

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        VARIANT value = number_of_type(types[i]);

        recorder->columns = 0;
        CU_ASSERT_EQUAL(late_put(object_interface(&recorder->object), ID_COLUMNS, value), S_OK);
        CU_ASSERT_EQUAL(recorder->columns, 65);
        CU_ASSERT_EQUAL(late_put(object_interface(&recorder->object), ID_COLUMNS, v_reference(&value)), S_OK);
        VariantClear(&value);
    }
    object_release(&recorder->object);
}

static void references_are_followed_to_the_value(void)
{
    struct recorder *recorder = recorder_new();
    void *object = object_interface(&recorder->object);
    VARIANT inner = v_long(41), middle = v_reference(&inner), outer = v_reference(&middle), by_type;
    LONG number = 42;
    VARIANT_BOOL truth = VARIANT_TRUE;
    BSTR text = SysAllocString(L"git");

    CU_ASSERT_EQUAL(late_put(object, ID_COLUMNS, outer), S_OK);
    CU_ASSERT_EQUAL(recorder->columns, 41);
    V_VT(&by_type) = VT_BYREF | VT_I4;
    V_I4REF(&by_type) = &number;
    CU_ASSERT_EQUAL(late_put(object, ID_COLUMNS, by_type), S_OK);
    CU_ASSERT_EQUAL(recorder->columns, 42);
    CU_ASSERT_EQUAL(late_put(object, ID_TIMEOUT, by_type),
                    S_OK); /* a VARIANT parameter gets the value, too */
    CU_ASSERT_EQUAL(recorder->time_out_type, VT_I4);
    CU_ASSERT_EQUAL(recorder->time_out, 42);
    V_VT(&by_type) = VT_BYREF | VT_BOOL;
    V_BOOLREF(&by_type) = &truth;
    CU_ASSERT_EQUAL(late_put(object, ID_TERMINAL, by_type), S_OK);
    CU_ASSERT_EQUAL(recorder->terminal, VARIANT_TRUE);
    V_VT(&by_type) = VT_BYREF | VT_BSTR;
    V_BSTRREF(&by_type) = &text;
    CU_ASSERT_EQUAL(late_put(object, ID_PROGRAM, by_type), S_OK);
    CU_ASSERT_STRING_EQUAL((char *)recorder->program, (char *)L"git");
    SysFreeString(text);
    object_release(&recorder->object);
}

static void what_is_left_out_empty_or_null_is_absent(void)
{
    struct recorder *recorder = recorder_new();
    VARIANT empty = v_empty(), missing = v_missing();
    VARIANT cases[5];

    cases[0] = v_missing();
    cases[1] = v_empty();
    cases[2] = v_null();
    cases[3] = v_reference(&empty);
    cases[4] = v_reference(&missing);
    for (UINT i = 0; i <= 5; i++) { /* the last one passes no argument at all */
        struct late spawn = {
            .object = object_interface(&recorder->object), .id = ID_SPAWN, .flags = DISPATCH_METHOD};

        if (i < 5) {
            spawn.arguments[0] = cases[i];
            spawn.count = 1;
        }
        recorder->flags_absent = false;
        CU_ASSERT_EQUAL(late_call(&spawn), S_OK);
        CU_ASSERT(recorder->flags_absent);
    }
    object_release(&recorder->object);
}

static void named_arguments_find_their_places(void)
{
    struct recorder *recorder = recorder_new();
    OLECHAR *names[] = {(OLECHAR *)L"spawn", (OLECHAR *)L"FLAGS", (OLECHAR *)L"nosuch"};
    DISPID ids[3];
    struct late spawn = {.object = object_interface(&recorder->object),
                         .flags = DISPATCH_METHOD,
                         .arguments = {v_long(8), v_long(4)},
                         .count = 1,
                         .named_count = 1};

    CU_ASSERT_EQUAL(IDispatch_GetIDsOfNames(spawn.object, &IID_NULL, names, 2, 0, ids), S_OK);
    CU_ASSERT_EQUAL(ids[0], ID_SPAWN);
    CU_ASSERT_EQUAL(ids[1], 0);
    CU_ASSERT_EQUAL(IDispatch_GetIDsOfNames(spawn.object, &IID_NULL, names, 3, 0, ids), DISP_E_UNKNOWNNAME);
    CU_ASSERT_EQUAL(ids[0], ID_SPAWN);
    CU_ASSERT_EQUAL(ids[2], DISPID_UNKNOWN);
    CU_ASSERT_EQUAL(IDispatch_GetIDsOfNames(spawn.object, &IID_NULL, names + 2, 1, 0, ids),
                    DISP_E_UNKNOWNNAME);
    CU_ASSERT_EQUAL(ids[0], DISPID_UNKNOWN);

    spawn.id = ID_SPAWN;
    spawn.named[0] = 0;
    recorder->flags_absent = true;
    CU_ASSERT_EQUAL(late_call(&spawn), S_OK);
    CU_ASSERT_FALSE(recorder->flags_absent);
    spawn.named[0] = 5;
    CU_ASSERT_EQUAL(late_call(&spawn), DISP_E_PARAMNOTFOUND);
    CU_ASSERT_EQUAL(spawn.wrong, 0);
    object_release(&recorder->object);
}

/* ---- what is said of wrong ones ------------------------------------------------------------------------------------- */

static bool put_raises(struct recorder *recorder, DISPID id, VARIANT value, const WCHAR *says)
{
    struct late put = {.object = object_interface(&recorder->object),
                       .id = id,
                       .flags = DISPATCH_PROPERTYPUT,
                       .arguments = {value},
                       .count = 1,
                       .named = {DISPID_PROPERTYPUT},
                       .named_count = 1};
    HRESULT result = late_call(&put);

    CU_ASSERT_EQUAL(put.wrong, 0);
    return late_raised(&put, result, E_OF(SBX_E_ARGUMENT), says);
}

static void a_wrong_argument_says_which_what_it_takes_and_what_it_was(void)
{
    static const WCHAR *const words[] = {L"a", L"b"};
    struct recorder *recorder = recorder_new();
    VARIANT text = v_text(L"wide"), array = v_texts(VT_VARIANT, 0, words, 2);
    VARIANT date = v_double(1);

    CU_ASSERT(put_raises(
        recorder, ID_COLUMNS, text,
        L"E_ARGUMENT: Columns takes a whole number from -2147483648 to 2147483647, not the text \"wide\"."));
    CU_ASSERT(put_raises(recorder, ID_COLUMNS, v_double(4294967296.0), L"not the number 4294967296."));
    CU_ASSERT(put_raises(recorder, ID_COLUMNS, v_int64(1LL << 40), L"not the number 1099511627776."));
    CU_ASSERT(put_raises(recorder, ID_COLUMNS, v_bool(true), L"not a Boolean."));
    CU_ASSERT(put_raises(recorder, ID_COLUMNS, v_empty(), L"not Empty (or $null)."));
    CU_ASSERT(put_raises(recorder, ID_COLUMNS, v_null(), L"not Null."));
    CU_ASSERT(put_raises(recorder, ID_PROGRAM, array, L"E_ARGUMENT: Program takes text, not an array."));
    CU_ASSERT(put_raises(recorder, ID_PROGRAM, v_object(NULL), L"Program takes text, not Nothing."));
    CU_ASSERT(
        put_raises(recorder, ID_PROGRAM, v_object(object_interface(&recorder->object)), L"not this object."));
    CU_ASSERT(put_raises(recorder, ID_PROGRAM, v_null(), L"not Null."));
    V_VT(&date) = VT_DATE;
    CU_ASSERT(put_raises(recorder, ID_COLUMNS, date, L"not a date."));
    CU_ASSERT(
        put_raises(recorder, ID_TERMINAL, text, L"Terminal takes True or False, not the text \"wide\"."));
    CU_ASSERT_EQUAL(recorder->calls, 0);
    VariantClear(&text);
    VariantClear(&array);
    object_release(&recorder->object);
}

static void too_many_too_few_and_twice_are_said_in_words(void)
{
    struct recorder *recorder = recorder_new();
    struct late call = {.object = object_interface(&recorder->object),
                        .id = ID_SPAWN,
                        .flags = DISPATCH_METHOD | DISPATCH_PROPERTYGET,
                        .arguments = {v_long(1), v_long(2), v_long(3)},
                        .count = 3};
    HRESULT result = late_call(&call);

    CU_ASSERT(
        late_raised(&call, result, E_OF(SBX_E_ARGUMENT), L"Spawn takes at most 1 argument; 3 were given."));
    call.id = ID_RUN;
    call.count = 1;
    result = late_call(&call);
    CU_ASSERT(late_raised(&call, result, E_OF(SBX_E_ARGUMENT), L"Run takes no arguments; 1 were given."));
    call.id = ID_COLUMNS;
    call.flags = DISPATCH_PROPERTYPUT;
    call.count = 0;
    result = late_call(&call);
    CU_ASSERT(late_raised(&call, result, E_OF(SBX_E_ARGUMENT), L"Columns needs a value: a whole number."));
    CU_ASSERT_EQUAL(recorder->calls, 0);
    object_release(&recorder->object);

    /* Of two arguments the first is wrong: the caller has it last. */
    call.object =
        object_interface(environment_object_base(environment_object_new(&(struct environment){{NULL, 0}})));
    call.id = DISPID_VALUE;
    call.count = 2;
    call.arguments[0] = v_long(1);
    call.arguments[1] = v_object(NULL);
    result = late_call(&call);
    CU_ASSERT_EQUAL(call.wrong, 1);
    CU_ASSERT(late_raised(&call, result, E_OF(SBX_E_ARGUMENT), L"name takes text, not Nothing."));

    /* The value given twice by name, and the name not at all. */
    call.named[0] = call.named[1] = DISPID_PROPERTYPUT;
    call.named_count = 2;
    result = late_call(&call);
    CU_ASSERT(late_raised(&call, result, E_OF(SBX_E_ARGUMENT), L"twice"));
    IDispatch_Release(call.object);
}

static void a_failed_method_tells_its_code_text_and_source(void)
{
    struct recorder *recorder = recorder_new();
    struct late run = {.object = object_interface(&recorder->object), .id = ID_RUN, .flags = DISPATCH_METHOD};
    IErrorInfo *left;
    HRESULT result;

    recorder->outcome = E_FAIL;
    result = late_call(&run);
    CU_ASSERT(text_holds(run.exception.bstrSource, L"Test.Recorder"));
    CU_ASSERT_EQUAL(V_VT(&run.result), VT_EMPTY);
    CU_ASSERT(late_raised(&run, result, E_OF(SBX_E_LIMIT), L"E_LIMIT: Too much. Take less."));
    CU_ASSERT_EQUAL(GetErrorInfo(0, &left), S_FALSE); /* it went into the exception */

    recorder->outcome = E_OUTOFMEMORY;
    CU_ASSERT_EQUAL(late_call(&run), E_OUTOFMEMORY);
    late_free(&run);
    object_release(&recorder->object);
}

static void callers_that_want_no_result_and_no_exception_are_served(void)
{
    struct recorder *recorder = recorder_new();
    IDispatch *object = object_interface(&recorder->object);
    DISPPARAMS none = {NULL, NULL, 0, 0};
    IErrorInfo *info = NULL;

    CU_ASSERT_EQUAL(
        IDispatch_Invoke(object, ID_PROGRAM, &IID_NULL, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL), S_OK);
    CU_ASSERT_EQUAL(recorder->calls, 1);
    recorder->outcome = E_FAIL;
    CU_ASSERT_EQUAL(IDispatch_Invoke(object, ID_RUN, &IID_NULL, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL),
                    DISP_E_EXCEPTION);
    CU_ASSERT_EQUAL(GetErrorInfo(0, &info), S_OK);
    if (info)
        IErrorInfo_Release(info);
    CU_ASSERT_EQUAL(
        IDispatch_Invoke(object, ID_RUN, &IID_IDispatch, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL),
        DISP_E_UNKNOWNINTERFACE);
    CU_ASSERT_EQUAL(IDispatch_Invoke(object, ID_RUN, &IID_NULL, 0, DISPATCH_METHOD, NULL, NULL, NULL, NULL),
                    E_POINTER);
    object_release(&recorder->object);
}

/* ---- default members of results ------------------------------------------------------------------------------------ */

/* VBScript: command.Environment("NAME"), and command.Environment("NAME") = "new" */
static void an_argument_too_many_goes_to_the_default_member_of_the_result(void)
{
    struct recorder *recorder = recorder_new();
    VARIANT name = v_text(L"NAME"), other = v_text(L"NMAE"), value = v_text(L"new");
    struct late call = {.object = object_interface(&recorder->object),
                        .id = ID_ENVIRONMENT,
                        .flags = DISPATCH_METHOD | DISPATCH_PROPERTYGET,
                        .arguments = {name},
                        .count = 1};
    HRESULT result = late_call(&call);

    CU_ASSERT_EQUAL(result, S_OK);
    CU_ASSERT_EQUAL_FATAL(V_VT(&call.result), VT_BSTR);
    CU_ASSERT(text_holds(V_BSTR(&call.result), L"value"));
    late_free(&call);

    call.arguments[0] = other;
    result = late_call(&call);
    CU_ASSERT(
        late_raised(&call, result, E_OF(SBX_E_ARGUMENT), L"There is no variable \"NMAE\" (perhaps NAME)."));

    call.flags = DISPATCH_PROPERTYPUT;
    call.arguments[0] = value;
    call.arguments[1] = name;
    call.count = 2;
    call.named[0] = DISPID_PROPERTYPUT;
    call.named_count = 1;
    CU_ASSERT_EQUAL(late_call(&call), S_OK);
    late_free(&call);
    VariantClear(&name);
    VariantClear(&other);
    VariantClear(&value);
    object_release(&recorder->object);
}

/* ---- cost ---------------------------------------------------------------------------------------------------------- */

static bool count_request(void *context, size_t size)
{
    (void)size;
    ++*(unsigned *)context;
    return false;
}

static void reading_a_number_allocates_nothing(void)
{
    struct recorder *recorder = recorder_new();
    unsigned requests = 0;
    VARIANT value;

    CU_ASSERT_EQUAL(late_get(object_interface(&recorder->object), ID_COLUMNS, &value), S_OK);
    sbx_memory_set_hook(count_request, &requests);
    CU_ASSERT_EQUAL(late_get(object_interface(&recorder->object), ID_COLUMNS, &value), S_OK);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_EQUAL(requests, 0);
    object_release(&recorder->object);
}

static void no_object_is_left_behind(void)
{
    CU_ASSERT_EQUAL(objects_alive(), 0);
}

const struct harness_suite dispatch_suite = {
    "dispatch",
    (const struct harness_test[]){
        {"methods and properties answer to METHOD, to PROPERTYGET and to both",
         methods_and_properties_answer_to_either_flag},
        {"values are put with every flag that languages use",
         values_are_put_with_every_flag_that_languages_use},
        {"what cannot be done is DISP_E_MEMBERNOTFOUND, _NewEnum included",
         what_cannot_be_done_is_member_not_found},
        {"a number may come as any numeric type or as text",
         a_number_may_come_as_any_numeric_type_or_as_text},
        {"references are followed to the value, however deep", references_are_followed_to_the_value},
        {"what is left out, Empty or Null is absent", what_is_left_out_empty_or_null_is_absent},
        {"named arguments find their places, unknown names are bare errors",
         named_arguments_find_their_places},
        {"a wrong argument says which, what it takes and what it was",
         a_wrong_argument_says_which_what_it_takes_and_what_it_was},
        {"too many, too few and twice are said in words", too_many_too_few_and_twice_are_said_in_words},
        {"a failed method tells its code, text and source", a_failed_method_tells_its_code_text_and_source},
        {"callers that want no result and no exception are served",
         callers_that_want_no_result_and_no_exception_are_served},
        {"an argument too many goes to the default member of the result",
         an_argument_too_many_goes_to_the_default_member_of_the_result},
        {"reading a number allocates nothing", reading_a_number_allocates_nothing},
        {"no object is left behind", no_object_is_left_behind},
        {NULL, NULL},
    },
};

/*
 * plan_write.c - a plan as people and programs read it.
 */
#include "core/plan.h"

#include "core/jsontext.h"

static void write_step(const struct step *step, size_t number, struct sbx_buffer *out)
{
    buffer_append_format(out, "%4zu  %-8s  %-8s  ", number, step_state_name(step->state),
                         step_kind_name(step->kind));
    step_write_target(step, out);
    buffer_append_text(out, "\r\n                          ");
    step_write_detail(step, out);
    if (step->rule && step->rule[0])
        buffer_append_format(out, " [%s]", step->rule);
    if (step->later)
        buffer_append_text(out, " (in the background)");
    buffer_append_text(out, "\r\n");
}

void plan_write_text(const struct plan *plan, struct sbx_buffer *out)
{
    bool elevated = false;

    if (plan->count)
        buffer_append_text(out, "   #  State     Change    Of what, and what is changed\r\n");
    else
        buffer_append_text(out, "Nothing is to be changed.\r\n");
    for (size_t i = 0; i < plan->count; i++) {
        write_step(&plan->steps[i], i + 1, out);
        elevated |= step_is_elevated(&plan->steps[i]);
    }
    if (elevated)
        buffer_append_text(out, "An administrator is needed.\r\n");
    for (size_t i = 0; i < plan->remarks.count; i++)
        buffer_append_format(out, "Note: %s\r\n", plan->remarks.items[i]);
}

static bool put_written(json_t *json, const char *key, const struct step *step,
                        void (*write)(const struct step *, struct sbx_buffer *))
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    bool ok;

    write(step, &text);
    ok = !buffer_failed(&text) && jsontext_put_text(json, key, buffer_text(&text));
    buffer_free(&text);
    return ok;
}

/* What the journal would keep, and what people are told. */
static json_t *step_for_reading(const struct step *step)
{
    json_t *json = step_as_json(step);

    if (json && jsontext_put(json, "state", json_string(step_state_name(step->state))) &&
        jsontext_put(json, "elevated", json_boolean(step_is_elevated(step))) &&
        put_written(json, "target", step, step_write_target) &&
        put_written(json, "detail", step, step_write_detail) &&
        put_written(json, "undo", step, step_write_undo))
        return json;
    json_decref(json);
    return NULL;
}

static json_t *steps_as_json(const struct plan *plan)
{
    json_t *array = jsontext_array();

    for (size_t i = 0; i < plan->count; i++) {
        if (!jsontext_append(array, step_for_reading(&plan->steps[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* A remark may name an ill-formed path: of such texts what JSON can hold. */
static json_t *remarks_as_json(const struct plan *plan)
{
    json_t *array = jsontext_array();
    json_t *holder = jsontext_object();
    bool ok = array && holder;

    for (size_t i = 0; ok && i < plan->remarks.count; i++)
        ok = jsontext_put_text(holder, "text", plan->remarks.items[i]) &&
             jsontext_append(array, json_incref(json_object_get(holder, "text")));
    json_decref(holder);
    if (ok)
        return array;
    json_decref(array);
    return NULL;
}

void plan_write_json(const struct plan *plan, struct sbx_buffer *out)
{
    json_t *json = jsontext_object();

    if (!jsontext_put(json, "steps", steps_as_json(plan)) ||
        !jsontext_put(json, "remarks", remarks_as_json(plan))) {
        json_decref(json);
        json = NULL;
    }
    jsontext_write(json, out);
}

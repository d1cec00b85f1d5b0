/*
 * engine_under_test.h - the engine, and what a test needs of its inside: the runner, which is locked against everybody, so
 * that only this handle can end it as a user's task manager would; the token that was measured, which has no restricting SIDs under
 * Wine; and the floors of its commands, which no host lets fall by itself.
 */
#ifndef TESTS_COM_ENGINE_UNDER_TEST_H
#define TESTS_COM_ENGINE_UNDER_TEST_H

#include "sbxcom/engine.h"

sbx_handle engine_test_runner(struct engine *engine);
struct token_facts *engine_test_token(struct engine *engine);
bool engine_test_has_toolchain(struct engine *engine, const char *path); /* it is granted */
bool engine_test_stops_toolchains(struct engine *engine);      /* whoever takes the mark has asked for it */
enum sbx_assurance *engine_test_floors(struct engine *engine); /* by enum sbx_domain */

/* As engine_private.h has them: no host here has the level that they are for. */
sbx_status engine_give_way(struct engine *former, struct sbx_error *error);
void engine_go_on(struct engine *former);

#endif

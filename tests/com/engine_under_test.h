/*
 * engine_under_test.h - the engine, and the one thing of its inside that a test needs: a runner is locked against
 * everybody, so only this handle can end it as a user's task manager would.
 */
#ifndef TESTS_COM_ENGINE_UNDER_TEST_H
#define TESTS_COM_ENGINE_UNDER_TEST_H

#include "sbxcom/engine.h"

sbx_handle engine_test_runner(struct engine *engine);

#endif

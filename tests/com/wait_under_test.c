/*
 * wait_under_test.c - the DLL's waiting, for a program that is not the DLL; and its key, for hosts without a keyboard.
 */
#include "sbxcom/wait.c"

bool wait_press_ctrl_c(void)
{
    return interrupt_waiters(CTRL_C_EVENT);
}

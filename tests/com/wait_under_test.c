/*
 * wait_under_test.c - the DLL's waiting, for a program that is not the DLL.
 */
#include "sbxcom/wait.c"

/*
 * server.h - the life of the COM server: started by COM with -Embedding, for one client, gone when he is.
 */
#ifndef SBX_SBXSETUP_SERVER_H
#define SBX_SBXSETUP_SERVER_H

/*
 * Registers the class for one activation, serves, returns the program's exit code. It ends when the object is released, when
 * nobody comes within 10 seconds, and when a client has not called for 2 minutes (he may have died: COM would take six to
 * tell).
 */
int server_run(void);

/* Counted by the object: one more, one less; a call begins, a call ends. */
void server_object_made(void);
void server_object_gone(void);
void server_call_begins(void);
void server_call_ends(void);

#endif

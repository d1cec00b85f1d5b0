/*
 * acl_world.h - a host that keeps access control lists, for what the engine puts on files where the host of the tests
 * keeps none (Wine folds them into mode bits).
 *
 * The linker chooses the world: this program has os/acl.h's functions of its own. They are src/os's, and files are opened
 * and told apart by them; between acl_world_begin and acl_world_end the lists alone are kept here, in memory, by file.
 * Nothing is inherited, and nobody is refused anything: this is for the order of things, not for who may what.
 */
#ifndef TESTS_COM_ACL_WORLD_H
#define TESTS_COM_ACL_WORLD_H

#include <stdbool.h>
#include <stddef.h>

void acl_world_begin(void); /* forgets everything */
void acl_world_end(void);

/* Lists written since acl_world_begin, refused ones too. */
size_t acl_world_writes(void);

/* From now on the nth write (0: none) fails with "access denied"; all after it, too, where `for_ever`. */
void acl_world_fail_write(size_t nth, bool for_ever);

/* Before the nth write from now on. */
void acl_world_at_write(size_t nth, void (*act)(void *context), void *context);

/* Every list that was ever written is byte for byte as it was before. */
bool acl_world_is_as_it_was(void);

/* The same of one file; true where it was never written. */
bool acl_world_file_is_as_it_was(const char *path);

/* The list of that file now, as SDDL; "" where it was never written. Constant until the next call. */
const char *acl_world_list(const char *path);

#endif

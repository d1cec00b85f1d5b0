/*
 * command.h - what scripts give as a command, and ISandboxCommand: a command described in full.
 */
#ifndef SBX_SBXCOM_COMMAND_H
#define SBX_SBXCOM_COMMAND_H

#include "sbxcom/session.h"

/* A command as it was given: a line, or a program with its arguments. Begins zeroed. */
struct given_command {
    char *line; /* NULL: an array */
    struct sbx_strings arguments;
};

/* A text is a command line; an array or a collection is program and arguments. SBX_E_ARGUMENT, SBX_E_MEMORY. */
sbx_status given_command_take(const VARIANT *given, struct given_command *command, struct sbx_error *error);
void given_command_free(struct given_command *command);
struct command_text given_command_text(const struct given_command *command);

/* Text (encoded) or bytes for a command's input; appended to `input`. *given is false when it is absent. */
sbx_status given_input_take(const VARIANT *value, enum text_encoding encoding, struct sbx_buffer *input,
                            bool *given, struct sbx_error *error);

/* A sum of sbxSpawn, or its words; 0 when absent. */
sbx_status given_flags_take(const VARIANT *value, uint32_t *flags, struct sbx_error *error);

/* The object; takes over `command`'s contents in any case. It sees `environment` (copied). E_OUTOFMEMORY. */
HRESULT command_create(struct session *session, struct given_command *command,
                       const struct environment *environment, ISandboxCommand **value);

#endif

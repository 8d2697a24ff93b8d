/* Messages of the command on standard error: `weir: error: text`, one line each. */
#ifndef TOOLS_MESSAGE_H
#define TOOLS_MESSAGE_H

#include "weir/context.h"

/* From now on without colour, whatever the terminal can do. */
void message_without_color(void);
/* Any thread. */
void message_print(weir_level level, const char *text);
/* A wrong command line, and how to get help on the command (NULL: on weir). Returns EXIT_USAGE. */
int message_usage(const char *command, const char *text);
/* Is that file descriptor a terminal that can be written over? */
bool message_is_terminal(int descriptor);

#endif

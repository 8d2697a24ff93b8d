#include "tools/looking.h"

#include "tools/command.h"
#include "tools/message.h"

int looking_code(weir_status status)
{
    if (status == WEIR_UNSUPPORTED) return EXIT_STATE;
    return status == WEIR_NO_ELEMENT ? EXIT_USAGE : exit_code_of(status);
}

int looking_exit(weir_status status)
{
    if (status != WEIR_OK) message_print(WEIR_ERROR, weir_last_error());
    int code = exit_after_output();
    return status != WEIR_OK ? looking_code(status) : code;
}

int looking_exit_older(weir_status status, bool is_older)
{
    int code = looking_exit(status);
    return code == EXIT_OK && is_older ? EXIT_DAMAGED : code;
}

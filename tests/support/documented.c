#include "support/documented.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static buffer read_page(void)
{
    const char *source = getenv("WEIR_SOURCE");
    buffer path = {0}, page = {0};
    if (!source) fail_msg("WEIR_SOURCE does not say where the sources are");
    buffer_printf(&path, "%s/docs/FORMATS.md", source);
    buffer_append(&path, "", 1);
    FILE *file = fopen(path.bytes, "r");
    if (!file) fail_msg("%s cannot be read", path.bytes);
    for (int byte; (byte = fgetc(file)) != EOF;) buffer_append(&page, &(char){(char)byte}, 1);
    buffer_append(&page, "", 1);
    fclose(file);
    buffer_release(&path);
    return page;
}

/* Takes a byte that is spelled at *at, and the blank behind it. */
static bool take_byte(const char **at, buffer *to)
{
    const unsigned char *digits = (const unsigned char *)*at;
    if (!isxdigit(digits[0]) || !isxdigit(digits[1]) || isalnum(digits[2])) return false;
    char text[] = {(char)digits[0], (char)digits[1], '\0'};
    buffer_append(to, &(char){(char)strtoul(text, NULL, 16)}, 1);
    *at += 2;
    if (**at == ' ') ++*at;
    return true;
}

static void take_lines(const char *at, const char *text, buffer *to)
{
    while (*at && strncmp(at, "```", 3) != 0) {
        if (!take_byte(&at, to)) fail_msg("behind \"%s\": a line without bytes", text);
        while (*at != ' ' && take_byte(&at, to)) continue;
        while (*at && *at != '\n') at++;
        if (*at) at++;
    }
}

void documented_bytes(const char *text, buffer *to)
{
    buffer page = read_page();
    size_t before = to->size;
    const char *at = strstr(page.bytes, text);
    if (!at) fail_msg("docs/FORMATS.md does not say \"%s\"", text);
    at += strlen(text);
    if (strstr(at, text)) fail_msg("docs/FORMATS.md says \"%s\" twice", text);
    while (isspace((unsigned char)*at)) at++;
    if (strncmp(at, "```\n", 4) == 0) take_lines(at + 4, text, to);
    else if (*at++ == '`') while (take_byte(&at, to)) continue;
    if (to->size == before) fail_msg("behind \"%s\" stand no bytes", text);
    buffer_release(&page);
}

void check_documented(const char *text, const void *bytes, size_t size)
{
    buffer documented = {0};
    documented_bytes(text, &documented);
    bool is_same =
        documented.size == size && memcmp(documented.bytes, bytes, size) == 0;
    if (!is_same) {
        print_message("%s\n", text);
        for (size_t i = 0; i < size; i++)
            print_message("%02x%s", ((const unsigned char *)bytes)[i], i + 1 < size ? " " : "\n");
        fail_msg("behind \"%s\", docs/FORMATS.md has other bytes than these", text);
    }
    buffer_release(&documented);
}

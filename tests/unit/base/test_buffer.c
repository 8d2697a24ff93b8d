#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"

static void test_empty(void **state)
{
    (void)state;
    buffer buffer = {0};
    buffer_append(&buffer, NULL, 0);
    assert_int_equal(buffer.size, 0);
    assert_non_null(buffer_reserve(&buffer, 0));
    buffer_release(&buffer);
    buffer_release(&buffer);
    assert_null(buffer.bytes);
}

static void test_append_grows(void **state)
{
    (void)state;
    buffer buffer = {0};
    for (int i = 0; i < 10000; i++) {
        char byte = (char)('a' + i % 26);
        buffer_append(&buffer, &byte, 1);
    }
    assert_int_equal(buffer.size, 10000);
    for (int i = 0; i < 10000; i++) assert_int_equal(buffer.bytes[i], 'a' + i % 26);
    buffer_release(&buffer);
}

static void test_reserve_gives_room_and_padding(void **state)
{
    (void)state;
    buffer buffer = {0};
    buffer_append_text(&buffer, "head");
    for (size_t more = 1; more < 5000; more += 7) {
        char *place = buffer_reserve(&buffer, more);
        assert_ptr_equal(place, buffer.bytes + 4);
        memset(place, 'x', more + 32);
    }
    assert_int_equal(buffer.size, 4);
    assert_memory_equal(buffer.bytes, "head", 4);
    buffer_release(&buffer);
}

static void test_printf_of_every_length(void **state)
{
    (void)state;
    static char text[600];
    for (size_t length = 0; length < sizeof text - 1; length++) {
        memset(text, 'y', length);
        text[length] = '\0';
        buffer buffer = {0};
        buffer_append_text(&buffer, "at ");
        buffer_printf(&buffer, "%d:%s", 7, text);
        assert_int_equal(buffer.size, 5 + length);
        assert_memory_equal(buffer.bytes, "at 7:", 5);
        assert_memory_equal(buffer.bytes + 5, text, length);
        buffer_release(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_append_grows),
        cmocka_unit_test(test_reserve_gives_room_and_padding),
        cmocka_unit_test(test_printf_of_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

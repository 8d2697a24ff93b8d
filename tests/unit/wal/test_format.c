#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wal/format.h"

static const wal_segment_header segment = {
    .owner = 1, .context_id = "0123456789abcde", .number = 7, .first_sequence = 1000};

static void test_segment_header(void **state)
{
    (void)state;
    unsigned char bytes[WAL_SEGMENT_HEADER];
    wal_segment_header read = {0};
    uint32_t version = 0;
    wal_segment_header_encode(&segment, bytes);
    assert_memory_equal(bytes, "weirlog\n\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0", 24);
    assert_memory_equal(bytes + 24, "0123456789abcde\0\x07\0\0\0\0\0\0\0\xe8\x03\0\0\0\0\0\0", 32);
    assert_int_equal(wal_segment_header_decode(bytes, &read, &version), WAL_HEADER_GOOD);
    assert_memory_equal(&read, &segment, sizeof read);
    for (size_t i = 0; i < sizeof bytes * 8; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_int_equal(wal_segment_header_decode(bytes, &read, &version), WAL_HEADER_BAD);
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
}

static void test_first_sequence_of_a_segment(void **state)
{
    (void)state;
    static const uint64_t sequences[] = {0, WAL_SEQUENCE_MAX + 1, UINT64_MAX};
    unsigned char bytes[WAL_SEGMENT_HEADER];
    wal_segment_header read, changed = segment;
    uint32_t version;
    for (size_t i = 0; i < 3; i++) {
        changed.first_sequence = sequences[i];
        wal_segment_header_encode(&changed, bytes);
        assert_int_equal(wal_segment_header_decode(bytes, &read, &version), WAL_HEADER_BAD);
    }
}

/* What of a header may be there alone: its beginning, as no sector behind it was written. */
static void test_part_of_a_header(void **state)
{
    (void)state;
    char bytes[WAL_SEGMENT_HEADER], sector[512];
    wal_segment_header_encode(&segment, bytes);
    for (size_t size = 0; size <= WAL_SEGMENT_HEADER; size++) {
        memset(sector, 0, sizeof sector);
        memcpy(sector, bytes, size);
        assert_int_equal(wal_segment_header_is_part(sector, sizeof sector),
                         size < WAL_SEGMENT_HEADER);
        sector[WAL_SEGMENT_HEADER + size] = 1;
        assert_false(wal_segment_header_is_part(sector, sizeof sector));
    }
    memset(sector, 0, sizeof sector);
    assert_true(wal_segment_header_is_part(sector, 0));
    sector[7] = 'x';
    assert_false(wal_segment_header_is_part(sector, sizeof sector));
}

/* The rule of the first 64 bytes holds for all formats to come. */
static void test_newer_format(void **state)
{
    (void)state;
    unsigned char bytes[WAL_SEGMENT_HEADER];
    wal_segment_header read;
    uint32_t version = 0;
    wal_segment_header_encode(&segment, bytes);
    bytes[8] = 2;
    uint64_t checksum = wal_checksum(bytes, 56, NULL, 0);
    memcpy(bytes + 56, &checksum, 8);
    assert_int_equal(wal_segment_header_decode(bytes, &read, &version), WAL_HEADER_NEWER);
    assert_int_equal(version, 2);
    bytes[8] = 0;
    checksum = wal_checksum(bytes, 56, NULL, 0);
    memcpy(bytes + 56, &checksum, 8);
    assert_int_equal(wal_segment_header_decode(bytes, &read, &version), WAL_HEADER_BAD);
}

static const wal_entry_header entry = {.sequence = 0x1122334455667788,
                                       .size = 0x00abcdef,
                                       .kind = WAL_BLOCK,
                                       .flags = WAL_LZ4,
                                       .in_group = 0x1234,
                                       .payload_checksum = 0x99aabbccddeeff01};

static void test_entry_header(void **state)
{
    (void)state;
    const wal_position place = {3, 640};
    unsigned char bytes[WAL_ENTRY_HEADER];
    wal_entry_header read = {0};
    wal_entry_header_encode(&entry, place, bytes);
    assert_memory_equal(bytes + 8, "\x88\x77\x66\x55\x44\x33\x22\x11\xef\xcd\xab\0\x01\x01\x34\x12"
                        "\x01\xff\xee\xdd\xcc\xbb\xaa\x99", 24);
    assert_true(wal_entry_header_decode(bytes, place, &read));
    assert_memory_equal(&read, &entry, sizeof read);
    for (size_t i = 0; i < sizeof bytes * 8; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_false(wal_entry_header_decode(bytes, place, &read));
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
}

static void test_entry_is_bound_to_its_place(void **state)
{
    (void)state;
    char bytes[WAL_ENTRY_HEADER];
    wal_entry_header read;
    wal_entry_header_encode(&entry, (wal_position){3, 640}, bytes);
    assert_false(wal_entry_header_decode(bytes, (wal_position){3, 704}, &read));
    assert_false(wal_entry_header_decode(bytes, (wal_position){4, 640}, &read));
    assert_false(wal_entry_header_decode(bytes, (wal_position){0, 0}, &read));
}

static void test_what_is_never_valid(void **state)
{
    (void)state;
    const wal_position place = {1, 64};
    char bytes[WAL_ENTRY_HEADER] = {0};
    wal_entry_header read, changed = entry;
    assert_false(wal_entry_header_decode(bytes, place, &read));
    changed.kind = 0;
    wal_entry_header_encode(&changed, place, bytes);
    assert_false(wal_entry_header_decode(bytes, place, &read));
    static const uint64_t sequences[] = {0, WAL_SEQUENCE_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < 3; i++) {
        changed = entry;
        changed.sequence = sequences[i];
        wal_entry_header_encode(&changed, place, bytes);
        assert_false(wal_entry_header_decode(bytes, place, &read));
    }
    changed = entry;
    changed.size = WAL_PAYLOAD_MAX;
    wal_entry_header_encode(&changed, place, bytes);
    assert_true(wal_entry_header_decode(bytes, place, &read));
    changed.size++;
    wal_entry_header_encode(&changed, place, bytes);
    assert_false(wal_entry_header_decode(bytes, place, &read));
}

static void test_space(void **state)
{
    (void)state;
    assert_int_equal(wal_entry_space(0), 64);
    assert_int_equal(wal_entry_space(32), 64);
    assert_int_equal(wal_entry_space(33), 128);
    assert_int_equal(wal_entry_space(WAL_PAYLOAD_MAX), (UINT64_C(1) << 30) + 64);
}

static void test_checksum_of_pieces(void **state)
{
    (void)state;
    char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * i);
    const uint64_t whole = wal_checksum(bytes, sizeof bytes, NULL, 0);
    for (size_t i = 0; i <= sizeof bytes; i += 37)
        assert_true(wal_checksum(bytes, i, bytes + i, sizeof bytes - i) == whole);
    /* XXH3-64 of nothing, seed 0, as its authors give it */
    assert_true(wal_checksum(bytes, 0, NULL, 0) == UINT64_C(0x2d06800538d394c2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment_header),
        cmocka_unit_test(test_first_sequence_of_a_segment),
        cmocka_unit_test(test_part_of_a_header),
        cmocka_unit_test(test_newer_format),
        cmocka_unit_test(test_entry_header),
        cmocka_unit_test(test_entry_is_bound_to_its_place),
        cmocka_unit_test(test_what_is_never_valid),
        cmocka_unit_test(test_space),
        cmocka_unit_test(test_checksum_of_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

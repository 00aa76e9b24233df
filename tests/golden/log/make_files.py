#!/usr/bin/env python3
"""Writes the golden files of journal, checkpoint and index as docs/formats describes them.

Shares no code with weir. Run it in its own folder: PYTHONPATH=.. ./make_files.py
"""

import struct

from hex_file import crc32c, write

STORE = bytes.fromhex("0123456789abcdef0123456789abcdef")
ORDERS = bytes.fromhex("00112233445566778899aabbccddeeff")
DESCRIPTION, BATCH, START, REMOVAL = 1, 2, 3, 4
NEW_SEGMENT, AFTER_UNLOGGED = 1, 2


def text(value):
    return struct.pack("<H", len(value)) + value


def counted(items):
    return struct.pack("<I", len(items)) + b"".join(items)


def batch(base_offset, leader_epoch, records):
    """docs/formats/batch.md: the header alone, since the journal does not look behind it."""
    checked = struct.pack(">hiqqqhii", 0, records - 1, 1000, 1000, 77, 3, 0, records)
    body = struct.pack(">ibI", leader_epoch, 2, crc32c(checked)) + checked
    return struct.pack(">qi", base_offset, len(body)) + body


def entry(kind, offset=0, data=b"", flags=0, partition=7):
    return struct.pack("<BBHi16sqII", kind, flags, 0, partition, ORDERS, offset, len(data), 0) + data


def journal():
    """docs/formats/journal.md: three rounds with every type of entry, without the zeros that fill them up."""
    rounds = [
        [entry(DESCRIPTION, data=b"\0" + text(b"orders")), entry(BATCH, 40, batch(40, 5, 2), NEW_SEGMENT)],
        [
            entry(BATCH, 42, batch(42, 5, 3), AFTER_UNLOGGED),
            entry(START, 41),
            entry(DESCRIPTION, data=b"\1" + text(b"orders")),
        ],
        [entry(REMOVAL)],
    ]
    out, previous = b"", 0
    for sequence, entries in enumerate(rounds, 1):
        payload, time_ms = b"".join(entries), 1_700_000_000_000 + sequence
        numbers = sequence, sequence - 1, len(payload), len(entries), crc32c(payload), previous, time_ms
        checked = STORE + struct.pack("<QQIIIIq", *numbers)
        previous = crc32c(checked)
        out += b"WRJ1" + struct.pack("<I", previous) + checked + payload
    return out


def log(partition, durability, label, places, segments, epochs, producers):
    """`places`: log start, end, and the last journal round applied."""
    return (
        ORDERS
        + struct.pack("<iB", partition, durability)
        + text(label)
        + struct.pack("<qqQ", *places)
        + counted([struct.pack("<qqQqq", *segment) for segment in segments])
        + counted([struct.pack("<iq", *epoch) for epoch in epochs])
        + counted(
            [
                struct.pack("<q", number) + counted([struct.pack("<qqiih", *one) for one in batches])
                for number, batches in producers
            ]
        )
    )


def checkpoint():
    """docs/formats/checkpoint.md: two logs and a removed one."""
    out = b"WCP1" + struct.pack("<I", 1) + STORE + struct.pack("<QQQI", 9, 8192, 1234, 0xCAFEF00D)
    out += counted([ORDERS + struct.pack("<iQ", 3, 1200)])
    segments = [(0, 40, 5000, 1500, 1000), (40, 45, 640, 2000, 1700)]
    producers = [(77, [(38, 1600, 2**31 - 1, 0, 3), (40, 1700, 1, 2, 3)])]
    full = log(7, 0, b"orders", (12, 45, 1233), segments, [(4, 12), (5, 40)], producers)
    out += counted([full, log(8, 1, b"", (0, 0, 0), [], [], [])])
    return out + struct.pack("<I", crc32c(out))


def index():
    """docs/formats/segment.md: the points of a segment whose base offset does not fit into 32 bits."""
    base = (5 << 32) + 7
    out = b"WIX1" + struct.pack("<Iq", 1, base)
    for offset, position, max_timestamp_ms in ((10, 70_000, 1000), (12, 140_000, 1000), (13, 140_100, 1500)):
        point = struct.pack("<qQq", base + offset, position, max_timestamp_ms)
        out += point + struct.pack("<I", crc32c(point, base & 0xFFFFFFFF))
    return out


def damage():
    """docs/formats/damage.md: from offset 40 to before 45."""
    out = b"WDM1" + struct.pack("<Iqq", 1, 40, 45) + text(b"a bit")
    return out + struct.pack("<I", crc32c(out))


def loss():
    """docs/formats/damage.md: the store is set aside as *.set-aside-2."""
    out = b"WDL1" + struct.pack("<I", 1) + STORE + struct.pack("<IB", 2, 1) + text(b"a bit")
    return out + struct.pack("<I", crc32c(out))


def main():
    what = "Three journal rounds, without the zeros that fill each up to a multiple of 4,096 bytes."
    write("journal", what, journal())
    write("checkpoint", "A checkpoint.", checkpoint())
    write("index", "An index file.", index())
    write("damage", "What is known of damage.", damage())
    write("loss", "That a store is lost.", loss())


if __name__ == "__main__":
    main()

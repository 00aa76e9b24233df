#!/usr/bin/env python3
"""Writes the golden bytes of the queue log's records and snapshot from docs/formats/queue_log.md alone."""

import os
import sys

os.chdir(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, "..")
from field_bytes import number, numbers, optional, signed, text  # noqa: E402
from hex_file import crc32c, write  # noqa: E402


def sequence(lane, place):
    return lane << 56 | place


def config(limits=(-1,) * 10, overflow=0, priority=0, flags=(0, 0, 0, 0), target=None, definition=b""):
    out = number(0) + b"".join(optional(limit) for limit in limits)
    out += numbers(overflow, priority, *flags, 0 if target is None else 1)
    if target is not None:
        out += text(target)
    return out + text(definition)


QUEUE = 300
TIME = 1_700_000_000_000
FULL = config(
    (60_000, 3_600_000, 1_000, 1 << 20, 20, 100, 10_000, 5_000, 86_400_000, 0),
    2,
    9,
    (1, 1, 0, 1),
    b"dlx",
    b"\1\2\3",
)

SUBSCRIPTION = number(1) + config()[1:] + bytes(range(16))

RECORDS = {
    "publish": numbers(1, 3, 1 << 1, 0 << 1 | 1, (1_000 - 3) << 1)
    + optional(60_000)
    + optional(TIME)
    + numbers(5, 77)
    + text(b"m-1"),
    "publish_plain": numbers(1, 1, QUEUE << 1) + optional() + optional() + numbers(0, 0) + text(b""),
    "refer": numbers(2, 1, QUEUE, sequence(2, 5), 1_234, 99, 2, 1, 301 << 1)
    + optional()
    + numbers(1, 0, 1)
    + text(b"work")
    + numbers(2, 3)
    + signed(TIME)
    + text(b"ex")
    + number(2)
    + text(b"k1")
    + text(b"k2")
    + signed(500)
    + text(b"dlx")
    + number(1)
    + text(b"dead"),
    "acknowledge": numbers(3, QUEUE, 0, 2) + signed(10) + number(4) + signed(3 - 15) + number(0),
    "release": numbers(4, QUEUE, 7, 2) + optional(TIME),
    "delivered": numbers(5, QUEUE, 1_000),
    "declare": numbers(6, QUEUE) + text(b"orders") + FULL,
    "configure": numbers(7, QUEUE) + config(),
    "delete": numbers(8, QUEUE),
    "fire": numbers(9, 1_234),
    "cancel": numbers(10, 1_234),
    "trim": numbers(11, QUEUE, 128),
    "feed": numbers(16, QUEUE, 2, 1_010, 2) + numbers(1_000, 99, 0) + numbers(8, 5, 77),
    "declare_subscription": numbers(6, QUEUE) + text(b"s") + SUBSCRIPTION,
}

CONFIG = config((-1, -1, 10) + (-1,) * 7)
BODY = (
    numbers(0, 1)
    + text(CONFIG)
    + number(1)
    + number(5)
    + text(b"orders")
    + numbers(0, 1)
    # its one lane: the index of three messages, none of them in a packed block
    + numbers(0, 3, 0, 0, 0)
    + signed(1_002)
    + numbers(1, 7, 1_061, 0, 0)
    + numbers(2, 8, 0, 0, 0)
    + numbers(3, 9, 0, 0, 0)
    # what is settled: floor 0, nothing noted as delivered, one word, one message that came back
    + numbers(0, 0, 1, 0)
    + bytes([2, 0, 0, 0, 0, 0, 0, 0])
    + numbers(1, 0, 2)
    + signed(2_000)
    # no ids for dedup
    + number(0)
    # one delayed message
    + numbers(1, 6)
    + signed(9_000)
    + signed(-1)
    + numbers(0, 4, 0, 5, 0)
)

for name, data in RECORDS.items():
    write(name, f"A record of a queue log: {name}.", data)
write("snapshot", "A queue log's snapshot.", b"WQS1" + crc32c(BODY).to_bytes(4, "little") + BODY)

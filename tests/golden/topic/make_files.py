#!/usr/bin/env python3
"""Writes the golden bytes of messages about topics from docs/formats/topic_requests.md alone."""

import os
import sys

os.chdir(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, "..")
from field_bytes import number, numbers, text  # noqa: E402
from hex_file import write  # noqa: E402


VERSION, PARTITION, AT_TIME = 1, 300, 4
TOPIC = bytes(range(1, 17))
CONTENT = bytes([7, 8, 9])  # in place of batches

write(
    "read",
    "A read of a topic's partition from a time on.",
    number(VERSION)
    + TOPIC
    + numbers(PARTITION, AT_TIME, 1_000 << 1)  # signed
    + numbers(262_144, 5_000 << 1),
)
write("piece", "What a leader has of a partition.", numbers(VERSION, 1, 500, 40) + CONTENT)
write("append", "A batch for a partition.", number(VERSION) + TOPIC + number(PARTITION) + CONTENT)
write(
    "position",
    "How far a subscription has come.",
    number(1) + text(b"workers") + text(b"orders") + numbers(2, 0, 300, 2, 7),
)

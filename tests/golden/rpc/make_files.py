#!/usr/bin/env python3
"""Writes the golden files of the frames between nodes as docs/formats/rpc.md describes them.

Shares no code with weir: the checksum is computed bit by bit here. Run it in its own folder.
"""

import struct

CLUSTER = bytes.fromhex("0123456789ab4defbedcba9876543210")
HELLO, REQUEST, REPLY, ERROR, MESSAGE, PING = range(1, 7)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return ~value & 0xFFFFFFFF


def frame(kind, code, number, checked, unchecked=b""):
    size = len(checked) + len(unchecked)
    head = b"wrpc" + struct.pack("<BBHQIII", 1, kind, code, number, size, len(checked), crc32c(checked))
    return head + struct.pack("<I", crc32c(head)) + checked + unchecked


def hello():
    return struct.pack("<HH", 1, 1) + CLUSTER + struct.pack("<iiIQQ", 2, 1, 3, 0x1122334455667788, 42)


FILES = {
    "hello": ("The hello of node 2 to node 1: stream 3.", frame(HELLO, 0, 0, hello())),
    "request": ("A request: method 258, id 7.", frame(REQUEST, 258, 7, b"what?")),
    "reply": ("Its reply: 4 checked bytes, then 6 that are not.", frame(REPLY, 0, 7, b"this", b"ranges")),
    "error": ("Its refusal: not_leader.", frame(ERROR, 23, 7, b"ask node 3")),
    "ping": ("A ping.", frame(PING, 0, 0, b"")),
}

for name, (what, data) in FILES.items():
    text = data.hex()
    lines = [text[i : i + 96] for i in range(0, len(text), 96)]
    with open(f"{name}.hex", "w", encoding="ascii") as file:
        file.write(f"# {what} Written by make_files.py.\n" + "\n".join(lines) + "\n")

#!/usr/bin/env python3
"""Writes the golden files of the metadata directory as docs/formats/metadata.md describes them.

Shares no code with weir. Run it in its own folder: PYTHONPATH=.. ./make_files.py
"""

import struct

from hex_file import crc32c, write

CLUSTER = bytes.fromhex("0123456789ab4defbedcba9876543210")


def sealed(magic, fields):
    block = magic + struct.pack("<I", 1) + fields
    return block + struct.pack("<I", crc32c(block))


def record(chain, index, term, command):
    checked = struct.pack("<IQQI", len(command), index, term, 1) + command
    chain = crc32c(checked, chain)
    return chain, struct.pack("<I", chain) + checked


def log_file():
    header = sealed(b"weirmeta", CLUSTER + struct.pack("<QQ", 42, 1))
    chain = struct.unpack("<I", header[-4:])[0]
    chain, first = record(chain, 42, 1, b"first")
    chain, second = record(chain, 43, 2, b"")
    return header + first + second, chain


def snapshot_file():
    state = bytes(i * 7 % 256 for i in range(65536 + 3))
    out = sealed(b"weirsnap", CLUSTER + struct.pack("<QQQ", 41, 1, len(state)))
    for at in range(0, len(state), 65536):
        block = state[at : at + 65536]
        out += block + struct.pack("<I", crc32c(block))
    return out + struct.pack("<I", crc32c(state))


def mark_file(log, chain):
    newer, older = (8, 42, 43, len(log), chain), (7, 42, 41, 48, 1)
    slots = (sealed(b"weirmark", struct.pack("<QQQQI", *fields)) for fields in (newer, older))
    return b"".join(slot.ljust(4096, b"\0") for slot in slots)


def shown(data, front):
    """As many bytes of the front; the test knows the rest by its checksum."""
    return data[:front] + struct.pack("<II", len(data), crc32c(data))


def main():
    log, chain = log_file()
    write("log", "A log file: header and two records.", log)
    what = "A snapshot file's header, then the file's length and checksum."
    write("snapshot_file", what, shown(snapshot_file(), 56))
    mark = mark_file(log, chain)
    what = "The mark: the fields of its two slots, the first of them the newer one."
    write("mark", what, mark[:52] + mark[4096:4148])
    write("identity", "An identity file.", sealed(b"weir-id\n", CLUSTER + struct.pack("<i", 7)))


if __name__ == "__main__":
    main()

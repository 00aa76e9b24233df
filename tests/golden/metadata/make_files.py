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


def record(chain, index, term, kind, command):
    checked = struct.pack("<IQQI", len(command), index, term, kind) + command
    chain = crc32c(checked, chain)
    return chain, struct.pack("<I", chain) + checked


def members(nodes):
    """(number, address, 1 for a voter) each, as the engine encodes them."""
    out = struct.pack("<BQ", 1, len(nodes))
    for number, address, is_voter in nodes:
        out += struct.pack("<Q", number + 1) + address + bytes([0, is_voter])
    return out + bytes(-len(out) % 8)


def log_file():
    header = sealed(b"weirmeta", CLUSTER + struct.pack("<QQ", 42, 1))
    chain = struct.unpack("<I", header[-4:])[0]
    chain, first = record(chain, 42, 1, 1, b"first")
    chain, second = record(chain, 43, 2, 2, b"")
    three = [(0, b"one:1", 1), (1, b"two:2", 1), (2, b"three:3", 0)]
    third = record(chain, 44, 2, 3, members(three))[1]
    return header + first + second + third, len(header + first + second), chain


def snapshot_file():
    state = bytes(i * 7 % 256 for i in range(65536 + 3))
    who = members([(7, b"", 1)])
    out = sealed(b"weirsnap", CLUSTER + struct.pack("<QQQQI", 41, 1, len(state), 1, len(who)))
    out += who + struct.pack("<I", crc32c(who))
    for at in range(0, len(state), 65536):
        block = state[at : at + 65536]
        out += block + struct.pack("<I", crc32c(block))
    return out + struct.pack("<I", crc32c(state))


def mark_file(end, chain):
    newer, older = (8, 42, 43, end, chain), (7, 42, 41, 48, 1)
    slots = (sealed(b"weirmark", struct.pack("<QQQQI", *fields)) for fields in (newer, older))
    return b"".join(slot.ljust(4096, b"\0") for slot in slots)


def shown(data, front):
    """As many bytes of the front; the test knows the rest by its checksum."""
    return data[:front] + struct.pack("<II", len(data), crc32c(data))


def message(kind, fields):
    return bytes([1, kind]) + CLUSTER + b"\x09host:9094" + fields


def messages():
    """One of each kind."""
    who = members([(7, b"", 1)])
    out = message(1, struct.pack("<QQQBB", 9, 41, 8, 1, 0))
    out += message(2, struct.pack("<QBB", 9, 0, 1))
    entries = struct.pack("<QBI", 8, 1, 5) + b"first" + struct.pack("<QBI", 9, 2, 0)
    out += message(3, struct.pack("<QQQQI", 9, 41, 7, 40, 2) + entries)
    out += message(4, struct.pack("<QQQ", 9, 41, 30))
    part = struct.pack("<QQQQI", 9, 41, 8, 1, len(who)) + who
    out += message(5, part + struct.pack("<QQI", 1000, 997, 3) + bytes([1, 2, 3]))
    return out + message(6, struct.pack("<QQQ", 9, 41, 8))


def main():
    log, end, chain = log_file()
    write("log", "A log file: header and three records.", log)
    what = "A snapshot file's header, then the file's length and checksum."
    write("snapshot_file", what, shown(snapshot_file(), 68))
    mark = mark_file(end, chain)
    what = "The mark: the fields of its two slots, the first of them the newer one."
    write("mark", what, mark[:52] + mark[4096:4148])
    newer, older = struct.pack("<QQi", 2, 4, 7), struct.pack("<QQi", 1, 3, -1)
    what = "The vote: the fields of its two slots, the first of them the newer one."
    write("vote", what, sealed(b"weirvote", newer) + sealed(b"weirvote", older))
    write("messages", "Messages of the group, one of each kind, back to back.", messages())
    write("identity", "An identity file.", sealed(b"weir-id\n", CLUSTER + struct.pack("<i", 7)))


if __name__ == "__main__":
    main()

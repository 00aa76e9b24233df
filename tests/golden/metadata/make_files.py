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


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def signed(value):
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return number(len(data)) + data


def table(*pairs):
    """Pairs of a name and an encoded value, ordered by name."""
    return number(len(pairs)) + b"".join(text(name) + value for name, value in pairs)


def word(value):
    return number(6) + text(value)


def integer(width, value):
    return bytes([2, width]) + signed(value)


def host(name, description="", tags=(), settings=table()):
    return text(name) + text(description) + number(len(tags)) + b"".join(map(text, tags)) + settings


def exchange(name, kind, flags, arguments=table()):
    """flags: durable, auto-delete, internal, delayed"""
    return text("v") + text(name) + bytes([kind]) + bytes(flags) + arguments


def queue(name, number_, shard, flags, node=-1, owner=bytes(16), arguments=table()):
    """flags: durable, auto-delete"""
    front = text("v") + text(name) + number(number_) + number(shard) + bytes(flags)
    return front + signed(node) + owner + arguments


def binding(source, kind, destination, key, arguments=table()):
    return text("v") + text(source) + bytes([kind]) + text(destination) + text(key) + arguments


def policy(name, is_operator, pattern, target, priority, definition):
    front = text("v") + text(name) + bytes([is_operator]) + text(pattern)
    return front + bytes([target]) + signed(priority) + definition


def user(name, credentials=(), tags=(), settings=table()):
    out = text(name) + number(len(credentials))
    for kind, salt, iterations, key, server_key in credentials:
        out += bytes([kind]) + text(salt) + number(iterations) + text(key) + text(server_key)
    return out + number(len(tags)) + b"".join(map(text, tags)) + settings


def words(*values):
    return b"".join(map(text, values))


def all_values():
    """A table with a value of each type."""
    return table(
        ("blob", bytes([7]) + text(b"\x01\x02")),
        ("decimal", bytes([4, 2]) + signed(-314)),
        ("flag", bytes([1, 1])),
        ("list", bytes([8, 2]) + integer(0, -1) + word("two")),
        ("none", bytes([0])),
        ("real", bytes([3, 1]) + number(struct.unpack("<Q", struct.pack("<d", 0.5))[0])),
        ("table", bytes([9]) + table(("a", integer(7, -1)))),
        ("time", bytes([5]) + signed(1700000000)),
        ("x-queue-type", word("quorum")),
    )


V = host("v", "about v", ["production"], table(("max-queues", integer(4, 5))))
X = exchange("x", 5, [1, 0, 1, 0], table(("hash-header", word("id"))))
Y = exchange("y", 4, [0, 1, 0, 1])
Q = queue("q", 1, 300, [1, 0], arguments=all_values())
T = queue("t", 2, 0, [0, 1], 300, bytes(range(16)))
X_TO_Q = binding("x", 1, "q", "10")
Y_TO_X = binding("y", 2, "x", "", table(("k", bytes([0])), ("x-match", word("any"))))
Y_TO_TOPIC = binding("y", 3, "orders", "k")
P = policy("p", 0, "^q", 1, -3, table(("max-length", integer(6, 10))))
BOUNDS = policy("bounds", 1, ".*", 0, 7, table(("expires", integer(6, 1))))
SALTED, SCRAM = (1, b"\1\2\3\4", 1, b"\xaa" * 32, b""), (3, b"\5" * 16, 4096, b"\xbb" * 32, b"\xcc" * 32)
U = user("u", [SALTED, SCRAM], ["administrator"], table(("max-channels", integer(4, 9))))
MAY = words("u", "v", "^c", ".*", "")
MAY_USE = words("u", "v", "x", "^{username}", "r")


def topology_entry():
    """The commands of kinds 32 to 47, each at least once."""
    commands = [
        (32, V), (32, host("w")), (33, text("w")),
        (34, X), (34, Y), (34, exchange("gone", 1, [1, 0, 0, 0])), (35, words("v", "gone")),
        (36, Q), (36, T), (36, queue("gone", 3, 0, [1, 0])), (37, words("v", "gone")),
        (38, X_TO_Q), (38, Y_TO_X), (38, Y_TO_TOPIC), (38, binding("y", 1, "q", "")),
        (39, binding("y", 1, "q", "")),
        (40, P), (40, BOUNDS), (40, policy("gone", 1, "", 2, 0, table(("a", bytes([0]))))),
        (41, text("v") + b"\1" + text("gone")),
        (42, U), (42, user("gone")), (43, text("gone")),
        (44, MAY), (45, words("u", "v")), (44, MAY),
        (46, MAY_USE), (46, words("u", "v", "y", "", "")), (47, words("u", "v", "y")),
    ]  # fmt: skip
    return b"\3" + b"".join(number(kind) + text(fields) for kind, fields in commands)


def topology_snapshot():
    """After the commands of topology_entry(); the front is a catalogue without topics."""
    empty = bytes(7)  # next producer id, features, unclean elections, nodes, removed, settings, topics
    out = b"\3" + empty + number(1) + V + number(2) + X + Y + number(2) + Q + T
    out += number(3) + X_TO_Q + Y_TO_X + Y_TO_TOPIC + number(2) + P + BOUNDS
    return out + number(1) + U + number(1) + MAY + number(1) + MAY_USE + number(4)


def main():
    what = "An entry of the metadata log with the commands about exchanges, queues and accounts."
    write("topology_entry", what, topology_entry())
    write("topology_snapshot", "The catalogue's snapshot after these.", topology_snapshot())
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
    write("recovering", "The note of a recovery.", sealed(b"weirheal", struct.pack("<Q", 42)))
    three = [(0, b"one:1", 1), (1, b"two:2", 1), (2, b"three:3", 0)]
    write("members", "The list of members beside a log.", sealed(b"weirlist", members(three)))


if __name__ == "__main__":
    main()

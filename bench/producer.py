"""A Kafka producer of just one request: the same one-record batch to each of some partitions."""

import socket
import struct
import time

PRODUCE, PRODUCE_VERSION = 0, 7
TIMEOUT_MS = 30_000


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


def crc32c(data, table=tuple(crc32c_table())):
    value = 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def varint(value):
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def record_batch(value_bytes):
    """One record of now, without a key, in a batch of version 2."""
    timestamp_ms = int(time.time() * 1000)
    body = b"\0" + varint(0) + varint(0) + varint(-1) + varint(value_bytes) + b"v" * value_bytes + varint(0)
    record = varint(len(body)) + body
    checked = struct.pack(">hiqqqhii", 0, 0, timestamp_ms, timestamp_ms, -1, -1, -1, 1) + record
    after_length = struct.pack(">ibI", 0, 2, crc32c(checked)) + checked
    return struct.pack(">qi", 0, len(after_length)) + after_length


class Producer:
    """One connection, one request in flight."""

    def __init__(self, address, limit_s=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), limit_s)
        self.replies = self.socket.makefile("rb")

    def send(self, topic, partitions, batch):
        """Appends `batch` to each of `partitions`; raises RuntimeError if one is refused."""
        name = struct.pack(">h", len(topic)) + topic.encode()
        parts = b"".join(struct.pack(">ii", index, len(batch)) + batch for index in partitions)
        body = struct.pack(">hhi", -1, -1, TIMEOUT_MS) + struct.pack(">i", 1) + name
        body += struct.pack(">i", len(partitions)) + parts
        request = struct.pack(">hhih", PRODUCE, PRODUCE_VERSION, 1, -1) + body
        self.socket.sendall(struct.pack(">i", len(request)) + request)
        self.check(self.receive(), 4 + 4 + len(name))

    def receive(self):
        (size,) = struct.unpack(">i", self.replies.read(4))
        return self.replies.read(size)

    @staticmethod
    def check(reply, at):
        (count,) = struct.unpack_from(">i", reply, at)
        for index in range(count):
            partition, error = struct.unpack_from(">ih", reply, at + 4 + index * 30)
            if error != 0:
                raise RuntimeError(f"partition {partition}: Kafka's error {error}")

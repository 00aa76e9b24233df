"""Kafka's protocol at its lowest: frames, fields, record batches, made so that they can also be wrong."""

import socket
import struct
import time

CLOSE_LIMIT_S = 15
BASE_TIME_MS = int(time.time() * 1000) - 3_600_000  # records of long ago would be retention's


def i8(n):
    return struct.pack(">b", n)


def i16(n):
    return struct.pack(">h", n)


def i32(n):
    return struct.pack(">i", n)


def i64(n):
    return struct.pack(">q", n)


def uvarint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def varint(n):
    return uvarint((n << 1) ^ (n >> 63))


def string(text):
    return i16(-1) if text is None else i16(len(text.encode())) + text.encode()


def compact(text):
    return uvarint(0) if text is None else uvarint(len(text.encode()) + 1) + text.encode()


def blob(data):
    return i32(-1) if data is None else i32(len(data)) + data


def array(items):
    return i32(-1) if items is None else i32(len(items)) + b"".join(items)


def compact_array(items):
    return uvarint(0) if items is None else uvarint(len(items) + 1) + b"".join(items)


NO_TAGS = uvarint(0)


def _crc_table():
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        yield n


CRC_TABLE = list(_crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def record(value, key=None, headers=(), offset_delta=0, timestamp_delta=0):
    def field(data):
        return varint(-1) if data is None else varint(len(data)) + data

    body = (
        i8(0)
        + varint(timestamp_delta)
        + varint(offset_delta)
        + field(key)
        + field(value)
        + varint(len(headers))
    )
    body += b"".join(field(name) + field(data) for name, data in headers)
    return varint(len(body)) + body


def batch(
    records,
    producer_id=-1,
    epoch=-1,
    sequence=-1,
    timestamp=BASE_TIME_MS,
    attributes=0,
    magic=2,
    count=None,
    last_delta=None,
    crc_change=0,
    max_timestamp=None,
    base_offset=0,
):
    """A record batch of ready records, or of compressed bytes and a count; as wrong as the caller says."""
    body_records = records if isinstance(records, bytes) else b"".join(records)
    count = len(records) if count is None else count
    last_delta = count - 1 if last_delta is None else last_delta
    after_crc = i16(attributes) + i32(last_delta) + i64(timestamp) + i64(max_timestamp or timestamp)
    after_crc += i64(producer_id) + i16(epoch) + i32(sequence) + i32(count) + body_records
    crc = struct.pack(">I", crc32c(after_crc) ^ crc_change)
    body = i32(-1) + i8(magic) + crc + after_crc
    return i64(base_offset) + i32(len(body)) + body


class Reader:
    """Reads fields from a reply in order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise AssertionError(
                f"the reply ends early: {size} bytes wanted at {self.at} of {len(self.data)}"
            )
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, layout):
        return struct.unpack(">" + layout, self.take(struct.calcsize(">" + layout)))[0]

    def i8(self):
        return self.number("b")

    def i16(self):
        return self.number("h")

    def i32(self):
        return self.number("i")

    def i64(self):
        return self.number("q")

    def uvarint(self):
        result = shift = 0
        while True:
            byte = self.take(1)[0]
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    def string(self):
        size = self.i16()
        return None if size < 0 else self.take(size).decode()

    def compact(self):
        size = self.uvarint()
        return None if size == 0 else self.take(size - 1).decode()

    def blob(self):
        size = self.i32()
        return None if size < 0 else self.take(size)

    def compact_blob(self):
        size = self.uvarint()
        return None if size == 0 else self.take(size - 1)

    def array(self, item):
        size = self.i32()
        return None if size < 0 else [item(self) for _ in range(size)]

    def compact_array(self, item):
        size = self.uvarint()
        return None if size == 0 else [item(self) for _ in range(size - 1)]

    def tags(self):
        for _ in range(self.uvarint()):
            self.uvarint()
            self.take(self.uvarint())

    def end(self):
        if self.at != len(self.data):
            raise AssertionError(f"the reply has {len(self.data) - self.at} bytes too many")


class Connection:
    """One connection; requests can be sent without reading, and bytes that are no request."""

    def __init__(self, broker, timeout_s=30):
        self.socket = socket.create_connection((broker.host, broker.port), timeout=timeout_s)
        self.correlation = 0

    def send(self, key, version, body, flexible=False, tags=NO_TAGS):
        """Sends one request and returns its correlation id."""
        self.correlation += 1
        header = i16(key) + i16(version) + i32(self.correlation) + string("weir-test")
        self.send_raw(blob(header + (tags if flexible else b"") + body))
        return self.correlation

    def send_raw(self, data):
        self.socket.sendall(data)

    def read_exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(min(size - len(data), 1 << 20))
            if not part:
                raise ConnectionError("the broker closed the connection")
            data += part
        return data

    def receive(self, flexible=False):
        """The next reply as (correlation id, Reader of its body)."""
        reply = Reader(self.read_exactly(struct.unpack(">i", self.read_exactly(4))[0]))
        correlation = reply.i32()
        if flexible:
            reply.tags()
        return correlation, reply

    def ask(self, key, version, body, flexible=False, flexible_reply=None):
        sent = self.send(key, version, body, flexible)
        correlation, reply = self.receive(flexible if flexible_reply is None else flexible_reply)
        if correlation != sent:
            raise AssertionError(f"reply {correlation} for request {sent}")
        return reply

    def closed_by_broker(self):
        """Waits until the broker closes the connection; False if it sends something, or nothing in time."""
        self.socket.settimeout(CLOSE_LIMIT_S)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

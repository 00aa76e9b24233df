"""What the messages are: who sent it, to which partition, its number there, and a checksum of these.

A batch holds consecutive numbers of one producer; offsets and values are read back as runs of them.
"""

import os
import struct
import sys
import zlib

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), os.pardir, "interop"))

import wire  # noqa: E402  (tests/interop is put on the path above)

VALUE = struct.Struct(">IIQI")  # producer, partition, number, checksum
HEADER_BYTES = 61
BATCH = struct.Struct(">qiibIhiqqqhii")  # Kafka's record batch, version 2


class Damaged(Exception):
    """Bytes that are no sound batch of ours."""


def encode_value(producer, partition, number, padding=0):
    head = struct.pack(">IIQ", producer, partition, number)
    return head + struct.pack(">I", zlib.crc32(head)) + b"." * padding


def decode_value(data):
    """(producer, partition, number)."""
    if len(data) < VALUE.size:
        raise Damaged(f"a value of {len(data)} bytes")
    producer, partition, number, checksum = VALUE.unpack_from(data)
    padding = len(data) - VALUE.size
    if zlib.crc32(data[: VALUE.size - 4]) != checksum or data.count(b".", VALUE.size) != padding:
        raise Damaged(f"a value whose checksum does not hold: {data[:40].hex()}")
    return producer, partition, number


def encode_batch(producer, partition, first, count, producer_id=-1, epoch=-1, sequence=-1, padding=0):
    records = [
        wire.record(encode_value(producer, partition, first + i, padding), offset_delta=i)
        for i in range(count)
    ]
    return wire.batch(records, producer_id=producer_id, epoch=epoch, sequence=sequence)


def batches(data):
    """(base offset, header's fields, bytes) of each whole batch; a partial one at the end is left."""
    at = 0
    while at + HEADER_BYTES <= len(data):
        header = BATCH.unpack_from(data, at)
        size = 12 + header[1]
        if header[1] < HEADER_BYTES - 12 or header[3] != 2:
            raise Damaged(f"no batch at byte {at}: {data[at:at + 20].hex()}")
        if at + size > len(data):
            return
        yield header[0], header, data[at : at + size]
        at += size


def _varint(data, at):
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return result >> 1 ^ -(result & 1), at


def records(base_offset, batch):
    """(offset, value) of each record of an uncompressed batch."""
    at = HEADER_BYTES
    for _ in range(BATCH.unpack_from(batch)[12]):
        size, at = _varint(batch, at)
        end = at + size
        _, after = _varint(batch, at + 1)
        delta, after = _varint(batch, after)
        key_size, after = _varint(batch, after)
        after += max(key_size, 0)
        value_size, after = _varint(batch, after)
        yield base_offset + delta, batch[after : after + value_size]
        at = end


def runs(data, partition, from_offset=0):
    """What a fetch brought, from an offset on: [[offset, producer, first number, count], ...], damages."""
    found, damages = [], []
    try:
        for base_offset, _, batch in batches(data):
            for offset, value in records(base_offset, batch):
                if offset >= from_offset:
                    _add(found, damages, offset, value, partition)
    except (Damaged, IndexError, struct.error) as error:
        damages.append(f"after offset {found[-1][0] if found else from_offset}: {error}")
    return found, damages


def _add(found, damages, offset, value, partition):
    try:
        producer, meant_for, number = decode_value(value)
    except Damaged as error:
        damages.append(f"offset {offset}: {error}")
        return
    if meant_for != partition:
        damages.append(f"offset {offset}: a value of partition {meant_for}")
        return
    last = found[-1] if found else None
    if last and last[1] == producer and last[0] + last[3] == offset and last[2] + last[3] == number:
        last[3] += 1
    else:
        found.append([offset, producer, number, 1])

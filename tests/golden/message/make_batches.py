#!/usr/bin/env python3
"""Writes the golden batches beside it, with an independent client's encoder.

Run by hand: pip install kafka-python lz4 python-snappy zstandard; then ./make_batches.py
"""
import pathlib
import struct

import snappy
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.util import calc_crc32c

CODECS = {"none": 0, "gzip": 1, "snappy_java": 2, "lz4": 3, "zstd": 4}
RECORDS = [
    (1700000000000, b"first", b"one " * 500, []),
    (1700000000500, None, b"no key", [("trace", b"\x00\x01"), ("trace", b"again"), ("empty", b"")]),
    (1700000002000, b"gone", None, []),
    (1700000001000, b"", b"", [("null", None)]),
    (1700000002000, "schlüssel".encode(), b"last", []),
]


def build(codec):
    builder = DefaultRecordBatchBuilder(magic=2, compression_type=codec, is_transactional=0, producer_id=-1,
                                        producer_epoch=-1, base_sequence=-1, batch_size=1 << 20)
    for offset, (timestamp, key, value, headers) in enumerate(RECORDS):
        assert builder.append(offset, timestamp=timestamp, key=key, value=value, headers=headers) is not None
    return bytes(builder.build())


def raw_snappy():
    """Snappy without Java's blocks, as C clients send it."""
    plain = bytearray(build(0))
    packed = snappy.compress(bytes(plain[61:]))
    batch = plain[:61] + packed
    struct.pack_into(">i", batch, 8, len(batch) - 12)
    struct.pack_into(">h", batch, 21, 2)
    struct.pack_into(">I", batch, 17, calc_crc32c(bytes(batch[21:])))
    return bytes(batch)


def write(name, batch):
    text = batch.hex()
    lines = [text[at:at + 100] for at in range(0, len(text), 100)]
    pathlib.Path(__file__).with_name(f"{name}.hex").write_text("\n".join(lines) + "\n")


for name, codec in CODECS.items():
    write(name, build(codec))
write("snappy_raw", raw_snappy())

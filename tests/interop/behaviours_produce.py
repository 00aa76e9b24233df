"""Behaviours 14-26: what a produce request may hold, and how idempotence answers."""

import gzip
import struct
import time
import zlib

from behaviour import behaviour, main, same
from calls import (
    FIND_COORDINATOR,
    INIT_PRODUCER_ID,
    PRODUCE,
    delete_records,
    fetch_one,
    init_producer,
    list_offset,
    produce,
    produce_one,
    read_produce,
    send_produce,
)
from wire import BASE_TIME_MS, Reader, array, batch, blob, crc32c, i8, i16, i32, i64, record, string

CORRUPT_MESSAGE, UNKNOWN_TOPIC, MESSAGE_TOO_LARGE, INVALID_ACKS, INVALID_TIMESTAMP = 2, 3, 10, 21, 32
RECORD_LIST_TOO_LARGE, TRANSACTIONAL_ID_REFUSED = 18, 53
OUT_OF_ORDER, INVALID_EPOCH, UNSUPPORTED_COMPRESSION, INVALID_RECORD = 45, 47, 76, 87
ZSTD, GZIP, CONTROL, APPEND_TIME = 4, 1, 0x20, 0x08


def one(value=b"x", **fields):
    return batch([record(value)], **fields)


@behaviour(14, "exactly one batch of magic 2 for a partition, or INVALID_RECORD")
def one_batch(world):
    topic, connection = world.topic(), world.connect()
    same(produce_one(connection, topic, one() + one())["error"], INVALID_RECORD, "two batches")
    same(produce_one(connection, topic, b"")["error"], INVALID_RECORD, "no batch")
    same(produce_one(connection, topic, one())["offset"], 0, "nothing was appended")


@behaviour(14, "zstd below Produce v7 is UNSUPPORTED_COMPRESSION_TYPE")
def zstd_version(world):
    topic, connection = world.topic(), world.connect()
    data = batch(b"(\xb5/\xfd" + bytes(20), count=1, attributes=ZSTD)
    same(produce_one(connection, topic, data, version=6)["error"], UNSUPPORTED_COMPRESSION)


@behaviour(14, "old message formats are refused")
def old_magic(world):
    for magic in (0, 1, 3):
        topic, connection = world.topic(), world.connect()
        connection.send(PRODUCE, 7, send_body(topic, one(magic=magic)))
        try:
            error = read_produce(connection)[0]["error"]
        except ConnectionError:
            error = None  # closing is what some brokers do
        assert error != 0, f"magic {magic} was accepted"
        same(fetch_one(world.connect(), topic, 0)["high"], 0, "nothing was appended")


@behaviour(14, "messages of the formats before batches are INVALID_RECORD, however short")
def message_sets(world):
    topic, connection = world.topic(), world.connect()
    for magic, timestamp in ((0, b""), (1, i64(BASE_TIME_MS))):
        body = i8(magic) + i8(0) + timestamp + blob(b"k") + blob(b"v")
        message = struct.pack(">I", zlib.crc32(body)) + body
        data = i64(0) + blob(message)
        same(produce_one(connection, topic, data)["error"], INVALID_RECORD, f"magic {magic}")
        same(produce_one(connection, topic, data * 5)["error"], INVALID_RECORD, f"five of magic {magic}")
    same(fetch_one(connection, topic, 0)["high"], 0, "nothing was appended")


def send_body(topic, data):
    return string(None) + i16(-1) + i32(10000) + array([string(topic) + array([i32(0) + blob(data)])])


@behaviour(15, "a wrong CRC is CORRUPT_MESSAGE, and the partition is as before")
def wrong_crc(world):
    topic, connection = world.topic(), world.connect()
    same(produce_one(connection, topic, one(crc_change=1))["error"], CORRUPT_MESSAGE)
    damaged = bytearray(one(b"some value"))
    damaged[-3] ^= 1
    same(produce_one(connection, topic, bytes(damaged))["error"], CORRUPT_MESSAGE)
    same(produce_one(connection, topic, one())["offset"], 0)


@behaviour(
    15, "base offset and leader epoch are set by the broker, the rest of the batch stays byte for byte"
)
def patched_in_place(world):
    topic, connection = world.topic(), world.connect()
    data = batch([record(b"v", b"k", [(b"h", b"1"), (b"h", None)])])
    produce_one(connection, topic, data)
    same(produce_one(connection, topic, data)["offset"], 1)
    stored = fetch_one(connection, topic, 1)["data"][-len(data) :]
    same(Reader(stored).i64(), 1, "the base offset")
    same(stored[16:], data[16:], "from the magic on")


@behaviour(16, "record counts and offsets that disagree, control batches and negative sequences are refused")
def inconsistent_batches(world):
    pid, epoch = init_producer(world.connect())
    cases = {
        "count too high": one(count=5, last_delta=4),
        "last offset delta too high": batch([record(b"a"), record(b"b", offset_delta=1)], last_delta=7),
        "count of zero": batch([], count=0, last_delta=0),
        "negative count": batch([record(b"a")], count=-1, last_delta=0),
        "a control batch": one(attributes=CONTROL),
        "no sequence": one(producer_id=pid, epoch=epoch, sequence=-1),
    }
    if not world.server.external:  # Kafka keeps them as they are
        cases["a gap between offsets"] = batch([record(b"a"), record(b"b", offset_delta=2)])
        cases["an offset twice"] = batch([record(b"a"), record(b"b")])
    for what, data in cases.items():
        topic, connection = world.topic(), world.connect()
        error = produce_one(connection, topic, data)["error"]
        assert error in (INVALID_RECORD, CORRUPT_MESSAGE), f"{what}: {error}"
        same(produce_one(connection, topic, one())["offset"], 0, "nothing was appended: " + what)


@behaviour(
    16, "a compressed batch of nonsense is refused or kept as it is, and harms nobody who looks into it"
)
def bad_compressed(world):
    topic, connection, time_ms = world.topic(), world.connect(), BASE_TIME_MS
    for data in (b"this is no gzip stream", gzip.compress(b"\x7f\x7f\x7f no records")):
        produce_one(connection, topic, batch(data, count=1, attributes=GZIP, timestamp=time_ms))
    list_offset(connection, topic, time_ms)
    good = batch(gzip.compress(record(b"compressed")), count=1, attributes=GZIP, timestamp=time_ms)
    answer = produce_one(world.connect(), topic, good)
    same((answer["error"], answer["append_time"]), (0, -1))
    assert fetch_one(world.connect(), topic, answer["offset"])["data"].endswith(good[16:])


@behaviour(17, "a batch above max.message.bytes is MESSAGE_TOO_LARGE, one just below is not")
def too_large(world):
    topic, connection = world.topic(max_message_bytes="1000"), world.connect()
    same(produce_one(connection, topic, one(b"x" * 2000))["error"], MESSAGE_TOO_LARGE)
    overhead = len(one(b"x" * 900)) - 900
    same(produce_one(connection, topic, one(b"x" * (1000 - overhead)))["error"], 0, "exactly 1000 bytes")
    same(
        produce_one(connection, topic, one(b"x" * (1001 - overhead)))["error"],
        MESSAGE_TOO_LARGE,
        "1001 bytes",
    )


@behaviour(17, "a batch larger than a segment is RECORD_LIST_TOO_LARGE")
def larger_than_a_segment(world):
    topic, connection = world.topic(segment_bytes="1048576", max_message_bytes="4000000"), world.connect()
    same(produce_one(connection, topic, one(b"x" * 1_100_000))["error"], RECORD_LIST_TOO_LARGE)
    same(produce_one(connection, topic, one())["offset"], 0)


@behaviour(18, "whatever compression.type says, the records that come back are those that were sent")
def other_codec(world):
    for codec in ("producer", "uncompressed", "gzip"):
        topic, connection = world.topic(compression_type=codec), world.connect()
        sent = record(b"v" * 50, b"k") + record(b"w", None, [(b"h", b"1")], offset_delta=1)
        data = batch(gzip.compress(sent), count=2, attributes=GZIP)
        same(produce_one(connection, topic, data)["offset"], 0)
        stored = fetch_one(connection, topic, 0)["data"]
        packed = Reader(stored[21:23]).i16() & 7
        same(gzip.decompress(stored[61:]) if packed == GZIP else stored[61:], sent, codec)
        same(crc_of(stored), crc32c(stored[21:]), "the checksum")
        same(produce_one(connection, topic, one())["offset"], 2, "offsets go on")


def crc_of(stored):
    """The checksum of one stored batch."""
    return struct.unpack(">I", stored[17:21])[0]


def produce_8(connection, topic, data):
    """Produce v8: (error, [the index of each record at fault])."""
    body = string(None) + i16(-1) + i32(10000) + array([string(topic) + array([i32(0) + blob(data)])])
    reply = connection.ask(PRODUCE, 8, body)

    def partition(r):
        r.i32()
        error, _ = r.i16(), r.take(24)
        faults = r.array(lambda x: (x.i32(), x.string())[0])
        r.string()
        return error, faults

    return reply.array(lambda r: (r.string(), r.array(partition)))[0][1][0]


@behaviour(19, "a compacted topic refuses records without a key, and says which; a tombstone stays null")
def compacted(world):
    topic, connection = world.topic(cleanup_policy="compact"), world.connect()
    records = [record(b"v", b"k"), record(b"v", None, offset_delta=1), record(b"w", b"k", offset_delta=2)]
    same(produce_8(connection, topic, batch(records)), (INVALID_RECORD, [1]))
    same(produce_one(connection, topic, batch(records))["error"], INVALID_RECORD)
    kept = [batch([record(b"v", b"k")]), batch([record(b"w", b"k")]), batch([record(None, b"k")])]
    same([produce_one(connection, topic, data)["offset"] for data in kept], [0, 1, 2])
    stored = fetch_one(connection, topic, 0)["data"]
    assert stored.endswith(kept[2][16:]), "the tombstone is another"


@behaviour(20, "CreateTime keeps the client's time and answers -1; LogAppendTime sets its own and says which")
def timestamps(world):
    connection = world.connect()
    create, append = world.topic(), world.topic(message_timestamp_type="LogAppendTime")
    same(produce_one(connection, create, one())["append_time"], -1)
    answer = produce_one(connection, append, one(timestamp=1000))
    assert answer["append_time"] > 1_600_000_000_000, answer
    whole = fetch_one(connection, append, 0)["data"]
    same(crc_of(whole), crc32c(whole[21:]), "the checksum, made anew")
    stored = Reader(whole)
    stored.take(21)
    same(stored.i16() & APPEND_TIME, APPEND_TIME, "the attribute of the batch")
    stored.take(12)
    same(stored.i64(), answer["append_time"], "the batch's largest time")
    same(list_offset(connection, append, answer["append_time"])[1:], (answer["append_time"], 0))


@behaviour(20, "a time too far in the future is INVALID_TIMESTAMP")
def future(world):
    topic, connection = world.topic(message_timestamp_after_max_ms="3600000"), world.connect()
    same(produce_one(connection, topic, one(timestamp=9_000_000_000_000))["error"], INVALID_TIMESTAMP)
    same(produce_8(connection, topic, one(timestamp=9_000_000_000_000)), (INVALID_TIMESTAMP, [0]))


@behaviour(20, "without a setting for it, an hour ahead of the clock is too far (KIP-1030)")
def default_future(world):
    topic, connection, now_ms = world.topic(), world.connect(), int(time.time() * 1000)
    same(produce_one(connection, topic, one(timestamp=now_ms + 3_000_000))["error"], 0)
    same(produce_one(connection, topic, one(timestamp=now_ms + 7_200_000))["error"], INVALID_TIMESTAMP)


@behaviour(20, "the largest time of a batch is that of its records, whatever its header said")
def largest_time(world):
    for claimed in (BASE_TIME_MS - 5000, BASE_TIME_MS + 5000):
        topic, connection = world.topic(), world.connect()
        same(produce_one(connection, topic, one(max_timestamp=claimed))["error"], 0)
        same(produce_one(connection, topic, one(timestamp=BASE_TIME_MS + 1000))["error"], 0)
        whole = fetch_one(connection, topic, 0)["data"]
        first = whole[: 12 + Reader(whole[8:12]).i32()]
        same(Reader(first[35:43]).i64(), BASE_TIME_MS, "in the header")
        same(crc_of(first), crc32c(first[21:]), "the checksum")
        same(list_offset(connection, topic, BASE_TIME_MS)[1:], (BASE_TIME_MS, 0))
        same(list_offset(connection, topic, BASE_TIME_MS + 1)[1:], (BASE_TIME_MS + 1000, 1))


@behaviour(20, "a time too far in the past is INVALID_TIMESTAMP, where the topic limits it")
def past(world):
    topic, connection = world.topic(message_timestamp_before_max_ms="7200000"), world.connect()
    same(produce_one(connection, topic, one(timestamp=BASE_TIME_MS - 7_200_000))["error"], INVALID_TIMESTAMP)
    same(produce_one(connection, topic, one())["error"], 0)


@behaviour(20, "a record without a time (-1) is neither too early nor too late")
def no_time(world):
    limits = dict(message_timestamp_before_max_ms="7200000", message_timestamp_after_max_ms="1000")
    topic, connection = world.topic(**limits), world.connect()
    same(produce_one(connection, topic, one(timestamp=-1))["error"], 0)


@behaviour(20, "a producer that calls its time the broker's is held to the limits, too")
def claimed_append_time(world):
    topic, connection = world.topic(), world.connect()
    far = one(timestamp=BASE_TIME_MS, max_timestamp=9_000_000_000_000, attributes=APPEND_TIME)
    same(produce_one(connection, topic, far)["error"], INVALID_TIMESTAMP)
    topic = world.topic(message_timestamp_type="LogAppendTime")
    same(produce_one(connection, topic, one(attributes=APPEND_TIME))["error"], INVALID_TIMESTAMP)


@behaviour(20, "the answer to a produce says where the log starts")
def start_in_answer(world):
    topic, connection = world.topic(), world.connect()
    same([produce_one(connection, topic, one())["log_start"] for _ in range(3)], [0, 0, 0])
    same(delete_records(connection, topic, 2), (2, 0))
    same(produce_one(connection, topic, one())["log_start"], 2)


@behaviour(21, "acks other than -1, 0, 1 are INVALID_REQUIRED_ACKS")
def acks(world):
    topic, connection = world.topic(), world.connect()
    for value in (2, -2, 100):
        same(produce_one(connection, topic, one(), acks=value)["error"], INVALID_ACKS)
    same(produce_one(connection, topic, one(), acks=1)["error"], 0)
    same(fetch_one(connection, topic, 0)["high"], 1)


@behaviour(22, "one bad partition leaves the others of the request alone")
def one_bad_partition(world):
    topic, connection = world.topic(2), world.connect()
    answers = produce(connection, topic, {0: one(crc_change=1), 1: one(), 9: one()})
    same({p: a["error"] for p, a in answers.items()}, {0: CORRUPT_MESSAGE, 1: 0, 9: UNKNOWN_TOPIC})


@behaviour(
    23, "a repeat of one of the last five batches gets its first answer, a gap OUT_OF_ORDER_SEQUENCE_NUMBER"
)
def repeats(world):
    topic, connection = world.topic(), world.connect()
    pid, epoch = init_producer(connection)
    sent = [batch([record(b"a"), record(b"b", offset_delta=1)], pid, epoch, 2 * n) for n in range(8)]
    for n, data in enumerate(sent):
        same(produce_one(connection, topic, data)["offset"], 2 * n)
    for n in (7, 5, 3):
        answer = produce_one(connection, topic, sent[n])
        same((answer["error"], answer["offset"]), (0, 2 * n), f"batch {n} again")
    same(produce_one(connection, topic, sent[2])["error"], OUT_OF_ORDER, "the sixth from the end again")
    same(
        produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=40))["error"], OUT_OF_ORDER
    )
    same(fetch_one(connection, topic, 0)["high"], 16, "nothing was appended twice")


@behaviour(23, "a repeat is told the time at which its first was appended, also after a kill -9")
def time_of_repeats(world):
    topic, connection = world.topic(message_timestamp_type="LogAppendTime"), world.connect()
    pid, epoch = init_producer(connection)
    sent = [one(producer_id=pid, epoch=epoch, sequence=n) for n in range(3)]
    times = []
    for data in sent:
        times.append(produce_one(connection, topic, data)["append_time"])
        while int(time.time() * 1000) <= times[-1]:
            pass  # the next millisecond
    again = [produce_one(connection, topic, data) for data in sent]
    same([(a["offset"], a["append_time"]) for a in again], list(enumerate(times)))
    world.restart(topic)
    for n in (2,) if world.server.external else range(3):  # Kafka has forgotten the others
        again = produce_one(world.connect(), topic, sent[n])
        same((again["offset"], again["append_time"]), (n, times[n]), "after the restart")


@behaviour(23, "repeats are told apart when several requests are under way at once")
def repeats_in_flight(world):
    topic, connection = world.topic(), world.connect()
    pid, epoch = init_producer(connection)
    for sequence in (0, 1, 2, 1, 2, 3):
        send_produce(connection, topic, {0: one(producer_id=pid, epoch=epoch, sequence=sequence)})
    answers = [read_produce(connection)[0] for _ in range(6)]
    same([(a["error"], a["offset"]) for a in answers], [(0, n) for n in (0, 1, 2, 1, 2, 3)])


@behaviour(23, "sequences wrap from 2^31-1 to 0")
def wrapping(world):
    topic, connection = world.topic(), world.connect()
    pid, epoch = init_producer(connection)
    for offset, sequence in enumerate((2**31 - 2, 2**31 - 1, 0, 1)):
        answer = produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=sequence))
        same((answer["error"], answer["offset"]), (0, offset), f"sequence {sequence}")


@behaviour(
    24, "an unknown producer id may begin with any sequence; each call of InitProducerId gives another id"
)
def unknown_producer(world):
    topic, connection = world.topic(), world.connect()
    ids = {init_producer(connection)[0] for _ in range(20)}
    same(len(ids), 20, "different ids")
    answer = produce_one(connection, topic, one(producer_id=max(ids) + 1000, epoch=3, sequence=500))
    same((answer["error"], answer["offset"]), (0, 0))


@behaviour(24, "a producer whose records were all deleted goes on with its next sequence")
def records_gone(world):
    topic, connection = world.topic(), world.connect()
    pid, epoch = init_producer(connection)
    for sequence in range(3):
        produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=sequence))
    same(delete_records(connection, topic, -1), (3, 0))
    answer = produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=3))
    same((answer["error"], answer["offset"]), (0, 3))


@behaviour(25, "an older epoch is INVALID_PRODUCER_EPOCH, a newer one begins at sequence 0")
def epochs(world):
    topic, connection = world.topic(), world.connect()
    pid, _ = init_producer(connection)
    same(produce_one(connection, topic, one(producer_id=pid, epoch=4, sequence=0))["error"], 0)
    same(produce_one(connection, topic, one(producer_id=pid, epoch=3, sequence=1))["error"], INVALID_EPOCH)
    same(produce_one(connection, topic, one(producer_id=pid, epoch=5, sequence=7))["error"], OUT_OF_ORDER)
    same(produce_one(connection, topic, one(producer_id=pid, epoch=5, sequence=0))["error"], 0)


@behaviour(26, "producers' state survives a kill -9: a repeat is still known, ids are not given twice")
def state_survives(world):
    topic, connection = world.topic(), world.connect()
    pid, epoch = init_producer(connection)
    for sequence in range(3):
        produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=sequence))
    world.restart(topic)
    connection = world.connect()
    answer = produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=2))
    same((answer["error"], answer["offset"]), (0, 2), "the repeat")
    answer = produce_one(connection, topic, one(producer_id=pid, epoch=epoch, sequence=3))
    same((answer["error"], answer["offset"]), (0, 3), "the next")
    assert init_producer(connection)[0] != pid, "the id is taken"


@behaviour(27, "a transactional id is refused at once, with an error that no client retries")
def transactional_id(world):
    if world.server.external:
        return
    connection = world.connect()
    reply = connection.ask(FIND_COORDINATOR, 2, string("t-1") + i8(1))
    reply.i32()
    same(reply.i16(), TRANSACTIONAL_ID_REFUSED)
    reply = connection.ask(INIT_PRODUCER_ID, 1, string("t-1") + i32(60000))
    reply.i32()
    same(reply.i16(), TRANSACTIONAL_ID_REFUSED)


if __name__ == "__main__":
    main()

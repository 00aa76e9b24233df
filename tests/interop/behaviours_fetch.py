"""Behaviours 30-39, 55 and 56: fetching, offsets, leader epochs, topics made again."""

import gzip
import time

from behaviour import behaviour, main, same, wait_until
from calls import (
    FETCH,
    OFFSET_FOR_LEADER_EPOCH,
    create_topics,
    delete_records,
    delete_topic,
    delete_topic_6,
    describe_topic_id,
    fetch,
    fetch_one,
    greatest_timestamp,
    list_offset,
    metadata,
    metadata_12,
    produce,
    produce_one,
    read_fetch,
    send_fetch,
)
from wire import BASE_TIME_MS, Reader, array, batch, i8, i32, i64, record, string

OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC, SESSION_NOT_FOUND, UNKNOWN_EPOCH = 1, 3, 70, 75
UNSUPPORTED_VERSION, UNKNOWN_TOPIC_ID = 35, 100
GZIP = 1


def fill(world, connection, batches, size=10, partitions=1):
    topic = world.topic(partitions)
    for n in range(batches):
        produce_one(connection, topic, batch([record(b"%d" % n * size)]))
    return topic


def base_offsets(data):
    """The base offsets of the whole batches in a fetched record set."""
    reader, found = Reader(data), []
    while reader.at + 12 <= len(data):
        offset, size = reader.i64(), reader.i32()
        if reader.at + size > len(data):
            break
        found.append(offset)
        reader.take(size)
    return found


@behaviour(30, "a fetch at the end waits max_wait, and is woken early by a produce")
def long_poll(world):
    connection, other = world.connect(), world.connect()
    topic = fill(world, connection, 1)
    begin = time.monotonic()
    answer = fetch_one(connection, topic, 1, max_wait_ms=700)
    waited = time.monotonic() - begin
    same((answer["error"], answer["data"] or b"", answer["high"]), (0, b"", 1))
    assert 0.6 < waited < 5, f"waited {waited} s"
    send_fetch(connection, topic, {0: 1}, max_wait_ms=20000)
    begin = time.monotonic()
    produce_one(other, topic, batch([record(b"wake")]))
    same(base_offsets(read_fetch(connection)[1][0]["data"]), [1])
    assert time.monotonic() - begin < 5, "the parked fetch was not woken"


@behaviour(30, "a parked fetch is woken at once when its topic is deleted")
def woken_by_deletion(world):
    connection, other = world.connect(), world.connect()
    topic = world.topic()
    send_fetch(connection, topic, {0: 0}, max_wait_ms=20000)
    begin = time.monotonic()
    same(delete_topic(other, topic), 0)
    answer = read_fetch(connection)[1][0]
    assert time.monotonic() - begin < 5, "the parked fetch was not woken"
    same((answer["error"], answer["data"] or b""), (UNKNOWN_TOPIC, b""))


@behaviour(30, "a fetch that is parked while its topic is made again does not sleep through the new records")
def parked_across_topics(world):
    connection, other = world.connect(), world.connect()
    topic = world.topic()
    for n in range(20):
        send_fetch(connection, topic, {0: 0}, max_wait_ms=20000)
        begin = time.monotonic()
        same(delete_topic(other, topic), 0)
        wait_until(lambda: create_topics(other, [(topic, 1, 1, {})])[0][1] == 0, "the name stays taken")
        world.settle(topic)
        same(produce_one(other, topic, batch([record(b"new")]))["error"], 0)
        read_fetch(connection)
        assert time.monotonic() - begin < 5, f"the parked fetch was not woken, round {n}"


@behaviour(30, "min_bytes is waited for; max_wait 0, no partitions and errors answer at once")
def at_once(world):
    connection = world.connect()
    topic = fill(world, connection, 1)
    begin = time.monotonic()
    fetch_one(connection, topic, 0, max_wait_ms=500, min_bytes=1 << 20)
    assert time.monotonic() - begin > 0.4, "min_bytes was not waited for"
    begin = time.monotonic()
    same(fetch_one(connection, topic, 1)["error"], 0)
    same(fetch_one(connection, topic, 99, max_wait_ms=10000)["error"], OFFSET_OUT_OF_RANGE)
    same(fetch_one(connection, world.name("unknown"), 0, max_wait_ms=10000)["error"], UNKNOWN_TOPIC)
    assert time.monotonic() - begin < 5, "an answer that needs no waiting waited"


@behaviour(
    31, "the limits are soft: the first batch comes whole however large, the next partition then stays empty"
)
def soft_limits(world):
    connection = world.connect()
    topic = world.topic(2)
    data = batch([record(b"x" * 5000)])
    produce(connection, topic, {0: data, 1: data})
    same(base_offsets(fetch_one(connection, topic, 0, partition_bytes=10)["data"]), [0], "partition limit")
    _, answers = fetch(connection, topic, {0: 0, 1: 0}, max_bytes=100)
    same(
        [base_offsets(answers[p]["data"] or b"") for p in (0, 1)],
        [[0], []],
        "whole limit, in the order asked",
    )
    _, answers = fetch(connection, topic, {1: 0, 0: 0}, max_bytes=100)
    same([base_offsets(answers[p]["data"] or b"") for p in (1, 0)], [[0], []], "the other order")


@behaviour(31, "a partition's limit holds for all but the first batch")
def partition_limit(world):
    connection = world.connect()
    topic = fill(world, connection, 20, size=500)
    answer = fetch_one(connection, topic, 0, partition_bytes=4000)
    assert len(answer["data"]) <= 4000, len(answer["data"])
    found = base_offsets(answer["data"])
    assert len(found) >= 2 and found == list(range(len(found))), found


@behaviour(32, "a fetch begins with the batch that holds the offset")
def batch_with_offset(world):
    topic, connection = world.topic(), world.connect()
    for _ in range(3):
        produce_one(connection, topic, batch([record(b"%d" % n, offset_delta=n) for n in range(10)]))
    for offset, first in ((0, 0), (9, 0), (10, 10), (15, 10), (29, 20)):
        same(base_offsets(fetch_one(connection, topic, offset)["data"])[0], first, f"fetch from {offset}")


@behaviour(33, "an offset outside the log is OFFSET_OUT_OF_RANGE; the end itself is empty, without error")
def out_of_range(world):
    connection = world.connect()
    topic = fill(world, connection, 5)
    delete_records(connection, topic, 2)
    for offset in (6, 1, 0, 10**12):
        answer = fetch_one(connection, topic, offset)
        same(answer["error"], OFFSET_OUT_OF_RANGE, f"offset {offset}")
        if not world.server.external:  # Kafka says -1 for both
            same((answer["high"], answer["log_start"]), (5, 2), f"with offset {offset}")
    answer = fetch_one(connection, topic, 5)
    same((answer["error"], answer["high"], answer["log_start"], answer["data"] or b""), (0, 5, 2, b""))


@behaviour(34, "fetch sessions: none by asking for none, an unknown one is FETCH_SESSION_ID_NOT_FOUND")
def sessions(world):
    connection = world.connect()
    topic = fill(world, connection, 1)
    error, answers = fetch(connection, topic, {0: 0}, session=0, session_epoch=0)
    same((error, base_offsets(answers[0]["data"])), (0, [0]), "a new session, or a refusal to keep one")
    for session in (0, 123456):
        same(fetch(connection, topic, {0: 0}, session=session, session_epoch=5)[0], SESSION_NOT_FOUND)
        error, answers = fetch(connection, topic, {0: 0}, session=session, session_epoch=-1)
        same((error, answers[0]["session"]), (0, 0), "without a session, or the end of one")
        same(base_offsets(answers[0]["data"]), [0])
        error, answers = fetch(connection, topic, {0: 0}, session=session, session_epoch=0)
        same((error, base_offsets(answers[0]["data"])), (0, [0]), "a new session in place of an old one")


@behaviour(35, "aborted transactions: null for read_uncommitted, an empty list when there are none")
def isolation(world):
    connection = world.connect()
    topic = fill(world, connection, 3)
    same(fetch_one(connection, topic, 0)["aborted"], None)
    answer = fetch_one(connection, topic, 0, isolation=1)
    same((answer["aborted"] or [], answer["stable"], answer["high"]), ([], 3, 3))
    same(list_offset(connection, topic, -1, isolation=1)[2], 3)


@behaviour(36, "a leader epoch from the future is UNKNOWN_LEADER_EPOCH, -1 is not looked at")
def leader_epochs(world):
    connection = world.connect()
    topic = fill(world, connection, 1)
    same(fetch_one(connection, topic, 0, leader_epoch=1000)["error"], UNKNOWN_EPOCH)
    same(fetch_one(connection, topic, 0, leader_epoch=-1)["error"], 0)


def end_for_epoch(connection, topic, epoch):
    """OffsetForLeaderEpoch v3: (error, epoch, end offset)."""
    asked = array([string(topic) + array([i32(0) + i32(-1) + i32(epoch)])])
    reply = connection.ask(OFFSET_FOR_LEADER_EPOCH, 3, i32(-1) + asked)
    reply.i32()

    def one(r):
        error, _ = r.i16(), r.i32()
        return error, r.i32(), r.i64()

    return reply.array(lambda r: (r.string(), r.array(one)))[0][1][0]


@behaviour(37, "OffsetForLeaderEpoch: the end of the current epoch's records, -1 for one that never was")
def end_of_epoch(world):
    connection = world.connect()
    topic = fill(world, connection, 4)
    error, epoch, end = end_for_epoch(connection, topic, 0)
    same((error, epoch, end), (0, 0, 4))
    same(end_for_epoch(connection, topic, 1000), (0, -1, -1), "an epoch from the future")


@behaviour(38, "a topic deleted and made again begins at 0, without the old records")
def made_again(world):
    connection = world.connect()
    topic = fill(world, connection, 5)
    same(delete_topic(connection, topic), 0)
    wait_until(lambda: create_topics(connection, [(topic, 1, 1, {})])[0][1] == 0, "the name stays taken")
    world.settle(topic)
    same((fetch_one(connection, topic, 0)["data"] or b"", list_offset(connection, topic, -1)[2]), (b"", 0))
    same(produce_one(connection, topic, batch([record(b"new")]))["offset"], 0)
    same(metadata(connection, [topic])["topics"][topic]["error"], 0)


@behaviour(38, "a topic made again has another id; the old id is unknown, to Metadata and to DeleteTopics")
def another_id(world):
    topic, connection = world.topic(), world.connect()
    first = describe_topic_id(connection, topic)
    same(metadata_12(connection, first), (0, topic))
    same(delete_topic_6(connection, first), (topic, 0))
    wait_until(lambda: create_topics(connection, [(topic, 1, 1, {})])[0][1] == 0, "the name stays taken")
    world.settle(topic)
    wait_until(lambda: metadata(connection, [topic])["topics"][topic]["error"] == 0, "it is not there")
    assert describe_topic_id(connection, topic) not in (first, bytes(16)), "the id is the same"
    same(metadata_12(connection, first)[0], UNKNOWN_TOPIC_ID)
    same(delete_topic_6(connection, first)[1], UNKNOWN_TOPIC_ID)
    same(produce_one(connection, topic, batch([record(b"new")]))["offset"], 0)


@behaviour(
    39,
    "offsets by time: first, last, the first at or after a time, inside compressed batches too, -1 for none",
)
def offsets_by_time(world):
    topic, connection, begin = world.topic(), world.connect(), BASE_TIME_MS
    records = b"".join(record(b"v", offset_delta=n, timestamp_delta=n * 10) for n in range(5))
    for n in range(3):
        times = dict(timestamp=begin + n * 1000, max_timestamp=begin + n * 1000 + 40)
        produce_one(connection, topic, batch(gzip.compress(records), count=5, attributes=GZIP, **times))
    cases = {
        -2: (0, -1, 0),
        -1: (0, -1, 15),
        begin: (0, begin, 0),
        begin + 25: (0, begin + 30, 3),
        begin + 41: (0, begin + 1000, 5),
        begin + 2040: (0, begin + 2040, 14),
        begin + 2041: (0, -1, -1),
        0: (0, begin, 0),
    }
    for asked, wanted in cases.items():
        same(list_offset(connection, topic, asked), wanted, f"at {asked - begin if asked > 0 else asked}")
    same(list_offset(connection, world.name("unknown"), -1)[0], UNKNOWN_TOPIC)


@behaviour(39, "offset -3 is that of the greatest time, wherever it lies; -4 is not for this version")
def greatest_time(world):
    topic, connection = world.topic(), world.connect()
    same(greatest_timestamp(connection, topic), (0, -1, -1), "an empty log")
    for n in (0, 500, 200):
        produce_one(connection, topic, batch([record(b"v")], timestamp=BASE_TIME_MS + n))
    same(greatest_timestamp(connection, topic), (0, BASE_TIME_MS + 500, 1))
    records = b"".join(record(b"v", offset_delta=n, timestamp_delta=n) for n in range(5))
    times = dict(timestamp=BASE_TIME_MS + 600, max_timestamp=BASE_TIME_MS + 604)
    produce_one(connection, topic, batch(gzip.compress(records), count=5, attributes=GZIP, **times))
    same(greatest_timestamp(connection, topic), (0, BASE_TIME_MS + 604, 7), "inside a compressed batch")
    same(greatest_timestamp(connection, topic, -4)[0], UNSUPPORTED_VERSION)


@behaviour(55, "lag: the high watermark of a fetch and the latest offset are the same number")
def lag(world):
    connection = world.connect()
    topic = fill(world, connection, 7)
    for offset in (0, 3, 7):
        same(fetch_one(connection, topic, offset)["high"], list_offset(connection, topic, -1)[2])


@behaviour(56, "what is fetched is what was sent, byte for byte; Fetch below v4 is gone")
def byte_exact(world):
    topic, connection = world.topic(), world.connect()
    headers = [(b"b", b"2"), (b"a", b"1"), (b"b", b"3"), (b"", b""), (b"n", None)]
    data = [
        batch([record(b"", b"", headers)]),
        batch([record(None, b"k")]),
        batch([record(b"x" * 100_000, None)]),
    ]
    for one in data:
        produce_one(connection, topic, one)
    got = fetch_one(connection, topic, 0)["data"]
    same(len(got), sum(map(len, data)))
    at = 0
    for one in data:
        same(got[at + 16 : at + len(one)], one[16:], "from the magic on")
        at += len(one)
    connection.send(FETCH, 3, i32(-1) + i32(0) + i32(1) + i32(1000) + array([]))
    assert connection.closed_by_broker()


if __name__ == "__main__":
    main()

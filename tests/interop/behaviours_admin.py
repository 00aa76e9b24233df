"""Behaviours 49-54: topics, configurations, deleting records, and what is asked of whom."""

import time

from behaviour import behaviour, main, same, wait_until
from calls import (
    CREATE_PARTITIONS,
    CREATE_TOPICS,
    DESCRIBE_CONFIGS,
    INCREMENTAL_ALTER,
    create_topics,
    delete_records,
    delete_topic,
    fetch_one,
    list_offset,
    metadata,
    produce_one,
)
from wire import NO_TAGS, array, batch, compact, compact_array, i8, i16, i32, record, string

OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, INVALID_TOPIC, TOPIC_EXISTS = 1, 3, 5, 17, 36
INVALID_PARTITIONS, INVALID_REPLICATION, INVALID_ASSIGNMENT, INVALID_CONFIG, INVALID_REQUEST = (
    37,
    38,
    39,
    40,
    42,
)
TOPIC, BROKER, SET, DELETE, APPEND, SUBTRACT = 2, 4, 0, 1, 2, 3
NOT_ASKED = -2147483648
FROM_TOPIC, FROM_NODE, FROM_ALL_NODES, BUILT_IN = 1, 2, 3, 5


def create(world, name, partitions=1, factor=1, configs=None, validate_only=False):
    return create_topics(world.connect(), [(name, partitions, factor, configs or {})], validate_only)[0][1]


@behaviour(49, "a created topic is in the metadata at once, with -1 for the defaults too")
def created(world):
    name, connection = world.name(), world.connect()
    same(create(world, name, -1, -1), 0)
    world.settle(name)
    found = metadata(connection, [name])["topics"][name]
    same((found["error"], len(found["partitions"]) >= 1), (0, True))
    same(create(world, name), TOPIC_EXISTS)


@behaviour(49, "bad names are INVALID_TOPIC_EXCEPTION")
def bad_names(world):
    for name in ("", ".", "..", "a/b", "a b", "x" * 250, "\u00e5", "a\0b"):
        same(create(world, name), INVALID_TOPIC, repr(name))
    same(create(world, world.name("x" * 225)[:249]), 0, "249 characters")


@behaviour(49, "names that differ only in '.' and '_' collide")
def collision(world):
    name = world.name("a.b")
    same(create(world, name), 0)
    same(create(world, name.replace(".", "_")), INVALID_TOPIC)


@behaviour(49, "bad counts and settings have errors of their own; a name twice in one request fails")
def bad_requests(world):
    same(create(world, world.name(), partitions=0), INVALID_PARTITIONS)
    same(create(world, world.name(), factor=3), INVALID_REPLICATION)
    same(create(world, world.name(), configs={"retention.ms": "soon"}), INVALID_CONFIG)
    same(create(world, world.name(), configs={"no.such.setting": "1"}), INVALID_CONFIG)
    name, good = world.name(), world.name()
    answers = create_topics(world.connect(), [(name, 1, 1, {}), (good, 1, 1, {}), (name, 1, 1, {})])
    same(dict(answers), {name: INVALID_REQUEST, good: 0})


@behaviour(49, "validate_only checks everything and makes nothing")
def validate_only(world):
    name = world.name()
    same(create(world, name, validate_only=True), 0)
    same(create(world, name, partitions=0, validate_only=True), INVALID_PARTITIONS)
    assert name not in metadata(world.connect(), None)["topics"]


@behaviour(49, "CreateTopics v7 answers with the topic's id, its counts and its settings")
def created_in_full(world):
    name, connection = world.name(), world.connect()
    config = compact("retention.ms") + compact("123456789") + NO_TAGS
    topic = compact(name) + i32(2) + i16(-1) + compact_array([]) + compact_array([config]) + NO_TAGS
    body = compact_array([topic]) + i32(20000) + i8(0) + NO_TAGS
    reply = connection.ask(CREATE_TOPICS, 7, body, flexible=True)
    reply.i32()

    def setting(r):
        found = r.compact(), (r.compact(), r.i8(), r.i8(), r.i8())
        r.tags()
        return found

    def one(r):
        head = r.compact(), r.take(16), r.i16(), r.compact(), r.i32(), r.i16()
        configs = dict(r.compact_array(setting))
        r.tags()
        return head, configs

    [((got, topic_id, error, _, partitions, factor), configs)] = reply.compact_array(one)
    same((got, error, partitions, factor), (name, 0, 2, 1))
    assert any(topic_id), "the id is zero"
    same(configs["retention.ms"][:3], ("123456789", 0, FROM_TOPIC))
    same(configs["cleanup.policy"][0], "delete")


@behaviour(49, "partitions that are placed by hand: on nodes that are there, numbered from 0, without counts")
def placed_by_hand(world):
    connection = world.connect()
    [node] = [number for number, *_ in metadata(connection, [])["brokers"]]

    def place(partitions, count=-1, factor=-1):
        name = world.name()
        placed = [i32(number) + array([i32(each) for each in nodes]) for number, nodes in partitions]
        topic = string(name) + i32(count) + i16(factor) + array(placed) + array([])
        reply = connection.ask(CREATE_TOPICS, 4, array([topic]) + i32(20000) + i8(0))
        reply.i32()
        return reply.array(lambda r: (r.string(), r.i16(), r.string()))[0][1]

    same(place([(1, [node]), (0, [node])]), 0)
    same(place([(0, [node]), (2, [node])]), INVALID_ASSIGNMENT, "a gap")
    same(place([(0, [node, node])]), INVALID_ASSIGNMENT, "a node twice")
    same(place([(0, [node + 1000])]), INVALID_ASSIGNMENT, "a node that is not there")
    same(place([(0, [])]), INVALID_ASSIGNMENT, "no node")
    same(place([(0, [node])], count=1), INVALID_REQUEST, "a count, too")
    same(place([(0, [node])], factor=1), INVALID_REQUEST, "a factor, too")


@behaviour(49, "CreatePartitions only grows: fewer or as many are INVALID_PARTITIONS")
def create_partitions(world):
    name, connection = world.topic(2), world.connect()

    def grow(topic, count):
        body = array([string(topic) + i32(count) + array(None)]) + i32(20000) + i8(0)
        reply = connection.ask(CREATE_PARTITIONS, 1, body)
        reply.i32()
        return reply.array(lambda r: (r.string(), r.i16(), r.string()))[0][1]

    same([grow(name, count) for count in (1, 2, 0, -1)], [INVALID_PARTITIONS] * 4)
    same(grow(name, 4), 0)
    same(grow(world.name(), 4), UNKNOWN_TOPIC)
    same(sorted(metadata(connection, [name])["topics"][name]["partitions"]), [0, 1, 2, 3])


@behaviour(50, "Metadata makes an unknown topic only when the client allows it")
def auto_create(world):
    connection, name = world.connect(), world.name("auto")
    same(metadata(connection, [name], auto_create=False)["topics"][name]["error"], UNKNOWN_TOPIC)
    same(
        metadata(connection, [name], auto_create=False)["topics"][name]["error"], UNKNOWN_TOPIC, "asked again"
    )
    error = metadata(connection, [name], auto_create=True)["topics"][name]["error"]
    assert error in (0, UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE), error
    wait_until(
        lambda: metadata(connection, [name], auto_create=True)["topics"][name]["error"] == 0,
        "the topic was never made",
    )
    same(metadata(connection, ["bad/name"], auto_create=True)["topics"]["bad/name"]["error"], INVALID_TOPIC)


def describe(connection, name, keys=None, synonyms=False, kind=TOPIC):
    """DescribeConfigs v2: (error, {key: (value, read only, source, [(synonym, source)])})."""
    names = None if keys is None else [string(key) for key in keys]
    reply = connection.ask(
        DESCRIBE_CONFIGS, 2, array([i8(kind) + string(name) + array(names)]) + i8(synonyms)
    )
    reply.i32()

    def entry(r):
        name, value, read_only, source = r.string(), r.string(), r.i8(), r.i8()
        r.i8()
        others = r.array(lambda x: (x.string(), x.string(), x.i8()))
        return name, (value, read_only, source, [(n, s) for n, _, s in others])

    def resource(r):
        error = r.i16()
        r.string(), r.i8(), r.string()
        return error, dict(r.array(entry))

    return reply.array(resource)[0]


@behaviour(51, "DescribeConfigs: all keys for null, the asked ones otherwise, where each value comes from")
def describe_configs(world):
    topic, connection = world.topic(retention_ms="3600000"), world.connect()
    error, found = describe(connection, topic)
    same(error, 0)
    assert {
        "retention.ms",
        "retention.bytes",
        "cleanup.policy",
        "max.message.bytes",
        "segment.bytes",
        "compression.type",
        "message.timestamp.type",
        "min.insync.replicas",
    } <= set(found), sorted(found)
    same(found["retention.ms"][:3], ("3600000", 0, FROM_TOPIC))
    assert found["segment.bytes"][2] >= 4, found["segment.bytes"]
    _, some = describe(connection, topic, ["retention.ms", "no.such.key"], synonyms=True)
    same(list(some), ["retention.ms"], "unknown keys are left out")
    same(some["retention.ms"][3][0], ("retention.ms", FROM_TOPIC), "the first synonym is the value itself")
    same(describe(connection, world.name())[0], UNKNOWN_TOPIC)


@behaviour(51, "a topic's value may be its node's, all nodes', or built in; the synonyms come in that order")
def where_from(world):
    topic, connection = world.topic(), world.connect()
    node = str(metadata(connection, [])["brokers"][0][0])
    key, wide = "max.message.bytes", "message.max.bytes"

    def found():
        value, _, source, synonyms = describe(connection, topic, [key], synonyms=True)[1][key]
        return value, source, synonyms

    try:
        same(found()[1:], (BUILT_IN, [(wide, BUILT_IN)]))
        same(alter(connection, "", (wide, SET, "1000001"), kind=BROKER), 0)
        wait_until(lambda: found()[0] == "1000001", "all nodes' value is not the topic's")
        same(found()[1:], (FROM_ALL_NODES, [(wide, FROM_ALL_NODES), (wide, BUILT_IN)]))
        same(alter(connection, node, (wide, SET, "1000002"), kind=BROKER), 0)
        wait_until(lambda: found()[0] == "1000002", "the node's value is not the topic's")
        same(found()[2], [(wide, FROM_NODE), (wide, FROM_ALL_NODES), (wide, BUILT_IN)])
        same(describe(connection, node, [wide], kind=BROKER)[1][wide][2], FROM_NODE)
        same(alter(connection, topic, (key, SET, "1000003")), 0)
        wait_until(lambda: found()[0] == "1000003", "the topic's own value")
        same(found()[1:], (FROM_TOPIC, [(key, FROM_TOPIC), *[(wide, n) for n in (2, 3, 5)]]))
    finally:
        for name in ("", node):
            alter(connection, name, (wide, DELETE, None), kind=BROKER)


def alter(connection, name, *changes, kind=TOPIC, validate_only=False):
    """IncrementalAlterConfigs v1: the error. changes: (key, operation, value)."""
    entries = [compact(key) + i8(operation) + compact(value) + b"\0" for key, operation, value in changes]
    body = (
        compact_array([i8(kind) + compact(name) + compact_array(entries) + b"\0"])
        + i8(validate_only)
        + b"\0"
    )
    reply = connection.ask(INCREMENTAL_ALTER, 1, body, flexible=True)
    reply.i32()

    def one(r):
        error = r.i16()
        r.compact(), r.i8(), r.compact(), r.tags()
        return error

    return reply.compact_array(one)[0]


@behaviour(52, "IncrementalAlterConfigs sets and deletes; deleting what is not set changes nothing")
def alter_configs(world):
    topic, connection = world.topic(), world.connect()
    default = describe(connection, topic)[1]["retention.ms"][0]
    same(alter(connection, topic, ("retention.ms", SET, "5000000"), ("segment.bytes", SET, "2000000")), 0)
    found = describe(connection, topic)[1]
    same((found["retention.ms"][0], found["segment.bytes"][0]), ("5000000", "2000000"))
    same(alter(connection, topic, ("retention.ms", DELETE, None)), 0)
    same(alter(connection, topic, ("retention.bytes", DELETE, None)), 0, "not set")
    wait_until(lambda: describe(connection, topic)[1]["retention.ms"][0] == default, "it is still set")
    same(describe(connection, topic)[1]["segment.bytes"][0], "2000000", "the other one stays")


@behaviour(52, "IncrementalAlterConfigs appends to lists and takes from them, and to nothing else")
def list_changes(world):
    topic, connection = world.topic(), world.connect()

    def policy():
        return sorted(describe(connection, topic, ["cleanup.policy"])[1]["cleanup.policy"][0].split(","))

    same(alter(connection, topic, ("cleanup.policy", APPEND, "compact")), 0)
    same(policy(), ["compact", "delete"])
    same(alter(connection, topic, ("cleanup.policy", APPEND, "compact")), 0, "what is in it already")
    same(policy(), ["compact", "delete"])
    same(alter(connection, topic, ("cleanup.policy", SUBTRACT, "delete")), 0)
    same(policy(), ["compact"])
    same(alter(connection, topic, ("retention.ms", APPEND, "1")), INVALID_CONFIG)
    same(alter(connection, topic, ("cleanup.policy", APPEND, "burn")), INVALID_CONFIG)
    same(policy(), ["compact"])


@behaviour(52, "cleanup.policy may be empty, which keeps everything (KIP-1161)")
def nothing_is_cleaned(world):
    topic, connection = world.topic(cleanup_policy=""), world.connect()

    def policy():
        return describe(connection, topic, ["cleanup.policy"])[1]["cleanup.policy"]

    same((policy()[0], policy()[2]), ("", FROM_TOPIC))
    same(produce_one(connection, topic, batch([record(b"no key")]))["error"], 0)
    same(alter(connection, topic, ("cleanup.policy", SET, "delete")), 0)
    wait_until(lambda: policy()[0] == "delete", "it is not set")
    same(alter(connection, topic, ("cleanup.policy", SUBTRACT, "delete")), 0)
    wait_until(lambda: policy()[0] == "", "it is not taken out")
    same(alter(connection, topic, ("cleanup.policy", SET, "")), 0)
    same(delete_records(connection, topic, 1), (1, 0), "by hand it still goes")


@behaviour(52, "a bad value, an unknown key or an unknown topic changes nothing")
def refused_changes(world):
    topic, connection = world.topic(), world.connect()
    same(
        alter(connection, topic, ("segment.bytes", SET, "3000000"), ("retention.ms", SET, "x")),
        INVALID_CONFIG,
    )
    same(alter(connection, topic, ("no.such.key", SET, "1")), INVALID_CONFIG)
    same(alter(connection, world.name(), ("retention.ms", SET, "1000")), UNKNOWN_TOPIC)
    same(alter(connection, topic, ("retention.ms", SET, "1000000"), validate_only=True), 0)
    found = describe(connection, topic)[1]
    assert found["segment.bytes"][2] != FROM_TOPIC and found["retention.ms"][2] != FROM_TOPIC, found


@behaviour(21, "a topic with fewer replicas than min.insync.replicas asks for takes what all of them have")
def fewer_replicas(world):
    connection, key = world.connect(), "min.insync.replicas"
    try:
        same(alter(connection, "", (key, SET, "2"), kind=BROKER), 0)
        topic = world.topic()
        wait_until(lambda: describe(connection, topic, [key])[1][key][0] == "2", "it is not all topics'")
        one = batch([record(b"x")])
        same([produce_one(connection, topic, one, acks=acks)["offset"] for acks in (1, -1)], [0, 1])
    finally:
        alter(connection, "", (key, SET, "1"), kind=BROKER)


@behaviour(31, "the broker's own limit, fetch.max.bytes, holds whatever the client asks for")
def fetch_limit(world):
    if world.server.external:
        return  # Kafka takes it from its file alone
    topic, connection = world.topic(), world.connect()
    data = batch([record(b"x" * 1000)])
    for _ in range(5):
        produce_one(connection, topic, data)
    same(alter(connection, "", ("fetch.max.bytes", SET, "2500"), kind=BROKER), 0)
    begin = time.monotonic()
    answer = fetch_one(connection, topic, 0, min_bytes=5000, max_wait_ms=20000)
    same(len(answer["data"]), 2 * len(data), "as many whole batches as fit")
    assert time.monotonic() - begin < 5, "it waited for more than it may send"
    same(alter(connection, "", ("fetch.max.bytes", DELETE, None), kind=BROKER), 0)
    same(len(fetch_one(connection, topic, 0)["data"]), 5 * len(data))


@behaviour(53, "operations that were not asked for are the smallest number, not an empty set")
def operations(world):
    topic = world.topic()
    same(metadata(world.connect(), [topic])["topics"][topic]["operations"], NOT_ASKED)
    asked = metadata(world.connect(), [topic], operations=True)["topics"][topic]["operations"]
    same([bit for bit in range(16) if asked >> bit & 1], [3, 4, 5, 6, 7, 8, 10, 11], "without users: all")


@behaviour(
    54,
    "DeleteRecords: -1 is the high watermark, beyond it is OFFSET_OUT_OF_RANGE, the answer is the new start",
)
def deleting_records(world):
    topic, connection = world.topic(), world.connect()
    for _ in range(5):
        produce_one(connection, topic, batch([record(b"x")]))
    same(delete_records(connection, topic, 2), (2, 0))
    same(delete_records(connection, topic, 1), (2, 0), "what is gone already")
    same(delete_records(connection, topic, 6)[1], OFFSET_OUT_OF_RANGE)
    same(delete_records(connection, topic, -1), (5, 0))
    same((list_offset(connection, topic, -2)[2], list_offset(connection, topic, -1)[2]), (5, 5))
    world.restart(topic)
    if not world.server.external:  # Kafka remembers it only after a minute
        same(list_offset(world.connect(), topic, -2)[2], 5, "after a kill -9")
    same(produce_one(world.connect(), topic, batch([record(b"x")]))["offset"], 5)


@behaviour(54, "what retention deletes is gone from the earliest offset on, and a fetch of it out of range")
def retention(world):
    if world.server.external:
        return  # Kafka looks every five minutes
    topic, connection = world.topic(retention_ms="1000"), world.connect()
    for _ in range(3):
        same(produce_one(connection, topic, batch([record(b"old")]))["error"], 0)
    wait_until(lambda: list_offset(connection, topic, -2)[2] == 3, "nothing was deleted", 60)
    answer = fetch_one(connection, topic, 0)
    same((answer["error"], answer["log_start"], answer["high"]), (OFFSET_OUT_OF_RANGE, 3, 3))
    same(produce_one(connection, topic, batch([record(b"new")]))["offset"], 3)


@behaviour(54, "a produce to a deleted topic is UNKNOWN_TOPIC_OR_PARTITION at once")
def produce_to_deleted(world):
    topic, connection = world.topic(), world.connect()
    same(produce_one(connection, topic, batch([record(b"x")]))["error"], 0)
    same(delete_topic(connection, topic), 0)
    limit = time.monotonic() + (10 if world.server.external else 0)
    while (error := produce_one(connection, topic, batch([record(b"x")]))["error"]) == 0:
        assert time.monotonic() < limit, "the topic still takes records"
    assert error == UNKNOWN_TOPIC, error
    same(delete_topic(connection, topic), UNKNOWN_TOPIC)


if __name__ == "__main__":
    main()

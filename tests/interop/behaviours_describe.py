"""Behaviours 57-60: topics by the page, producers, what has settings, a replica's directory."""

import uuid

from behaviour import behaviour, main, same, wait_until
from calls import delete_topic, init_producer, produce_one
from wire import BASE_TIME_MS, NO_TAGS, array, batch, compact, compact_array, i8, i32, record, string

ALTER_LOG_DIRS, DESCRIBE_LOG_DIRS = 34, 35
DESCRIBE_PRODUCERS, LIST_RESOURCES, DESCRIBE_PARTITIONS = 61, 74, 75
UNKNOWN_TOPIC, INVALID_TOPIC, UNSUPPORTED_VERSION, INVALID_REQUEST, LOG_DIR_NOT_FOUND = 3, 17, 35, 42, 57
TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
ALL_TOPIC_OPERATIONS = [3, 4, 5, 6, 7, 8, 10, 11]


def read_partition(r):
    error, index, leader, epoch = r.i16(), r.i32(), r.i32(), r.i32()
    lists = [r.compact_array(lambda x: x.i32()) for _ in range(5)]
    r.tags()
    return dict(error=error, index=index, leader=leader, epoch=epoch, lists=lists)


def read_topic(r):
    found = dict(error=r.i16(), name=r.compact(), id=r.take(16), internal=r.i8())
    found["partitions"] = r.compact_array(read_partition)
    found["operations"] = r.i32()
    r.tags()
    return found


def page(connection, topics, limit=2000, cursor=None):
    """DescribeTopicPartitions v0: (topics, the next cursor). cursor: (topic, partition)."""
    names = compact_array([compact(topic) + NO_TAGS for topic in topics])
    start = i8(-1) if cursor is None else i8(1) + compact(cursor[0]) + i32(cursor[1]) + NO_TAGS
    body = names + i32(limit) + start + NO_TAGS
    reply = connection.ask(DESCRIBE_PARTITIONS, 0, body, flexible=True)
    reply.i32()
    found, following = reply.compact_array(read_topic), None
    if reply.i8() >= 0:
        following = reply.compact(), reply.i32()
        reply.tags()
    reply.tags()
    reply.end()
    return found, following


def shape(topics):
    return [(t["name"], t["error"], [p["index"] for p in t["partitions"]]) for t in topics]


@behaviour(57, "DescribeTopicPartitions: topics by name, each once, with leaders and eligible replicas")
def describe_topics(world):
    one, two, connection = world.topic(2), world.topic(1), world.connect()
    topics, following = page(connection, [two, one, two])
    same((shape(topics), following), ([(one, 0, [0, 1]), (two, 0, [0])], None))
    for topic in topics:
        assert any(topic["id"]), "the id is zero"
        same([bit for bit in range(16) if topic["operations"] >> bit & 1], ALL_TOPIC_OPERATIONS)
        for partition in topic["partitions"]:
            replicas, in_sync, eligible, last_known, offline = partition["lists"]
            same((replicas, in_sync, offline), ([partition["leader"]], [partition["leader"]], []))
            same((eligible, last_known), ([], []), "nobody but those in sync is eligible")


@behaviour(57, "DescribeTopicPartitions makes no topic; what is unknown takes no room in a page")
def describe_unknown(world):
    known, connection = world.topic(3), world.connect()
    unknown = world.name("unknown")
    topics, following = page(connection, [unknown, known, "a/b"], limit=3)
    same(shape(topics), [("a/b", INVALID_TOPIC, []), (known, 0, [0, 1, 2])])
    same(following, (unknown, 0), "after a full page even for a topic that is not there")
    same(shape(page(connection, [known, unknown], 3, following)[0]), [(unknown, UNKNOWN_TOPIC, [])])
    wait_until(lambda: shape(page(connection, [unknown])[0])[0][1] == UNKNOWN_TOPIC, "it was made")


@behaviour(57, "a cursor goes on where the last page ended, until all came once")
def pages(world):
    one, two, connection = world.topic(3), world.topic(5), world.connect()
    for limit in (1, 2, 3, 5, 8):
        seen, cursor = [], None
        while True:
            topics, cursor = page(connection, [one, two], limit, cursor)
            here = [(t["name"], p["index"]) for t in topics for p in t["partitions"]]
            assert 1 <= len(here) <= limit, here
            seen += here
            if cursor is None:
                break
        same(seen, [(one, n) for n in range(3)] + [(two, n) for n in range(5)], f"limit {limit}")
    same(len(page(connection, [one], 0)[0][0]["partitions"]), 1, "a limit below 1 is 1")


@behaviour(57, "no names are all topics; a cursor may be of a topic that is gone")
def all_pages(world):
    one, gone, two, connection = world.topic(2), world.topic(2), world.topic(2), world.connect()
    same(delete_topic(connection, gone), 0)
    wait_until(lambda: gone not in [t["name"] for t in page(connection, [])[0]], "it is still there")
    topics, _ = page(connection, [], cursor=(gone, 1))
    names = [t["name"] for t in topics]
    same(names, sorted(names))
    assert one not in names and two in names, names
    same(dict((t["name"], len(t["partitions"])) for t in topics)[two], 2, "from its first partition on")


@behaviour(57, "a cursor of another topic than those asked for, or of a negative partition: INVALID_REQUEST")
def wrong_cursor(world):
    one, two, connection = world.topic(), world.topic(), world.connect()
    same(shape(page(connection, [one], cursor=(two, 0))[0]), [(one, INVALID_REQUEST, [])])
    same(shape(page(connection, [one], cursor=(one, -1))[0]), [(one, INVALID_REQUEST, [])])
    same(page(connection, [], cursor=(one, -1))[0], [])
    same(shape(page(connection, [one], cursor=(one, 7))[0]), [(one, 0, [])], "behind the last partition")


def producers(connection, topic, partitions):
    """DescribeProducers v0: {partition: (error, [producer])}."""
    numbers = compact_array([i32(n) for n in partitions])
    body = compact_array([compact(topic) + numbers + NO_TAGS]) + NO_TAGS
    reply = connection.ask(DESCRIBE_PRODUCERS, 0, body, flexible=True)
    reply.i32()

    def producer(r):
        keys = ("id", "epoch", "sequence", "time", "coordinator", "open")
        found = dict(zip(keys, (r.i64(), r.i32(), r.i32(), r.i64(), r.i32(), r.i64())))
        r.tags()
        return found

    def partition(r):
        number, error = r.i32(), r.i16()
        r.compact()
        found = r.compact_array(producer)
        r.tags()
        return number, (error, found)

    def one(r):
        found = r.compact(), dict(r.compact_array(partition))
        r.tags()
        return found

    [(name, found)] = reply.compact_array(one)
    reply.tags()
    reply.end()
    same(name, topic)
    return found


@behaviour(58, "DescribeProducers: each producer's epoch and last sequence, in the partition it wrote to")
def describe_producers(world):
    topic, connection = world.topic(2), world.connect()
    same(producers(connection, topic, [0, 1]), {0: (0, []), 1: (0, [])})
    producer, epoch = init_producer(connection)
    records = [record(b"x", offset_delta=n) for n in range(3)]
    for sequence in (0, 3):
        sent = batch(records, producer_id=producer, epoch=epoch, sequence=sequence)
        same(produce_one(connection, topic, sent)["error"], 0)
    same(produce_one(connection, topic, batch([record(b"nobody's")]))["error"], 0)
    found = producers(connection, topic, [1, 0, 7])
    same((found[1], found[7]), ((0, []), (UNKNOWN_TOPIC, [])))
    error, [state] = found[0]
    assert state.pop("time") >= BASE_TIME_MS, "when it wrote last"
    same((error, state), (0, dict(id=producer, epoch=epoch, sequence=5, coordinator=-1, open=-1)))
    same(producers(connection, world.name(), [0]), {0: (UNKNOWN_TOPIC, [])})


def resources(connection, version, *types):
    """ListConfigResources: (error, {type: [name]})."""
    body = (compact_array([i8(n) for n in types]) if version else b"") + NO_TAGS
    reply = connection.ask(LIST_RESOURCES, version, body, flexible=True)
    reply.i32()
    error = reply.i16()

    def one(r):
        name, kind = r.compact(), r.i8() if version else CLIENT_METRICS
        r.tags()
        return kind, name

    found = {}
    for kind, name in reply.compact_array(one):
        found.setdefault(kind, []).append(name)
    reply.tags()
    reply.end()
    return error, found


@behaviour(59, "ListConfigResources: topics and nodes; version 0 lists client metrics alone")
def list_resources(world):
    topic, connection = world.topic(), world.connect()
    same(resources(connection, 0), (0, {}))
    error, found = resources(connection, 1)
    same((error, topic in found[TOPIC], found[BROKER]), (0, True, ["1"]))
    same(resources(connection, 1, BROKER), (0, {BROKER: ["1"]}))
    error, found = resources(connection, 1, TOPIC, GROUP, CLIENT_METRICS)
    same((error, topic in found.pop(TOPIC), found), (0, True, {}))
    same(resources(connection, 1, TOPIC, 99), (UNSUPPORTED_VERSION, {}))


def log_directory(connection, topic):
    """DescribeLogDirs v1 of partition 0: the directory's path."""
    asked = array([string(topic) + array([i32(0)])])
    reply = connection.ask(DESCRIBE_LOG_DIRS, 1, asked)
    reply.i32()

    def partition(r):
        return r.i32(), r.i64(), r.i64(), r.i8()

    def directory(r):
        r.i16()
        return r.string(), r.array(lambda x: (x.string(), x.array(partition)))

    found = reply.array(directory)
    reply.end()
    return next(path for path, topics in found if topics)


def move(connection, version, *moves):
    """AlterReplicaLogDirs: {topic: {partition: error}}. moves: (path, topic, partitions)."""
    flexible = version >= 2
    text, many, end = (compact, compact_array, NO_TAGS) if flexible else (string, array, b"")
    entries = [
        text(path) + many([text(topic) + many([i32(n) for n in partitions]) + end]) + end
        for path, topic, partitions in moves
    ]
    reply = connection.ask(ALTER_LOG_DIRS, version, many(entries) + end, flexible=flexible)
    reply.i32()
    read_many = reply.compact_array if flexible else reply.array

    def finish(r, found):
        if flexible:
            r.tags()
        return found

    def partition(r):
        return finish(r, (r.i32(), r.i16()))

    def topic(r):
        name = r.compact() if flexible else r.string()
        return finish(r, (name, dict((r.compact_array if flexible else r.array)(partition))))

    found = dict(read_many(topic))
    finish(reply, None)
    reply.end()
    return found


@behaviour(60, "AlterReplicaLogDirs: no move within one directory, and none to a directory that is not there")
def log_dirs(world):
    topic, unknown, connection = world.topic(2), world.name(), world.connect()
    here, elsewhere = log_directory(connection, topic), f"/nowhere-{uuid.uuid4().hex}"
    for version in (1, 2):
        same(move(connection, version, (here, topic, [0, 1])), {topic: {0: 0, 1: 0}})
        same(move(connection, version, (elsewhere, topic, [0])), {topic: {0: LOG_DIR_NOT_FOUND}})
        same(
            move(connection, version, (here, unknown, [0]), (here, topic, [7, 1])),
            {unknown: {0: UNKNOWN_TOPIC}, topic: {7: UNKNOWN_TOPIC, 1: 0}},
        )


if __name__ == "__main__":
    main()

"""The few requests that the behaviour tests need, at one version each, as calls on a connection."""

from wire import NO_TAGS, Reader, array, blob, compact, compact_array, i8, i16, i32, i64, string, uvarint

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR = 0, 1, 2, 3, 8, 9, 10
JOIN, HEARTBEAT, LEAVE, SYNC, DESCRIBE_GROUPS, LIST_GROUPS, SASL_HANDSHAKE, API_VERSIONS = range(11, 19)
CREATE_TOPICS, DELETE_TOPICS, DELETE_RECORDS, INIT_PRODUCER_ID, OFFSET_FOR_LEADER_EPOCH = range(19, 24)
COORDINATOR_LOADING, DESCRIBE_CLUSTER = 14, 60
DESCRIBE_CONFIGS, CREATE_PARTITIONS, DELETE_GROUPS, INCREMENTAL_ALTER, OFFSET_DELETE = 32, 37, 42, 44, 47


def produce(connection, topic, batches, acks=-1, version=7, timeout_ms=10000):
    """batches: {partition: bytes}. Returns {partition: dict(error, offset, append_time, log_start)}."""
    send_produce(connection, topic, batches, acks, version, timeout_ms)
    return read_produce(connection)


def send_produce(connection, topic, batches, acks=-1, version=7, timeout_ms=10000):
    partitions = [i32(partition) + blob(data) for partition, data in batches.items()]
    topics = array([string(topic) + array(partitions)])
    return connection.send(PRODUCE, version, string(None) + i16(acks) + i32(timeout_ms) + topics)


def read_produce(connection):
    """The reply to a Produce of version 5 to 7."""
    _, reply = connection.receive()

    def partition(r):
        return r.i32(), dict(error=r.i16(), offset=r.i64(), append_time=r.i64(), log_start=r.i64())

    topics = reply.array(lambda r: (r.string(), dict(r.array(partition))))
    reply.i32()
    reply.end()
    return topics[0][1]


def produce_one(connection, topic, data, **options):
    return produce(connection, topic, {0: data}, **options)[0]


def tagged(reply, tag, item):
    """What `item` reads of field `tag`, the only one of a tagged section; None if that is empty."""
    if reply.uvarint() == 0:
        return None
    assert reply.uvarint() == tag, "another tagged field"
    field = Reader(reply.take(reply.uvarint()))
    found = item(field)
    field.end()
    return found


def produce_10(connection, topic, data):
    """Produce v10 to partition 0: dict(error, offset, leader=(node, epoch), nodes={node: its address})."""
    entry = i32(0) + uvarint(len(data) + 1) + data + NO_TAGS
    topics = compact_array([compact(topic) + compact_array([entry]) + NO_TAGS])
    body = compact(None) + i16(-1) + i32(10000) + topics + NO_TAGS
    reply = connection.ask(PRODUCE, 10, body, flexible=True)

    def partition(r):
        r.i32()
        found = dict(error=r.i16(), offset=r.i64())
        r.take(16)  # times and the log's start
        r.compact_array(lambda x: (x.i32(), x.compact(), x.tags()))
        r.compact()
        return found | dict(leader=tagged(r, 0, lambda x: (x.i32(), x.i32(), x.tags())[:2]))

    def endpoint(r):
        return r.i32(), (r.compact(), r.i32(), r.compact(), r.tags())[:3]

    topics = reply.compact_array(lambda r: (r.compact(), r.compact_array(partition), r.tags()))
    reply.i32()
    nodes = tagged(reply, 0, lambda r: r.compact_array(endpoint))
    reply.end()
    return topics[0][1][0] | dict(nodes=dict(nodes or []))


def produce_9(connection, topic, data, tags=NO_TAGS):
    """Produce v9, flexible, to partition 0: (error, offset)."""
    entry = i32(0) + uvarint(len(data) + 1) + data + tags
    topics = compact_array([compact(topic) + compact_array([entry]) + tags])
    connection.send(PRODUCE, 9, compact(None) + i16(-1) + i32(10000) + topics + tags, True, tags)
    _, reply = connection.receive(flexible=True)

    def partition(r):
        r.i32()
        found = r.i16(), r.i64()
        r.take(16)  # times and the log's start
        r.compact_array(lambda x: (x.i32(), x.compact(), x.tags()))
        r.compact(), r.tags()
        return found

    topics = reply.compact_array(lambda r: (r.compact(), r.compact_array(partition), r.tags()))
    reply.i32(), reply.tags()
    reply.end()
    return topics[0][1][0]


def fetch_12(connection, topic, offset, tags=NO_TAGS):
    """Fetch v12, flexible, of partition 0: (error, high watermark, records)."""
    partition = i32(0) + i32(-1) + i64(offset) + i32(-1) + i64(-1) + i32(1 << 20) + tags
    body = i32(-1) + i32(0) + i32(1) + i32(50 << 20) + i8(0) + i32(0) + i32(-1)
    body += compact_array([compact(topic) + compact_array([partition]) + tags]) + compact_array([])
    connection.send(FETCH, 12, body + compact("") + tags, True, tags)
    _, reply = connection.receive(flexible=True)
    reply.i32(), reply.i16(), reply.i32()

    def one(r):
        r.i32()
        error, high = r.i16(), r.i64()
        r.take(16)  # the stable offset and the log's start
        r.compact_array(lambda x: (x.i64(), x.i64(), x.tags()))
        r.i32()
        found = error, high, r.compact_blob()
        r.tags()
        return found

    topics = reply.compact_array(lambda r: (r.compact(), r.compact_array(one), r.tags()))
    reply.tags()
    reply.end()
    return topics[0][1][0]


def fetch(connection, topic, offsets, **options):
    """Fetch v11. offsets: {partition: offset}. Returns (error, {partition: dict}) of the reply."""
    send_fetch(connection, topic, offsets, **options)
    return read_fetch(connection)


def send_fetch(
    connection,
    topic,
    offsets,
    max_wait_ms=0,
    min_bytes=1,
    max_bytes=50 << 20,
    partition_bytes=1 << 20,
    isolation=0,
    session=0,
    session_epoch=-1,
    leader_epoch=-1,
    rack="",
):
    partitions = [
        i32(p) + i32(leader_epoch) + i64(o) + i64(-1) + i32(partition_bytes) for p, o in offsets.items()
    ]
    body = i32(-1) + i32(max_wait_ms) + i32(min_bytes) + i32(max_bytes) + i8(isolation) + i32(session)
    body += i32(session_epoch) + array([string(topic) + array(partitions)]) + array([]) + string(rack)
    connection.send(FETCH, 11, body)


def read_fetch(connection):
    _, reply = connection.receive()
    reply.i32()
    error, session = reply.i16(), reply.i32()

    def partition(r):
        number = r.i32()
        found = dict(error=r.i16(), high=r.i64(), stable=r.i64(), log_start=r.i64(), session=session)
        found["aborted"] = r.array(lambda x: (x.i64(), x.i64()))
        found["replica"], found["data"] = r.i32(), r.blob()
        return number, found

    topics = reply.array(lambda r: (r.string(), dict(r.array(partition))))
    reply.end()
    return error, topics[0][1] if topics else {}


def fetch_one(connection, topic, offset, **options):
    return fetch(connection, topic, {0: offset}, **options)[1][0]


def list_offset(connection, topic, timestamp, partition=0, isolation=0):
    """ListOffsets v4: (error, timestamp, offset)."""
    asked = array([string(topic) + array([i32(partition) + i32(-1) + i64(timestamp)])])
    reply = connection.ask(LIST_OFFSETS, 4, i32(-1) + i8(isolation) + asked)
    reply.i32()

    def one(r):
        r.i32()
        error, found, offset = r.i16(), r.i64(), r.i64()
        r.i32()
        return error, found, offset

    return reply.array(lambda r: (r.string(), r.array(one)))[0][1][0]


def metadata(connection, topics, auto_create=False, operations=False):
    """Metadata v8: dict(brokers, controller, topics={name: dict(error, partitions, operations)})."""
    names = None if topics is None else [string(topic) for topic in topics]
    reply = connection.ask(METADATA, 8, array(names) + i8(auto_create) + i8(0) + i8(operations))

    def partition(r):
        error, index, leader = r.i16(), r.i32(), r.i32()
        r.i32()
        for _ in range(3):
            r.array(lambda x: x.i32())
        return index, (error, leader)

    def topic(r):
        error, name, internal = r.i16(), r.string(), r.i8()
        partitions, operations = dict(r.array(partition)), r.i32()
        return name, dict(error=error, internal=internal, partitions=partitions, operations=operations)

    reply.i32()
    brokers = reply.array(lambda r: (r.i32(), r.string(), r.i32(), r.string()))
    reply.string()
    found = dict(brokers=brokers, controller=reply.i32(), topics=dict(reply.array(topic)))
    reply.i32()
    reply.end()
    return found


def create_topics(connection, topics, validate_only=False, replicas=()):
    """CreateTopics v4 of [(name, partitions, replication factor, {config: value})]: [(name, error)].

    With `replicas` each topic has one partition, on these nodes, the first of which is to lead.
    """
    assigned = [i32(0) + array([i32(node) for node in replicas])] if replicas else []
    items = [
        string(name)
        + i32(-1 if replicas else partitions)
        + i16(-1 if replicas else factor)
        + array(assigned)
        + array([string(key) + string(value) for key, value in configs.items()])
        for name, partitions, factor, configs in topics
    ]
    reply = connection.ask(CREATE_TOPICS, 4, array(items) + i32(20000) + i8(validate_only))
    reply.i32()

    def one(r):
        name, error = r.string(), r.i16()
        r.string()
        return name, error

    return reply.array(one)


def delete_topic(connection, topic):
    reply = connection.ask(DELETE_TOPICS, 3, array([string(topic)]) + i32(20000))
    reply.i32()
    return reply.array(lambda r: (r.string(), r.i16()))[0][1]


def delete_records(connection, topic, offset):
    """DeleteRecords v1: (low watermark, error)."""
    reply = connection.ask(
        DELETE_RECORDS, 1, array([string(topic) + array([i32(0) + i64(offset)])]) + i32(10000)
    )
    reply.i32()

    def one(r):
        r.i32()
        return r.i64(), r.i16()

    return reply.array(lambda r: (r.string(), r.array(one)))[0][1][0]


def init_producer(connection):
    """InitProducerId v1 without a transaction: (producer id, epoch)."""
    while True:
        reply = connection.ask(INIT_PRODUCER_ID, 1, string(None) + i32(60000))
        reply.i32()
        error, producer_id, epoch = reply.i16(), reply.i64(), reply.i16()
        if error == 0:
            return producer_id, epoch
        if error != COORDINATOR_LOADING:
            raise AssertionError(f"InitProducerId failed with {error}")


def api_versions(connection):
    """ApiVersions v0: {key: (lowest, highest)}."""
    reply = connection.ask(API_VERSIONS, 0, b"")
    error = reply.i16()
    versions = reply.array(lambda r: (r.i16(), (r.i16(), r.i16())))
    reply.end()
    if error:
        raise AssertionError(f"ApiVersions failed with {error}")
    return dict(versions)


def api_versions_3(connection, name="weir-test", version="1.0", tags=NO_TAGS, number=3):
    """ApiVersions v3 or later: (error, {key: (lowest, highest)}); the reply's header has no tags."""
    body = compact(name) + compact(version) + tags
    reply = connection.ask(API_VERSIONS, number, body, flexible=True, flexible_reply=False)
    error = reply.i16()

    def one(r):
        entry = r.i16(), (r.i16(), r.i16())
        r.tags()
        return entry

    return error, dict(reply.compact_array(one) or [])


def supported_features(connection, version):
    """ApiVersions v3 or 4: {feature: (lowest, highest)}."""
    body = compact("weir-test") + compact("1.0") + NO_TAGS
    reply = connection.ask(API_VERSIONS, version, body, flexible=True, flexible_reply=False)
    assert reply.i16() == 0, "ApiVersions failed"
    reply.compact_array(lambda r: (r.take(6), r.tags()))
    reply.i32()
    found = {}
    for _ in range(reply.uvarint()):
        tag, field = reply.uvarint(), Reader(reply.take(reply.uvarint()))
        if tag == 0:
            found = dict(field.compact_array(lambda r: (r.compact(), (r.i16(), r.i16()), r.tags())[:2]))
    reply.end()
    return found


def one_topic_12(connection, topic_id, name):
    """Metadata v12 of one topic by its id or its name: (error, name, id)."""
    asked = compact_array([topic_id + compact(name) + NO_TAGS])
    reply = connection.ask(METADATA, 12, asked + i8(0) + i8(0) + NO_TAGS, flexible=True)
    reply.i32()
    reply.compact_array(lambda r: (r.i32(), r.compact(), r.i32(), r.compact(), r.tags()))
    reply.compact(), reply.i32()
    assert reply.uvarint() == 1 + 1, "more topics than asked for"
    return reply.i16(), reply.compact(), reply.take(16)


def metadata_12(connection, topic_id):
    """Metadata v12 of a topic by its id: (error, name)."""
    return one_topic_12(connection, topic_id, None)[:2]


def describe_topic_id(connection, topic):
    return one_topic_12(connection, bytes(16), topic)[2]


def delete_topic_6(connection, topic_id):
    """DeleteTopics v6 of a topic by its id: (name, error)."""
    asked = compact_array([compact(None) + topic_id + NO_TAGS])
    reply = connection.ask(DELETE_TOPICS, 6, asked + i32(20000) + NO_TAGS, flexible=True)
    reply.i32()

    def one(r):
        name, _, error = r.compact(), r.take(16), r.i16()
        r.compact(), r.tags()
        return name, error

    return reply.compact_array(one)[0]


def metadata_9(connection, topics, header_tags=NO_TAGS, body_tags=NO_TAGS):
    """Metadata v9, flexible: the names of the topics in the reply."""
    names = compact_array([compact(topic) + body_tags for topic in topics])
    connection.send(METADATA, 9, names + i8(0) + i8(0) + i8(0) + body_tags, flexible=True, tags=header_tags)
    _, reply = connection.receive(flexible=True)
    reply.i32()

    def broker(r):
        r.i32(), r.compact(), r.i32(), r.compact(), r.tags()

    def partition(r):
        r.i16(), r.i32(), r.i32(), r.i32()
        for _ in range(3):
            r.compact_array(lambda x: x.i32())
        r.tags()

    def topic(r):
        r.i16()
        name = r.compact()
        r.i8(), r.compact_array(partition), r.i32(), r.tags()
        return name

    reply.compact_array(broker), reply.compact(), reply.i32()
    found = reply.compact_array(topic)
    reply.i32(), reply.tags()
    reply.end()
    return found


def all_topics(connection, version):
    """Metadata of any version from 0 to 12 for all topics: {name: its partitions' numbers}."""
    flexible = version >= 9
    body = compact_array(None) if flexible else array([] if version == 0 else None)
    body += i8(0) * ((version >= 4) + (8 <= version <= 10) + (version >= 8)) + NO_TAGS * flexible
    reply = connection.ask(METADATA, version, body, flexible=flexible)
    text, many = (Reader.compact, Reader.compact_array) if flexible else (Reader.string, Reader.array)

    def tags(r):
        if flexible:
            r.tags()

    def broker(r):
        r.i32(), text(r), r.i32()
        if version >= 1:
            text(r)
        tags(r)

    def partition(r):
        _, number, _ = r.i16(), r.i32(), r.take(4 if version < 7 else 8)
        for _ in range(3 if version >= 5 else 2):
            many(r, Reader.i32)
        tags(r)
        return number

    def topic(r):
        error, name = r.i16(), text(r)
        r.take((16 if version >= 10 else 0) + (version >= 1))
        partitions = many(r, partition)
        r.take(4 if version >= 8 else 0)
        tags(r)
        return name, error or partitions

    reply.take(4 if version >= 3 else 0)
    many(reply, broker)
    if version >= 2:
        text(reply)
    reply.take(4 if version >= 1 else 0)
    found = dict(many(reply, topic))
    reply.take(4 if 8 <= version <= 10 else 0)
    tags(reply)
    reply.end()
    return found


def greatest_timestamp(connection, topic, timestamp=-3):
    """ListOffsets v7, flexible, for a special timestamp: (error, timestamp, offset)."""
    partition = i32(0) + i32(-1) + i64(timestamp) + NO_TAGS
    body = i32(-1) + i8(0) + compact_array([compact(topic) + compact_array([partition]) + NO_TAGS]) + NO_TAGS
    reply = connection.ask(LIST_OFFSETS, 7, body, flexible=True)
    reply.i32()

    def one(r):
        r.i32()
        found = r.i16(), r.i64(), r.i64()
        r.i32(), r.tags()
        return found

    return reply.compact_array(lambda r: (r.compact(), r.compact_array(one), r.tags()))[0][1][0]

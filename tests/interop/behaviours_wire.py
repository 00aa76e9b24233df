"""Behaviours 1-13: versions, headers, null and empty, order, and what closes a connection."""

import glob
import os
import struct

from behaviour import behaviour, main, same
from calls import (
    API_VERSIONS,
    CREATE_TOPICS,
    DESCRIBE_CLUSTER,
    FETCH,
    FIND_COORDINATOR,
    METADATA,
    PRODUCE,
    SASL_HANDSHAKE,
    all_topics,
    api_versions,
    api_versions_3,
    fetch_12,
    fetch_one,
    metadata,
    metadata_9,
    produce_9,
    send_produce,
    supported_features,
)
from group_calls import retry_while_loading
from wire import NO_TAGS, array, batch, i8, i16, i32, i64, record, string, uvarint

UNSUPPORTED_VERSION, INVALID_REQUEST, UNSUPPORTED_MECHANISM, ILLEGAL_SASL_STATE = 35, 42, 33, 34


@behaviour(1, "ApiVersions of an unknown version is answered in v0 with error 35, the connection stays")
def unknown_api_versions(world):
    connection = world.connect()
    reply = connection.ask(API_VERSIONS, 99, b"\x01\x02\x03", flexible=True, flexible_reply=False)
    same(reply.i16(), UNSUPPORTED_VERSION)
    listed = reply.array(lambda r: (r.i16(), r.i16(), r.i16()))
    reply.end()
    offered = api_versions(connection)
    assert PRODUCE in offered, offered
    same(listed, [(API_VERSIONS, *offered[API_VERSIONS])], "its own versions alone")


@behaviour(1, "an unknown key, or a version nobody offered, closes the connection")
def unknown_key_or_version(world):
    for key, version in ((9999, 0), (-1, 0), (FETCH, 99), (PRODUCE, -1), (METADATA, 77)):
        connection = world.connect()
        connection.send(key, version, b"\0" * 40)
        assert connection.closed_by_broker(), (key, version)


@behaviour(1, "the removed keys 4 to 7 stay unassigned; only offered keys answer")
def removed_keys(world):
    offered = api_versions(world.connect())
    assert not {4, 5, 6, 7} & set(offered), offered
    assert all(0 <= low <= high for low, high in offered.values()), offered


def golden_requests():
    """The frames of tests/golden/kafka, which another client encoded: {(key, version): [frame]}."""
    found = {}
    for path in glob.glob(os.path.join(os.path.dirname(__file__), "..", "golden", "kafka", "*.txt")):
        with open(path) as file:
            rows = [line.split() for line in file if line.startswith("request ")]
        for *_, frame in rows:
            frame = bytes.fromhex(frame)
            found.setdefault(struct.unpack(">hh", frame[4:8]), []).append(frame)
    return found


@behaviour(1, "every version of every key that is offered is answered, and none that is not")
def all_versions(world):
    if world.server.external:
        return  # weir offers what weir encodes
    offered, requests = api_versions(world.connect()), golden_requests()
    wanted = {(key, n) for key, (low, high) in offered.items() for n in range(low, high + 1)}
    same(wanted - set(requests), {(PRODUCE, 0), (PRODUCE, 1), (PRODUCE, 2)}, "offered without a frame")
    for version in sorted(wanted & set(requests)):
        for frame in requests[version]:
            connection = world.connect()
            connection.send_raw(frame)
            same(connection.receive()[0], struct.unpack(">i", frame[8:12])[0], version)
    for key, version in sorted(set(requests) - wanted):
        connection = world.connect()
        connection.send_raw(requests[key, version][0])
        assert connection.closed_by_broker(), (key, version)


@behaviour(2, "the reply to ApiVersions v3 has the old header, and is the same list")
def api_versions_header(world):
    connection = world.connect()
    error, versions = api_versions_3(connection)
    same(error, 0)
    same(versions, api_versions(connection), "v3 against v0")


@behaviour(3, "ApiVersions v3 refuses a malformed client software name or version")
def software_name(world):
    for name, version in (("-bad", "1"), ("bad!", "1"), ("", "1"), ("good", "v 1"), ("good", "-")):
        same(api_versions_3(world.connect(), name, version)[0], INVALID_REQUEST, (name, version))
    same(api_versions_3(world.connect(), "a.b-c", "1.0-rc.1")[0], 0, "good ones")


@behaviour(5, "a feature whose least version is 0 is told from ApiVersions v4 on only")
def features(world):
    for version in (3, 4):
        least = [least for least, _ in supported_features(world.connect(), version).values()]
        assert version > 3 or 0 not in least, least


@behaviour(4, "SaslHandshake on a listener without SASL is refused by name, not by silence")
def sasl_handshake(world):
    connection = world.connect()
    reply = connection.ask(SASL_HANDSHAKE, 1, string("PLAIN"))
    assert reply.i16() in (UNSUPPORTED_MECHANISM, ILLEGAL_SASL_STATE)
    assert world.server.external or connection.closed_by_broker(), "the connection goes on"


@behaviour(6, "Produce is advertised from 0, and a real one of version 2 closes the connection")
def produce_floor(world):
    same(api_versions(world.connect())[PRODUCE][0], 0)
    connection = world.connect()
    connection.send(PRODUCE, 2, i16(-1) + i32(1000) + array([]))
    assert connection.closed_by_broker()


@behaviour(7, "unknown tagged fields are skipped, in the header and in the body")
def unknown_tags(world):
    topic = world.topic()
    tags = uvarint(2) + uvarint(70) + uvarint(3) + b"abc" + uvarint(9000) + uvarint(0)
    same(metadata_9(world.connect(), [topic], header_tags=tags, body_tags=tags), [topic])
    same(api_versions_3(world.connect(), tags=tags)[0], 0)


@behaviour(7, "unknown tagged fields are skipped at every level; records are as long as their varint says")
def tags_and_records(world):
    topic, connection = world.topic(), world.connect()
    tags = uvarint(1) + uvarint(4321) + uvarint(2) + b"hi"
    sent = [batch([record(b"x" * size, b"k")]) for size in (1, 300, 100_000)]
    for offset, data in enumerate(sent):
        same(produce_9(connection, topic, data, tags), (0, offset))
    found = fetch_12(connection, topic, 0, tags)
    same(found[:2], (0, 3))
    same(len(found[2]), sum(map(len, sent)))
    assert found[2].endswith(sent[2][16:]), "the records are others"


@behaviour(8, "Metadata: null topics are all topics, an empty list is none")
def null_and_empty(world):
    topic, connection = world.topic(), world.connect()
    assert topic in metadata(connection, None)["topics"]
    same(metadata(connection, [])["topics"], {})


@behaviour(8, "Metadata for all topics names them in every version that is offered")
def metadata_versions(world):
    topic, connection = world.topic(3), world.connect()
    low, high = api_versions(connection)[METADATA]
    for version in range(low, min(high, 12) + 1):
        same(sorted(all_topics(connection, version).get(topic, [])), [0, 1, 2], f"version {version}")


@behaviour(9, "requests sent ahead are answered, in order")
def pipelined(world):
    connection, topic = world.connect(), world.topic()
    sent = []
    for n in range(50):
        sent.append(connection.send(METADATA, 8, array([string(topic)]) + i8(0) + i8(0) + i8(0)))
        if n % 10 == 0:
            send_produce(connection, topic, {0: batch([record(b"%d" % n)])})
            sent.append(connection.correlation)
    same([connection.receive()[0] for _ in sent], sent)
    same(fetch_one(connection, topic, 0)["high"], 5)


@behaviour(9, "a parked fetch holds back the replies behind it")
def parked_order(world):
    connection, topic = world.connect(), world.topic()
    partition = array([i32(0) + i32(-1) + i64(0) + i64(-1) + i32(1 << 20)])
    body = i32(-1) + i32(400) + i32(1) + i32(1 << 20) + i8(0) + i32(0) + i32(-1)
    first = connection.send(FETCH, 11, body + array([string(topic) + partition]) + array([]) + string(""))
    second = connection.send(API_VERSIONS, 0, b"")
    same([connection.receive()[0], connection.receive()[0]], [first, second])


@behaviour(10, "acks=0 gets no reply; when it fails the connection closes")
def no_acks(world):
    connection, topic = world.connect(), world.topic()
    send_produce(connection, topic, {0: batch([record(b"silent")])}, acks=0)
    asked = connection.send(API_VERSIONS, 0, b"")
    same(connection.receive()[0], asked)
    same(fetch_one(connection, topic, 0, max_wait_ms=5000)["high"], 1)
    send_produce(connection, world.name("unknown"), {0: batch([record(b"x")])}, acks=0)
    assert connection.closed_by_broker()


@behaviour(11, "a frame longer than 100 MiB, or of a negative length, closes the connection")
def oversize_frame(world):
    for size in ((100 << 20) + 1, 0x7FFFFFFF, -1, -0x80000000):
        connection = world.connect()
        connection.send_raw(i32(size) + b"\0\x03\0\x08\0\0\0\x01")
        assert connection.closed_by_broker(), size


@behaviour(11, "array counts that the frame cannot hold close the connection, whatever the request")
def huge_arrays(world):
    huge = i32(0x7FFFFFFF)
    bodies = [
        (METADATA, 8, huge),
        (PRODUCE, 7, string(None) + i16(-1) + i32(1000) + huge),
        (CREATE_TOPICS, 4, huge),
        (FETCH, 11, i32(-1) + i32(0) + i32(1) + i32(1) + i8(0) + i32(0) + i32(-1) + huge),
    ]
    for key, version, body in bodies:
        connection = world.connect()
        connection.send(key, version, body)
        assert connection.closed_by_broker(), key
    connection = world.connect()
    connection.send(METADATA, 9, b"\xff\xff\xff\xff\x07", flexible=True)
    assert connection.closed_by_broker()


@behaviour(13, "the metadata names the address that the client connected to, and a controller that is in it")
def advertised_address(world):
    found = metadata(world.connect(), [])
    same([(host, port) for _, host, port, _ in found["brokers"]], [(world.server.host, world.server.port)])
    same(found["controller"], found["brokers"][0][0])


@behaviour(13, "FindCoordinator and DescribeCluster name that address too")
def advertised_elsewhere(world):
    wanted, connection = (world.server.host, world.server.port), world.connect()

    def coordinator():
        reply = connection.ask(FIND_COORDINATOR, 2, string(world.name("group")) + i8(0))
        reply.i32()
        error, _, _ = reply.i16(), reply.string(), reply.i32()
        return error, reply.string(), reply.i32()

    error, *found = retry_while_loading(coordinator)
    same((error, tuple(found)), (0, wanted))
    reply = connection.ask(DESCRIBE_CLUSTER, 0, i8(0) + NO_TAGS, flexible=True)
    same((reply.i32(), reply.i16(), reply.compact()), (0, 0, None), "throttle time, error, message")
    reply.compact(), reply.i32()

    def node(r):
        r.i32()
        return (r.compact(), r.i32()), r.compact(), r.tags()

    same([node[0] for node in reply.compact_array(node)], [wanted])


if __name__ == "__main__":
    main()

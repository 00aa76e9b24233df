"""The requests that the torture's clients send, on connections that answer in order; of Kafka's own errors.

One version of each request, which both weir and Kafka speak. Independent of weir's client code.
"""

import asyncio
import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), os.pardir, "interop"))

from wire import (  # noqa: E402  (on the path since above)
    NO_TAGS, Reader, array, blob, compact, compact_array, i8, i16, i32, i64, string,
)  # fmt: skip

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR = 0, 1, 2, 3, 8, 9, 10
JOIN, HEARTBEAT, LEAVE, SYNC, CREATE_TOPICS, INIT_PRODUCER_ID, REASSIGN = 11, 12, 13, 14, 19, 22, 45

NONE, OFFSET_OUT_OF_RANGE, TOPIC_EXISTS = 0, 1, 36
TIMED_OUT, NOT_ENOUGH_AFTER_APPEND, OUT_OF_ORDER, DUPLICATE_SEQUENCE, UNKNOWN_PRODUCER = 7, 20, 45, 46, 59
UNKNOWN_SERVER_ERROR = -1
CONNECT_LIMIT_S = 1
LATEST, EARLIEST = -1, -2
MAX_REPLY_BYTES = 64 << 20


class Connection:
    """One connection; replies come in the order of the requests. Any trouble ends it and all that waits."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.waiting = {}
        self.correlation = 0
        self.closed = False
        self.task = asyncio.ensure_future(self._receive())

    @classmethod
    async def open(cls, host, port):
        opening = asyncio.open_connection(host, port)
        return cls(*await asyncio.wait_for(opening, CONNECT_LIMIT_S))

    def send(self, key, version, body, decode):
        """A future of decode(Reader of the reply)."""
        future = asyncio.get_running_loop().create_future()
        if self.closed:
            future.set_exception(ConnectionError("closed"))
            return future
        self.correlation += 1
        self.waiting[self.correlation] = (future, decode)
        self.writer.write(blob(i16(key) + i16(version) + i32(self.correlation) + string("torture") + body))
        return future

    async def ask(self, key, version, body, decode, limit_s=5):
        try:
            return await asyncio.wait_for(self.send(key, version, body, decode), limit_s)
        except asyncio.TimeoutError:
            self.close("no reply in time")  # the next reply would be taken for another request's
            raise

    async def _receive(self):
        try:
            while True:
                (size,) = struct.unpack(">i", await self.reader.readexactly(4))
                if not 4 <= size <= MAX_REPLY_BYTES:
                    raise ConnectionError(f"a reply of {size} bytes")
                reply = Reader(await self.reader.readexactly(size))
                future, decode = self.waiting.pop(reply.i32())
                if not future.done():
                    self._answer(future, decode, reply)
        except (OSError, EOFError, KeyError, IndexError, AssertionError, struct.error) as error:
            self.close(f"{type(error).__name__}: {error}")

    @staticmethod
    def _answer(future, decode, reply):
        try:
            future.set_result(decode(reply))
        except Exception as error:
            future.set_exception(ConnectionError(f"a reply that does not decode: {error}"))
            raise

    def close(self, why="closed"):
        if not self.closed:
            self.closed = True
            self.writer.transport.abort()
            self.task.cancel()
            waiting, self.waiting = self.waiting, {}
            for future, _ in waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError(why))
                    future.exception()  # looked at here, so that nobody need to


def produce(connection, topic, partition, batch, acks=-1, timeout_ms=5000):
    """A future of (error, base offset)."""

    def decode(reply):
        topics = reply.array(
            lambda r: (r.string(), r.array(lambda x: (x.i32(), x.i16(), x.i64(), x.i64(), x.i64())))
        )
        _, error, offset, _, _ = topics[0][1][0]
        return error, offset

    data = array([string(topic) + array([i32(partition) + blob(batch)])])
    return connection.send(PRODUCE, 7, string(None) + i16(acks) + i32(timeout_ms) + data, decode)


def fetch(connection, topic, partition, offset, max_wait_ms=500, limit_bytes=1 << 20):
    """A future of (error, high watermark, log start, the batches' bytes)."""

    def one(r):
        r.i32()
        error, high, _, start = r.i16(), r.i64(), r.i64(), r.i64()
        r.array(lambda x: (x.i64(), x.i64()))
        r.i32()
        return error, high, start, r.blob() or b""

    def decode(reply):
        reply.i32()
        error, _ = reply.i16(), reply.i32()
        topics = reply.array(lambda r: (r.string(), r.array(one)))
        return topics[0][1][0] if topics else (error or UNKNOWN_SERVER_ERROR, -1, -1, b"")

    asked = i32(partition) + i32(-1) + i64(offset) + i64(-1) + i32(limit_bytes)
    body = i32(-1) + i32(max_wait_ms) + i32(1) + i32(limit_bytes) + i8(0) + i32(0) + i32(-1)
    body += array([string(topic) + array([asked])]) + array([]) + string("")
    return connection.send(FETCH, 11, body, decode)


def list_offset(connection, topic, partition, timestamp):
    """A coroutine of (error, offset)."""

    def one(r):
        r.i32()
        error, _, offset, _ = r.i16(), r.i64(), r.i64(), r.i32()
        return error, offset

    def decode(reply):
        reply.i32()
        return reply.array(lambda r: (r.string(), r.array(one)))[0][1][0]

    asked = array([string(topic) + array([i32(partition) + i32(-1) + i64(timestamp)])])
    return connection.ask(LIST_OFFSETS, 4, i32(-1) + i8(0) + asked, decode)


def metadata(connection, topic, limit_s=1):
    """A coroutine of dict(nodes, controller, partitions).

    partitions: {number: dict(error, leader, epoch, replicas, isr)}.
    """

    def partition(r):
        found = dict(error=r.i16())
        number = r.i32()
        found.update(leader=r.i32(), epoch=r.i32())
        found.update(replicas=r.array(Reader.i32), isr=r.array(Reader.i32))
        r.array(Reader.i32)
        return number, found

    def one(r):
        r.i16(), r.string(), r.i8()
        partitions = dict(r.array(partition))
        r.i32()
        return partitions

    def decode(reply):
        reply.i32()
        nodes = [entry[0] for entry in reply.array(lambda r: (r.i32(), r.string(), r.i32(), r.string()))]
        reply.string()
        controller = reply.i32()
        topics = reply.array(one)
        return dict(nodes=nodes, controller=controller, partitions=topics[0] if topics else {})

    return connection.ask(METADATA, 8, array([string(topic)]) + i8(0) * 3, decode, limit_s)


def create_topic(connection, topic, partitions, factor, settings):
    """A coroutine of the error."""

    def decode(reply):
        reply.i32()
        return reply.array(lambda r: (r.string(), r.i16(), r.string()))[0][1]

    configs = array([string(key) + string(value) for key, value in settings.items()])
    item = string(topic) + i32(partitions) + i16(factor) + array([]) + configs
    return connection.ask(CREATE_TOPICS, 4, array([item]) + i32(20000) + i8(0), decode, 30)


def reassign(connection, topic, partition, replicas):
    """A coroutine of the error. The connection's headers are not flexible: this one's tags begin its body."""

    def decode(reply):
        reply.tags()
        reply.i32()
        error, _ = reply.i16(), reply.compact()
        topics = reply.compact_array(lambda r: (r.compact(), r.compact_array(one), r.tags()))
        return error or topics[0][1][0]

    def one(r):
        r.i32()
        error, _, _ = r.i16(), r.compact(), r.tags()
        return error

    asked = i32(partition) + compact_array([i32(node) for node in replicas]) + NO_TAGS
    topics = compact_array([compact(topic) + compact_array([asked]) + NO_TAGS])
    return connection.ask(REASSIGN, 0, NO_TAGS + i32(5000) + topics + NO_TAGS, decode, 10)


def init_producer(connection):
    """A coroutine of (error, producer id, epoch)."""

    def decode(reply):
        reply.i32()
        return reply.i16(), reply.i64(), reply.i16()

    return connection.ask(INIT_PRODUCER_ID, 1, string(None) + i32(60000), decode)


def find_coordinator(connection, group):
    """A coroutine of (error, node)."""

    def decode(reply):
        reply.i32()
        error, _, node = reply.i16(), reply.string(), reply.i32()
        return error, node

    return connection.ask(FIND_COORDINATOR, 1, string(group) + i8(0), decode)


def join_group(connection, group, member, session_ms, rebalance_ms):
    """A coroutine of dict(error, generation, leader, member, members)."""

    def decode(reply):
        reply.i32()
        found = dict(error=reply.i16(), generation=reply.i32())
        reply.string()
        found.update(leader=reply.string(), member=reply.string())
        found["members"] = [m[0] for m in reply.array(lambda r: (r.string(), r.string(), r.blob()))]
        return found

    body = string(group) + i32(session_ms) + i32(rebalance_ms) + string(member) + string(None)
    body += string("consumer") + array([string("torture") + blob(b"")])
    return connection.ask(JOIN, 5, body, decode, rebalance_ms / 1000 + 10)


def sync_group(connection, group, generation, member, assignments):
    """A coroutine of (error, assignment)."""

    def decode(reply):
        reply.i32()
        return reply.i16(), reply.blob()

    given = array([string(m) + blob(data) for m, data in assignments.items()])
    body = string(group) + i32(generation) + string(member) + string(None) + given
    return connection.ask(SYNC, 3, body, decode, 15)


def heartbeat(connection, group, generation, member):
    """A coroutine of the error."""

    def decode(reply):
        reply.i32()
        return reply.i16()

    body = string(group) + i32(generation) + string(member) + string(None)
    return connection.ask(HEARTBEAT, 3, body, decode)


def commit_offset(connection, group, generation, member, topic, partition, offset):
    """A coroutine of the error."""

    def decode(reply):
        reply.i32()
        return reply.array(lambda r: (r.string(), r.array(lambda x: (x.i32(), x.i16()))))[0][1][0][1]

    body = string(group) + i32(generation) + string(member) + string(None)
    body += array([string(topic) + array([i32(partition) + i64(offset) + i32(-1) + string(None)])])
    return connection.ask(OFFSET_COMMIT, 7, body, decode)


def fetch_committed(connection, group, topic, partitions):
    """A coroutine of (error, {partition: committed offset})."""

    def one(r):
        number, offset, _, _, error = r.i32(), r.i64(), r.i32(), r.string(), r.i16()
        return number, offset if error == NONE else None

    def decode(reply):
        reply.i32()
        found = dict(reply.array(lambda r: (r.string(), dict(r.array(one)))))
        return reply.i16(), found.get(topic, {})

    asked = array([string(topic) + array([i32(p) for p in partitions])])
    return connection.ask(OFFSET_FETCH, 5, string(group) + asked, decode)

"""What a broker must bear from strangers: garbage, lies about lengths, half-open, slow and idle connections.

After each the broker lives, its memory has not grown past the limit, and a good client is served.
"""

import contextlib
import os
import random
import socket
import struct
import time

import broker
import calls
from behaviour import same
from wire import Connection, array, batch, i8, i16, i32, i64, record, string

MAX_GROWTH_KIB = 64 * 1024
IDLE_CONNECTIONS = 1000
SERVED_WITHIN_S = 10


def serve(server):
    """A good client's produce and fetch, within a time limit."""
    value = b"%d" % time.time_ns()
    with Connection(server, timeout_s=SERVED_WITHIN_S) as connection:
        answer = calls.produce_one(connection, "good", batch([record(value)]))
        same(answer["error"], 0, "a good client's produce")
        assert value in calls.fetch_one(connection, "good", answer["offset"])["data"]


class Check:
    """Looks after the broker between the attacks."""

    def __init__(self, server):
        self.server = server
        with Connection(server) as connection:
            same(calls.create_topics(connection, [("good", 1, 1, {})])[0][1] in (0, 36), True)
        serve(server)
        self.resident = server.resident_kib()

    def __call__(self, what):
        assert self.server.alive(), f"the broker ended: {what}"
        serve(self.server)
        grown = self.server.resident_kib() - self.resident
        assert grown <= MAX_GROWTH_KIB, f"{what}: {grown} KiB more memory"
        print(f"{what}: served, {grown} KiB more memory", flush=True)


def raw(server):
    return socket.create_connection((server.host, server.port), timeout=30)


def look(connection, data):
    """Sends bytes and waits for the end of the connection; the broker may answer before it."""
    try:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    except TimeoutError:
        raise AssertionError(f"neither an answer nor an end to {data[:100]!r}") from None
    except OSError:
        pass  # the broker closed it first


def send_and_look(server, data):
    with raw(server) as connection:
        look(connection, data)


def garbage(server, random_bytes):
    other_protocols = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"AMQP\0\0\x09\x01",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
        b"\x10\x0c\0\x04MQTT\x04\x02\0<\0\0",
        b"STOMP\naccept-version:1.2\n\n\0",
        b"\0" * 1000,
    ]
    for data in other_protocols:
        send_and_look(server, data)
    for _ in range(200):
        send_and_look(server, random_bytes(random.randrange(1, 3000)))


def framed_garbage(server, random_bytes):
    """Good frames of nonsense for every key and version."""
    for key in range(-2, 95):
        for version in (0, 1, 5, 9, 12, 20):
            body = i16(key) + i16(version) + i32(7) + random_bytes(random.randrange(0, 200))
            send_and_look(server, i32(len(body)) + body)


def truncated_requests(server, _):
    """A good request cut after each of its bytes, in a frame of that length or one that promises more."""
    data = batch([record(b"value", b"key", [(b"h", b"v")])])
    body = i16(calls.PRODUCE) + i16(7) + i32(1) + string("cut") + string(None) + i16(-1) + i32(1000)
    body += array([string("good") + array([i32(0) + i32(len(data)) + data])])
    for size in range(len(body)):
        send_and_look(server, i32(size) + body[:size])
        if size % 10 == 0:
            send_and_look(server, i32(len(body)) + body[:size])


def lying_lengths(server, _):
    """Counts and lengths far beyond the frame, in every place that has one."""
    for lie in (0x7FFFFFFF, 0x40000000, 100_000_000, -2, -0x80000000):
        bodies = [
            (calls.METADATA, 8, i32(lie)),
            (calls.PRODUCE, 7, string(None) + i16(-1) + i32(1000) + i32(lie)),
            (calls.PRODUCE, 7, string(None) + i16(-1) + i32(1000) + i32(1) + string("good") + i32(lie)),
            (
                calls.PRODUCE,
                7,
                string(None) + i16(-1) + i32(1) + i32(1) + string("good") + i32(1) + i32(0) + i32(lie),
            ),
            (calls.FETCH, 11, i32(-1) + i32(0) + i32(1) + i32(1) + i8(0) + i32(0) + i32(-1) + i32(lie)),
            (calls.CREATE_TOPICS, 4, i32(lie)),
            (
                calls.JOIN,
                5,
                string("g") + i32(6000) + i32(6000) + string("") + string(None) + string("c") + i32(lie),
            ),
            (calls.OFFSET_COMMIT, 7, string("g") + i32(-1) + string("") + string(None) + i32(lie)),
        ]
        for key, version, body in bodies:
            frame = i16(key) + i16(version) + i32(1) + string("lies") + body
            send_and_look(server, i32(len(frame)) + frame)
    inner_lies(server)


def inner_lies(server):
    """A record batch whose own lengths and counts lie, with a CRC that is right."""
    for count in (0x7FFFFFFF, 1 << 20, -1):
        with Connection(server) as connection:
            answer = calls.produce_one(
                connection, "good", batch([record(b"x")], count=count, last_delta=count - 1)
            )
            assert answer["error"] != 0, f"a batch of {count} records was taken"
    whole = bytearray(batch([record(b"x")]))
    for size in (0x7FFFFFFF, -1, 0, 48, 1 << 20):
        whole[8:12] = struct.pack(">i", size)
        with Connection(server) as connection, contextlib.suppress(ConnectionError):
            assert (
                calls.produce_one(connection, "good", bytes(whole))["error"] != 0
            ), f"a batch length of {size}"


def promised_frames(server, _):
    """Many connections that promise 100 MiB each and send a little: no memory for what is not there."""
    connections = [raw(server) for _ in range(50)]
    for connection in connections:
        connection.sendall(i32(100 << 20) + i16(calls.PRODUCE) + i16(7) + i32(1) + b"\0" * 1000)
    serve(server)
    for connection in connections:
        connection.close()


def slow_senders(server, _):
    """Requests that come byte by byte, all at once, do not hold up anybody."""
    body = i16(calls.API_VERSIONS) + i16(0) + i32(5) + string("slow")
    data = i32(len(body)) + body
    connections = [raw(server) for _ in range(100)]
    for index in range(len(data)):
        for connection in connections:
            connection.sendall(data[index : index + 1])
    for connection in connections:
        assert connection.recv(4), "a slow request got no answer"
        connection.close()


def slow_readers(server, _):
    """Clients that ask for much and read nothing: their replies may not pile up in memory."""
    with Connection(server) as connection:
        calls.create_topics(connection, [("large", 1, 1, {})])
        while calls.produce_one(connection, "large", batch([record(os.urandom(900_000))]))["error"] in (
            3,
            5,
            6,
        ):
            pass
        for _ in range(20):
            calls.produce_one(connection, "large", batch([record(b"x" * 900_000)]))
    connections = [Connection(server) for _ in range(20)]
    partition = array([i32(0) + i32(-1) + i64(0) + i64(-1) + i32(50 << 20)])
    fetch = i32(-1) + i32(0) + i32(1) + i32(50 << 20) + i8(0) + i32(0) + i32(-1)
    for connection in connections:
        for _ in range(20):
            connection.send(
                calls.FETCH, 11, fetch + array([string("large") + partition]) + array([]) + string("")
            )
    serve(server)
    resident = server.resident_kib()
    for connection in connections:
        connection.close()
    assert resident < 400 * 1024, f"{resident} KiB while 20 slow readers wait"


def resets(server, _):
    """Connections that end by a reset in the middle of a request, or right after it."""
    body = i16(calls.METADATA) + i16(8) + i32(5) + string("reset") + i32(-1) + i8(0) * 3
    for index in range(300):
        connection = raw(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall((i32(len(body)) + body)[: 4 + index % len(body) + 1])
        connection.close()


def idle_connections(server, _):
    """Many connections that say nothing; others are served meanwhile, and they still are afterwards."""
    connections = [raw(server) for _ in range(IDLE_CONNECTIONS)]
    serve(server)
    body = i16(calls.API_VERSIONS) + i16(0) + i32(5) + string("idle")
    connections[0].sendall(i32(len(body)) + body)
    for connection in connections:
        connection.close()


ATTACKS = [
    garbage,
    framed_garbage,
    truncated_requests,
    lying_lengths,
    promised_frames,
    slow_senders,
    slow_readers,
    resets,
    idle_connections,
]


def main():
    seed = int(os.environ.get("WEIR_SEED", time.time_ns() % 10**6))
    print(f"seed {seed}")
    random.seed(seed)
    with broker.start() as server:
        check = Check(server)
        for attack in ATTACKS:
            attack(server, random.randbytes)
            check(attack.__name__)


if __name__ == "__main__":
    main()

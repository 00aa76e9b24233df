"""What the port between nodes must bear from strangers.

With certificates nothing is believed; without them lies about lengths, garbage, forged votes, unknown methods
and frames that never end change nothing and cost little.
"""

import contextlib
import os
import random
import socket
import ssl
import struct
import tempfile
import time

import calls
from bad_input_test import MAX_GROWTH_KIB
from cluster import Nodes, wait_until
from scenario import check, equal, name
from wire import Connection, batch, crc32c, record

HELLO, REQUEST, REPLY, ERROR, MESSAGE, PING = range(1, 7)
RAFT, INTRODUCE, FETCH = 1, 2, 16
STRANGER, ANY = 99, 2**31 - 1
HELLO_LIMIT_S, SILENCE_LIMIT_S = 20, 20  # the node's own are half of that
HALF_FRAMES = 50
LARGEST = 64 << 20


def frame(kind, code=0, number=0, body=b"", claims=None):
    size = len(body) if claims is None else claims
    head = b"wrpc" + struct.pack("<BBHQIII", 1, kind, code, number, size, len(body), crc32c(body))
    return head + struct.pack("<I", crc32c(head)) + body


def hello(cluster, node, to, stream=0, incarnation=1, attempt=1):
    numbers = node, to, stream, incarnation, attempt
    return frame(HELLO, body=struct.pack("<HH16siiIQQ", 1, 1, cluster, *numbers))


def vote_request(cluster, term, flags):
    """docs/formats/consensus.md: from a node that says where it is reached, with a log longer than any."""
    body = struct.pack("<BB16sB", 1, 1, cluster, 0) + struct.pack("<QQQ", term, 10**9, term - 1)
    return frame(MESSAGE, RAFT, body=body + bytes(flags))


def vote_reply(cluster, term):
    body = struct.pack("<BB16sB", 1, 2, cluster, 0) + struct.pack("<Q", term) + bytes([0, 1])
    return frame(MESSAGE, RAFT, body=body)


def append_request(cluster, term):
    """A heartbeat of a leader of that term that has committed more than there is."""
    body = struct.pack("<BB16sB", 1, 3, cluster, 0) + struct.pack("<QQQQI", term, 0, 0, 10**9, 0)
    return frame(MESSAGE, RAFT, body=body)


class Stranger:
    """A connection to a node's port that says what it likes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=HELLO_LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        with contextlib.suppress(OSError):  # the node may have closed it
            self.socket.sendall(data)

    def take(self):
        """(kind, code, body) of the next frame; None: the connection ended."""
        head = self._exactly(32)
        if head is None:
            return None
        size = struct.unpack_from("<I", head, 16)[0]
        body = self._exactly(size)
        return None if body is None else (head[5], struct.unpack_from("<H", head, 6)[0], body)

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except TimeoutError:
                raise AssertionError("the node neither answers nor ends the connection") from None
            except OSError:
                return None
            if not more:
                return None
            data += more
        return data

    def ends(self):
        while self.take() is not None:
            pass


class Check:
    """The cluster goes on as before: term, leader, members, nodes, memory, and what was acknowledged."""

    def __init__(self, nodes, topic):
        self.nodes, self.topic, self.written = nodes, topic, {}
        self.before = self.look()
        self.resident = {number: node.resident_kib() for number, node in nodes.nodes.items()}

    def look(self):
        status = self.nodes.status()
        members = [(node["node"], node["up"], node["voter"]) for node in status["nodes"]]
        return status["controller"], status["term"], members

    def __call__(self, what):
        for node in self.nodes.nodes.values():
            check(node.alive(), f"{what}: node ended")
        equal(self.look(), self.before, what)
        self.serve()
        for number, node in self.nodes.nodes.items():
            grown = node.resident_kib() - self.resident[number]
            check(grown <= MAX_GROWTH_KIB, f"{what}: node {number} has {grown} KiB more")
        print(f"{what}: nothing has changed", flush=True)

    def serve(self):
        leader = self.nodes.partitions(self.topic)[0]["leader"]
        with Connection(self.nodes.nodes[leader], timeout_s=30) as connection:
            value = b"%d" % time.time_ns()
            answer = calls.produce_one(connection, self.topic, batch([record(value)]), acks=-1)
            equal(answer["error"], 0, "a produce")
            self.written[answer["offset"]] = value
            for offset, wanted in self.written.items():
                data = calls.fetch_one(connection, self.topic, offset)["data"]
                check(wanted in data, f"offset {offset} is there")


def introduced(port):
    """The cluster's id, which any stranger is told where there are no certificates."""
    with Stranger(port) as stranger:
        stranger.send(hello(bytes(16), ANY, ANY, stream=1, incarnation=time.time_ns()))
        equal(stranger.take()[0], HELLO, "a stranger without a cluster is heard")
        stranger.send(frame(REQUEST, INTRODUCE, 1))
        kind, _, body = stranger.take()
        equal(kind, REPLY, "the introduction")
        return body[:16]


def with_certificates():
    """Without a certificate of the cluster's own authority nobody is heard."""
    with contextlib.ExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(2)]
        nodes, others = Nodes(stack, folders[0]), Nodes(stack, folders[1])
        nodes.add()
        others.proof_of(STRANGER)
        port = nodes.ports[1]
        with Stranger(port) as stranger:
            stranger.send(hello(bytes(16), ANY, ANY, stream=1) + frame(REQUEST, INTRODUCE, 1))
            stranger.ends()
        for certificate in (None, f"node-{STRANGER}"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if certificate:
                paths = [os.path.join(folders[1], f"{certificate}.{end}") for end in ("crt", "key")]
                context.load_cert_chain(*paths)
            check(is_refused(context, port), f"a peer with the certificate {certificate} is refused")
        check(nodes.nodes[1].alive(), "the node lives")
        equal(nodes.up(), [1], "the node is in use")
    print("with certificates: strangers are refused", flush=True)


def is_refused(context, port):
    """TLS 1.3's client hears of it when it reads."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=HELLO_LIMIT_S) as plain:
            with context.wrap_socket(plain) as connection:
                connection.sendall(hello(bytes(16), ANY, ANY, stream=1) + frame(REQUEST, INTRODUCE, 1))
                return connection.recv(1) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def no_hello(port, drawn):
    garbage = [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1000, drawn.randbytes(10_000)]
    garbage.append(b"wrpc" + drawn.randbytes(28))
    for data in [*garbage, frame(REQUEST, INTRODUCE, 1), hello(drawn.randbytes(16), STRANGER, ANY)]:
        with Stranger(port) as stranger:
            stranger.send(data)
            stranger.ends()


def heard(port, cluster, node=STRANGER, stream=0):
    """A stranger that says the right hello, and is believed."""
    stranger = Stranger(port)
    stranger.send(hello(cluster, node, ANY, stream, incarnation=time.time_ns(), attempt=1))
    equal(stranger.take()[0], HELLO, "without certificates a hello is believed")
    return stranger


def forged_votes(port, cluster):
    for term in (2, 1000, 2**40, 2**63):
        with heard(port, cluster) as stranger:
            for flags in ((0, 0), (1, 0), (0, 1), (1, 1)):
                stranger.send(vote_request(cluster, term, flags))
            stranger.send(vote_reply(cluster, term) + append_request(cluster, term))
            stranger.send(frame(REQUEST, 9999, 7))
            stranger.take()  # what was sent before has been handled


def forged_calls(port, cluster, drawn):
    """Garbage in the place of each request: methods 3, 4 and 5 join, register and send heartbeats."""
    for method in (RAFT, INTRODUCE, *range(3, 10), 15, FETCH, *range(17, 23)):
        for size in (0, 1, 40, 3000):
            with heard(port, cluster) as stranger:
                stranger.send(frame(REQUEST, method, 5, drawn.randbytes(size)))
                stranger.send(frame(MESSAGE, method, 0, drawn.randbytes(size)))
                stranger.send(frame(REQUEST, 9999, 6))
                stranger.take()


def unknown_method(port, cluster):
    with heard(port, cluster) as stranger:
        stranger.send(frame(REQUEST, 9999, 5))
        equal(stranger.take()[0], ERROR, "an unknown method")


def bad_lengths(port, cluster):
    for claims in (LARGEST + 1, 2**32 - 1):
        with heard(port, cluster) as stranger:
            stranger.send(frame(REQUEST, INTRODUCE, 5, claims=claims))
            stranger.ends()
    with heard(port, cluster) as stranger:
        stranger.send(frame(REQUEST, INTRODUCE, 5, b"x" * 100)[:-1] + b"y")
        stranger.ends()


def half_frames(port, cluster):
    """Each claims as much as may be and stops: the node waits for the silence's limit, and keeps nothing."""
    with contextlib.ExitStack() as stack:
        strangers = [stack.enter_context(heard(port, cluster, STRANGER + i)) for i in range(HALF_FRAMES)]
        for stranger in strangers:
            stranger.send(frame(REQUEST, INTRODUCE, 5, claims=LARGEST)[:32] + b"x" * 1000)
        yield
        begin = time.monotonic()
        for stranger in strangers:
            stranger.ends()
        check(time.monotonic() - begin < SILENCE_LIMIT_S, "frames that never end are given up")


def main():
    drawn = random.Random(20261126)
    with_certificates()
    with contextlib.ExitStack() as stack:
        nodes = Nodes(stack)
        nodes.add(3)
        topic = name("hostile")
        with Connection(nodes.nodes[1]) as connection:
            equal(calls.create_topics(connection, [(topic, 1, 3, {})])[0][1], 0, "a topic of three replicas")
        wait_until("all replicas are in sync", lambda: len(nodes.partitions(topic)[0]["in_sync"]) == 3)
        looks = Check(nodes, topic)
        for number, port in nodes.ports.items():
            cluster = introduced(port)
            no_hello(port, drawn)
            looks(f"node {number}, garbage instead of a hello")
            bad_lengths(port, cluster)
            looks(f"node {number}, bad lengths")
            unknown_method(port, cluster)
            looks(f"node {number}, an unknown method")
            forged_calls(port, cluster, drawn)
            looks(f"node {number}, calls of a stranger")
            forged_votes(port, cluster)
            looks(f"node {number}, forged votes")
        for _ in half_frames(nodes.ports[1], introduced(nodes.ports[1])):
            looks("half frames")
        looks("half frames, given up")
    print("ok")


if __name__ == "__main__":
    main()

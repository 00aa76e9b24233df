"""Runs the numbered behaviours of one file against one broker: all of them, and says which failed."""

import sys
import time
import traceback

import broker
import calls
from wire import Connection

tests = []


def behaviour(number, what):
    """Marks a test of one behaviour (the numbers are those of docs/protocols/kafka-clients.md)."""

    def register(function):
        tests.append((number, what, function))
        return function

    return register


class World:
    """What a behaviour test gets: the broker, new connections, new topics."""

    def __init__(self, server):
        self.server, self.topics, self.connections = server, 0, []
        self.stamp = f"{time.time_ns() // 1000 % 10**9:x}"

    def connect(self):
        self.connections.append(Connection(self.server))
        return self.connections[-1]

    def name(self, kind="topic"):
        self.topics += 1
        return f"{kind}-{self.stamp}-{self.topics}"

    def topic(self, partitions=1, **configs):
        name = self.name()
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        with Connection(self.server) as connection:
            [(_, error)] = calls.create_topics(connection, [(name, partitions, 1, settings)])
        assert error == 0, f"creating {name} failed with {error}"
        self.settle(name, partitions)
        return name

    def settle(self, topic, partitions=1):
        """Kafka leads a new partition only a moment after it said so; weir must do at once what it said."""
        while self.server.external:
            with Connection(self.server) as connection:
                answers = [calls.list_offset(connection, topic, -1, p)[0] for p in range(partitions)]
            if not any(answers):
                return

    def restart(self, *topics):
        self.server.restart()
        for topic in topics:
            self.settle(topic)

    def close(self):
        for connection in self.connections:
            connection.close()
        self.connections.clear()


def same(got, wanted, what="the answer"):
    assert got == wanted, f"{what}: got {got!r:.500}, wanted {wanted!r:.500}"


def wait_until(holds, otherwise, limit_s=10):
    """Asks again until the answer is true: for what a broker may do a moment later."""
    limit = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < limit, otherwise
        time.sleep(0.01)


def main():
    wanted = set(sys.argv[1:])
    failed = 0
    with broker.start() as server:
        for number, what, function in tests:
            if wanted and str(number) not in wanted:
                continue
            world = World(server)
            try:
                function(world)
                print(f"behaviour {number}: ok: {what}", flush=True)
            except Exception as error:  # the others still run
                failed += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                print(f"behaviour {number}: FAILED: {what}: {type(error).__name__}: {error}", flush=True)
                print(f"    {where.filename.rsplit('/', 1)[-1]}:{where.lineno}: {where.line}", flush=True)
                assert server.alive(), "the broker ended"
            world.close()
    print(f"{len(tests) - failed} behaviours ok, {failed} failed")
    sys.exit(1 if failed else 0)

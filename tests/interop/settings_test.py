"""What a broker is told when it starts and clients notice: who is let in, for how long, what they see."""

import time

import broker
import calls
from behaviour import same, wait_until
from wire import Connection, array, i8, i16, i32, i64, string

UNKNOWN_TOPIC = 3
IDLE_MS = 1500
HALF_A_REQUEST = i32(100) + i16(calls.METADATA) + i16(8) + i32(1)


def idle_connections():
    """Who says nothing, or stops in the middle, is disconnected; who waits for an answer is not."""
    with broker.start("--broker", f"connections.max.idle.ms={IDLE_MS}") as server:
        silent, half, waiting = (Connection(server) for _ in range(3))
        calls.create_topics(waiting, [("t", 1, 1, {})])
        begin = time.monotonic()
        half.send_raw(HALF_A_REQUEST)
        partition = array([i32(0) + i32(-1) + i64(0) + i64(-1) + i32(1 << 20)])
        body = i32(-1) + i32(4 * IDLE_MS) + i32(1) + i32(1 << 20) + i8(0) + i32(0) + i32(-1)
        body += array([string("t") + partition]) + array([]) + string("")
        asked = waiting.send(calls.FETCH, 11, body)
        assert silent.closed_by_broker() and half.closed_by_broker(), "they are open still"
        assert time.monotonic() - begin > IDLE_MS / 1000 / 2, "they were closed too early"
        same(waiting.receive()[0], asked, "who waits for an answer gets it")


def numbered_connections():
    with broker.start("--max-connections", "5") as server:
        few = [Connection(server) for _ in range(5)]
        same([bool(calls.api_versions(connection)) for connection in few], [True] * 5)
        assert Connection(server).closed_by_broker(), "one more is let in"
        same([bool(calls.api_versions(connection)) for connection in few], [True] * 5, "the others go on")
        few.pop().close()
        wait_until(lambda: not is_refused(server), "nobody is let in for one that went")


def is_refused(server):
    try:
        with Connection(server) as connection:
            return not calls.api_versions(connection)
    except ConnectionError:
        return True


def no_topics_by_asking():
    with broker.start("--auto-create-topics", "false") as server, Connection(server) as connection:
        for _ in range(2):
            found = calls.metadata(connection, ["asked-for"], auto_create=True)
            same(found["topics"]["asked-for"]["error"], UNKNOWN_TOPIC)
        assert "asked-for" not in calls.metadata(connection, None)["topics"], "it was made"


def small_requests():
    with broker.start("--max-request-bytes", "16KiB") as server:
        with Connection(server) as connection:
            names = ["x" * 200] * 70
            same(len(calls.metadata(connection, names)["brokers"]), 1, "a request of 14 kB")
        with Connection(server) as connection:
            connection.send_raw(i32(16 * 1024 + 1))
            assert connection.closed_by_broker(), "a longer one is waited for"


def another_address():
    """Clients behind a proxy are told where that is, in every answer that names the broker."""
    with broker.start("--kafka-advertised", "proxy.example:1234") as server, Connection(server) as connection:
        found = calls.metadata(connection, [])["brokers"]
        same([(host, port) for _, host, port, _ in found], [("proxy.example", 1234)])
        wait_until(lambda: coordinator(connection)[0] == 0, "the coordinator is not there")
        same(coordinator(connection)[1:], ("proxy.example", 1234))


def coordinator(connection):
    reply = connection.ask(calls.FIND_COORDINATOR, 2, string("group") + i8(0))
    reply.i32()
    error, _, _ = reply.i16(), reply.string(), reply.i32()
    return error, reply.string(), reply.i32()


TESTS = [idle_connections, numbered_connections, no_topics_by_asking, small_requests, another_address]


def main():
    for test in TESTS:
        test()
        print(f"{test.__name__}: ok", flush=True)


if __name__ == "__main__":
    main()

"""10,000 partitions with a record each: a stop in order, a start, a kill, a start; all of them are there."""

import signal
import time

import broker
import calls
from behaviour import same
from wire import Connection, batch, record

TOPIC, PARTITIONS, AT_ONCE = "many", 10_000, 100
SAMPLE = [*range(0, PARTITIONS, 97), PARTITIONS - 1]


def produce_to_all(connection):
    for first in range(0, PARTITIONS, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        answers = calls.produce(connection, TOPIC, {n: batch([record(b"%d" % n)]) for n in numbers})
        same({answer["error"] for answer in answers.values()}, {0}, "the errors of a produce")


def check_all(server, records):
    with Connection(server, timeout_s=120) as connection:
        found = calls.metadata(connection, [TOPIC])["topics"][TOPIC]
        same(len(found["partitions"]), PARTITIONS, "partitions")
        for n in SAMPLE:
            same(calls.list_offset(connection, TOPIC, -1, n)[2], records, f"records of partition {n}")
            _, answers = calls.fetch(connection, TOPIC, {n: 0})
            own = batch([record(b"%d" % n)])[16:]
            assert answers[n]["data"].endswith(own), f"partition {n} has another's"


def main():
    with broker.start() as server:
        with Connection(server, timeout_s=120) as connection:
            same(calls.create_topics(connection, [(TOPIC, PARTITIONS, 1, {})])[0][1], 0, "making them")
            produce_to_all(connection)
        begin = time.monotonic()
        server.end(signal.SIGTERM)
        stop_s = time.monotonic() - begin
        server.start_again()
        print(f"{PARTITIONS} partitions: stopped in {stop_s:.2f} s, ready again after {server.start_s:.2f} s")
        check_all(server, 1)
        with Connection(server, timeout_s=120) as connection:
            produce_to_all(connection)
        server.restart()
        print(f"after a kill -9: ready after {server.start_s:.2f} s")
        check_all(server, 2)


if __name__ == "__main__":
    main()

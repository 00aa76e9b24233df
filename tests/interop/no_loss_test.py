"""Kill -9 under idempotent load, again and again: nothing acknowledged is lost or doubled, all in order.

WEIR_KILLS sets how often (10), WEIR_SEED the moments.
"""

import os
import random
import subprocess
import tempfile
import time

import broker
import toolchain
from agent import Agent, ClientError
from scenario import check, equal, name

PARTITIONS, PRODUCERS, RATE = 6, 4, 5000
READ_AT_ONCE = 20000
# librdkafka takes a batch for acknowledged whose answer was an error or was lost, once a later one is: the
# broker would have refused that without the first. It does not know the offset.
NO_OFFSET = "None"
STALE_EPOCHS = (6, 74, 75)  # no leader, fenced, unknown: the leader has just changed


class Load:
    """The running producers, and how many acknowledgements they have counted."""

    def __init__(self, address, topic, path):
        interpreter, program = toolchain.python_agent("load")
        numbers = [str(PARTITIONS), str(PRODUCERS), str(RATE)]
        self.process = subprocess.Popen(
            [interpreter, program, address, topic, *numbers, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, more):
        """Waits until so many more acknowledgements are there."""
        wanted, end = None, time.monotonic() + 90
        for line in self.process.stdout:
            wanted = int(line) + more if wanted is None else wanted
            if int(line) >= wanted:
                return
            check(time.monotonic() < end, f"{more} more acknowledgements: not within 90 s")
        raise AssertionError(f"the producers ended: {self.process.wait()}")

    def finish(self):
        self.process.stdin.close()
        for _ in self.process.stdout:
            pass
        equal(self.process.wait(timeout=90), 0, "the producers' exit status")


def end_of(address, topic, partition, attempts=5):
    """With a new client each time: librdkafka's admin client goes on with a leader epoch that is over."""
    with Agent(toolchain.python_agent("confluent_agent"), address) as client:
        try:
            return client.call("list_offset", topic=topic, partition=partition, timestamp=-1)
        except ClientError as error:
            check(error.code in STALE_EPOCHS and attempts > 1, error)
    return end_of(address, topic, partition, attempts - 1)


def read_partition(reader, address, topic, partition):
    end = end_of(address, topic, partition)
    values = []
    while len(values) < end:
        count = min(READ_AT_ONCE, end - len(values))
        records = reader.consume(topic, partition, len(values), count)
        equal(
            [r.offset for r in records],
            list(range(len(values), len(values) + count)),
            "offsets without a gap",
        )
        values += [record.value.decode() for record in records]
    return values


def check_partition(values, partition):
    """Every producer's numbers go 0, 1, 2, ... in the log: none lost, none twice, none out of order."""
    expected = [0] * PRODUCERS
    for offset, value in enumerate(values):
        producer, to, number = map(int, value.split(":"))
        equal(to, partition, f"the partition of {value}")
        equal(
            number,
            expected[producer],
            f"producer {producer}'s number at offset {offset} of partition {partition}",
        )
        expected[producer] += 1


def check_all(address, topic, acknowledged):
    """Compares the whole topic with what was acknowledged; how much that was."""
    with Agent(toolchain.python_agent("confluent_agent"), address) as reader:
        logs = [read_partition(reader, address, topic, partition) for partition in range(PARTITIONS)]
    for partition, values in enumerate(logs):
        check_partition(values, partition)
    count = 0
    for count, line in enumerate(acknowledged, 1):
        value, offset = line.split()
        log = logs[int(value.split(":")[1])]
        if offset == NO_OFFSET:
            check(value in log, f"acknowledged {value} is nowhere")
            continue
        check(
            int(offset) < len(log) and log[int(offset)] == value,
            f"acknowledged {value} is not at {offset}",
        )
    equal(sum(map(len, logs)), count, "records in the log and acknowledgements")
    return count


def main():
    kills, seed = int(os.environ.get("WEIR_KILLS", "10")), int(
        os.environ.get("WEIR_SEED", time.time_ns() % 10**6)
    )
    print(f"{kills} kills, seed {seed}")
    moments = random.Random(seed)
    with broker.start() as server, tempfile.NamedTemporaryFile("r") as acknowledged:
        topic = name("no-loss")
        with Agent(toolchain.python_agent("confluent_agent"), server.address) as admin:
            admin.call("create_topic", topic=topic, partitions=PARTITIONS, configs={})
        load = Load(server.address, topic, acknowledged.name)
        for _ in range(kills):
            load.wait_for(moments.randrange(100, 3000))
            server.restart()
        load.wait_for(1000)
        load.finish()
        count = check_all(server.address, topic, acknowledged)
        print(f"{count} acknowledged messages, {kills} kills: 0 lost, 0 doubled, order kept")


if __name__ == "__main__":
    main()

"""A rolling restart of three nodes under 10,000 messages a second from a producer with default settings.

Each node is stopped in order (SIGTERM), started again, and the next follows once it is in sync. No send
fails, and the longest time without an acknowledgement, of any partition, is printed. WEIR_RATE, WEIR_ROUNDS,
WEIR_GAP_S (2: what the test holds against a busy machine; the goal is 1).
"""

import contextlib
import json
import os
import signal
import subprocess
import time

import no_loss_test
import toolchain
from agent import Agent
from cluster import Nodes, wait_until
from scenario import check, equal, name

NODES = 3


class SteadyLoad:
    """The running producer."""

    def __init__(self, address, topic, rate):
        interpreter, program = toolchain.python_agent("steady_load")
        command = [interpreter, program, address, topic, str(no_loss_test.PARTITIONS), str(rate)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def finish(self):
        output, _ = self.process.communicate(timeout=90)
        equal(self.process.returncode, 0, "the producer's exit status")
        return json.loads(output)


def leaders(cluster, topic):
    """As `kcat -L` tells."""
    command = ["kcat", "-b", cluster.address, "-L", "-m", "10", "-t", topic]
    described = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    lines = [line for line in described.splitlines() if ", leader " in line]
    return [int(line.split(", leader ")[1].split(",")[0]) for line in lines]


def restart(cluster, node):
    begin = time.monotonic()
    node.end(signal.SIGTERM)
    stopped = time.monotonic()
    node.start_again()
    started = time.monotonic()
    cluster.wait_for_health()
    print(
        f"stopped in {stopped - begin:.2f} s, started in {started - stopped:.2f} s, "
        f"in sync {time.monotonic() - started:.2f} s later"
    )


def report(outcome, gap_limit_s):
    rate = outcome["acknowledged"] / outcome["seconds"]
    print(
        f"{outcome['sent']} sent, {outcome['acknowledged']} acknowledged ({rate:.0f}/s), longest gap "
        f"{outcome['gap']:.3f} s, of one partition {outcome['partition_gap']:.3f} s, slowest "
        f"acknowledgement {outcome['slowest']:.3f} s"
    )
    equal(outcome["failed"], [], "failed sends")
    equal(outcome["left"], 0, "messages without an answer")
    equal(outcome["acknowledged"], outcome["sent"], "acknowledged of those that were sent")
    check(outcome["partition_gap"] < gap_limit_s, f"the longest gap is over {gap_limit_s} s")


def check_log(address, topic, count):
    """All is there, once and in order."""
    with Agent(toolchain.python_agent("confluent_agent"), address) as reader:
        for partition in range(no_loss_test.PARTITIONS):
            values = no_loss_test.read_partition(reader, address, topic, partition)
            numbers = [int(value.split(":")[2]) for value in values]
            equal(numbers, list(range(len(numbers))), f"the numbers in partition {partition}")
            count -= len(numbers)
    equal(count, 0, "acknowledged messages that are not in the log")


def main():
    rate, rounds = int(os.environ.get("WEIR_RATE", "10000")), int(os.environ.get("WEIR_ROUNDS", "1"))
    toolchain.need("kcat")
    with contextlib.ExitStack() as stack:
        cluster = Nodes(stack)
        cluster.add(NODES)
        topic = name("rolling")
        with Agent(toolchain.python_agent("confluent_agent"), cluster.address) as admin:
            shape = {"partitions": no_loss_test.PARTITIONS, "replicas": NODES}
            admin.call("create_topic", topic=topic, **shape, configs={"min.insync.replicas": "2"})
        cluster.wait_for_health()
        before = wait_until("whoever is asked knows the topic", lambda: leaders(cluster, topic))
        load = SteadyLoad(cluster.address, topic, rate)
        for _ in range(rounds):
            for node in cluster.nodes.values():
                restart(cluster, node)
        wait_until("the preferred replicas lead again", lambda: leaders(cluster, topic) == before)
        outcome = load.finish()
        report(outcome, float(os.environ.get("WEIR_GAP_S", "2")))
        check_log(cluster.address, topic, outcome["acknowledged"])


if __name__ == "__main__":
    main()

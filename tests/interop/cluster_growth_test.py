"""1 -> 3 -> 5 -> 3 nodes under load: no error reaches a default client, nothing is lost or doubled.

Idempotent producers and a consumer group, all with the client's default settings, run all the time. WEIR_RATE
sets how many messages a second (2000).
"""

import contextlib
import os
import subprocess
import tempfile

import no_loss_test
import toolchain
from agent import Agent
from cluster import Nodes, wait_until
from scenario import check, equal, name

OFFSETS = "__consumer_offsets"
DEFAULT_TIMEOUT_MS = "300000"  # librdkafka's own


class Group:
    """The reading side of the load, and what it has read."""

    def __init__(self, address, topic, path):
        interpreter, program = toolchain.python_agent("group_reader")
        command = [interpreter, program, address, topic, name("growth-group"), path]
        self.path = path
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def count(self):
        with open(self.path, "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))

    def finish(self):
        said, _ = self.process.communicate(timeout=60)
        equal(self.process.returncode, 0, f"the consumer's errors: {said}")
        with open(self.path) as file:
            return [tuple(line.split()) for line in file]


def spread(nodes, topic, replicas, to=()):
    where = ["--to", ",".join(map(str, to))] if to else []
    nodes.weir("topic", "reassign", topic, "--replicas", replicas, *where, limit_s=300)
    equal({len(p["in_sync"]) for p in nodes.partitions(topic)}, {replicas}, f"replicas of {topic} in sync")


def grow_and_shrink(nodes, load, topic):
    load.wait_for(2000)
    nodes.add(2)
    for each in (topic, OFFSETS):
        spread(nodes, each, 3)
    load.wait_for(2000)
    print("3 nodes, 3 replicas", flush=True)
    nodes.add(2)
    spread(nodes, topic, 3, to=[1, 2, 3, 4, 5])
    load.wait_for(2000)
    wait_until("all five lead", lambda: {p["leader"] for p in nodes.partitions(topic)} == {1, 2, 3, 4, 5})
    print("5 nodes", flush=True)
    for number in (1, 4):  # the one that made the cluster among them
        nodes.retire(number)
        load.wait_for(2000)
        print(f"without node {number}", flush=True)
    nodes.wait_for_health()
    equal(nodes.up(), [2, 3, 5], "the nodes that are left")
    load.wait_for(2000)


def main():
    toolchain.need("kcat")
    os.environ["WEIR_MESSAGE_TIMEOUT_MS"] = DEFAULT_TIMEOUT_MS
    no_loss_test.RATE = int(os.environ.get("WEIR_RATE", "2000"))
    with contextlib.ExitStack() as stack:
        acknowledged = stack.enter_context(tempfile.NamedTemporaryFile("r"))
        read = stack.enter_context(tempfile.NamedTemporaryFile("r"))
        nodes = Nodes(stack)
        nodes.add()
        topic = name("growth")
        with Agent(toolchain.python_agent("confluent_agent"), nodes.address) as admin:
            admin.call("create_topic", topic=topic, partitions=no_loss_test.PARTITIONS, configs={})
        load = no_loss_test.Load(nodes.address, topic, acknowledged.name)
        group = Group(nodes.address, topic, read.name)
        wait_until("the group reads", lambda: group.count() > 0)
        grow_and_shrink(nodes, load, topic)
        load.finish()
        count = no_loss_test.check_all(nodes.address, topic, acknowledged)
        wait_until("the group has read everything", lambda: group.count() >= count)
        records = group.finish()
        distinct = len(set(records))
        check(distinct == count, f"{count} records, of which the group has read {distinct}")
        print(f"{count} acknowledged messages: 0 errors, 0 lost, 0 doubled, order kept; the group has read")
        print(f"each of them, {len(records) - distinct} twice")


if __name__ == "__main__":
    main()

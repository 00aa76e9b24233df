"""Three nodes, three replicas: kill -9 of one node after the other under idempotent load with acks=all.

Nothing acknowledged is lost or doubled, all in order; writes go on while a node is dead. WEIR_KILLS sets how
often (5), WEIR_SEED the moments and the nodes.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

import broker
import no_loss_test
import toolchain
from agent import Agent
from scenario import check, name

NODES = 3
LIMIT_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """The first node makes the cluster, the others join it."""

    def __init__(self, stack):
        ports = [free_port() for _ in range(NODES)]
        self.nodes = []
        for number, port in enumerate(ports, 1):
            options = ["--node", str(number), "--cluster-listen", f"127.0.0.1:{port}"]
            options += ["--join", f"127.0.0.1:{ports[0]}"] if number > 1 else []
            self.nodes.append(stack.enter_context(broker.Weir(*options)))
        self.address = ",".join(node.address for node in self.nodes)

    def describe(self, *words):
        """What `kcat -L` tells, from whichever node answers."""
        command = ["kcat", "-b", self.address, "-L", "-m", "10", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S).stdout

    def wait_until(self, what, holds):
        end = time.monotonic() + LIMIT_S
        while not holds():
            check(time.monotonic() < end, f"{what}: not within {LIMIT_S} s")
            time.sleep(0.2)  # between two questions

    def wait_for_nodes(self):
        self.wait_until("all nodes are there", lambda: f" {NODES} brokers:" in self.describe())

    def wait_for_replicas(self, topic):
        """All replicas of all partitions are in sync."""

        def whole():
            lines = [line for line in self.describe("-t", topic).splitlines() if " isrs: " in line]
            members = [line.split(" isrs: ")[1].split(",") for line in lines]
            return len(members) == no_loss_test.PARTITIONS and all(len(each) == NODES for each in members)

        self.wait_until(f"all replicas of {topic} are in sync", whole)


def main():
    kills = int(os.environ.get("WEIR_KILLS", "5"))
    seed = int(os.environ.get("WEIR_SEED", time.time_ns() % 10**6))
    print(f"{kills} kills, seed {seed}")
    moments = random.Random(seed)
    toolchain.need("kcat")
    with contextlib.ExitStack() as stack, tempfile.NamedTemporaryFile("r") as acknowledged:
        cluster = Cluster(stack)
        cluster.wait_for_nodes()
        topic = name("cluster")
        with Agent(toolchain.python_agent("confluent_agent"), cluster.address) as admin:
            settings = {"min.insync.replicas": "2"}
            shape = {"partitions": no_loss_test.PARTITIONS, "replicas": NODES, "configs": settings}
            admin.call("create_topic", topic=topic, **shape)
        cluster.wait_for_replicas(topic)
        load = no_loss_test.Load(cluster.address, topic, acknowledged.name)
        for _ in range(kills):
            load.wait_for(moments.randrange(100, 3000))
            node = moments.choice(cluster.nodes)
            node.end(signal.SIGKILL)
            load.wait_for(1000)  # the others go on without it
            node.start_again()
            cluster.wait_for_replicas(topic)
        load.wait_for(1000)
        load.finish()
        count = no_loss_test.check_all(cluster.address, topic, acknowledged)
        print(f"{count} acknowledged messages, {kills} kills: 0 lost, 0 doubled, order kept")


if __name__ == "__main__":
    main()

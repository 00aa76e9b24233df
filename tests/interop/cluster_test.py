"""Three nodes, three replicas: kill -9 of one node after the other under idempotent load with acks=all.

Nothing acknowledged is lost or doubled, all in order; writes go on while a node is dead. WEIR_KILLS sets how
often (5), WEIR_SEED the moments and the nodes.
"""

import contextlib
import os
import random
import signal
import tempfile
import time

import no_loss_test
import toolchain
from agent import Agent
from cluster import Nodes
from scenario import name

NODES = 3


def main():
    kills = int(os.environ.get("WEIR_KILLS", "5"))
    seed = int(os.environ.get("WEIR_SEED", time.time_ns() % 10**6))
    print(f"{kills} kills, seed {seed}")
    moments = random.Random(seed)
    toolchain.need("kcat")
    with contextlib.ExitStack() as stack, tempfile.NamedTemporaryFile("r") as acknowledged:
        cluster = Nodes(stack)
        cluster.add(NODES)
        topic = name("cluster")
        with Agent(toolchain.python_agent("confluent_agent"), cluster.address) as admin:
            settings = {"min.insync.replicas": "2"}
            shape = {"partitions": no_loss_test.PARTITIONS, "replicas": NODES, "configs": settings}
            admin.call("create_topic", topic=topic, **shape)
        cluster.wait_for_health()
        load = no_loss_test.Load(cluster.address, topic, acknowledged.name)
        for _ in range(kills):
            load.wait_for(moments.randrange(100, 3000))
            node = cluster.nodes[moments.randrange(1, NODES + 1)]
            node.end(signal.SIGKILL)
            load.wait_for(1000)  # the others go on without it
            node.start_again()
            cluster.wait_for_health()
        load.wait_for(1000)
        load.finish()
        count = no_loss_test.check_all(cluster.address, topic, acknowledged)
        print(f"{count} acknowledged messages, {kills} kills: 0 lost, 0 doubled, order kept")


if __name__ == "__main__":
    main()

"""Nodes of a cluster on this machine, as many as a test wants, and weir's commands against them."""

import json
import os
import socket
import subprocess
import time

import broker
from scenario import check, equal

BINARY = os.environ.get("WEIR_BINARY", "build/release/weir")
LIMIT_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, holds, limit_s=LIMIT_S):
    end = time.monotonic() + limit_s
    while not (outcome := holds()):
        check(time.monotonic() < end, f"{what}: not within {limit_s} s")
        time.sleep(0.2)  # between two questions
    return outcome


class Nodes:
    """The first node makes the cluster, the others join it. `nodes` has them by number.

    `certificates`: a folder in which `weir cluster certificate` makes what the nodes show one another.
    `options`: more for `weir serve`.
    """

    def __init__(self, stack, certificates=None, options=()):
        self.stack, self.nodes, self.ports, self.certificates = stack, {}, {}, certificates
        self.options = options
        if certificates:
            subprocess.run([BINARY, "cluster", "certificate", "ca", certificates], check=True)

    def proof_of(self, number):
        """The flags by which node `number` shows who it is; its certificate is made if need be."""
        if not self.certificates:
            return []
        files = [os.path.join(self.certificates, f"node-{number}.{end}") for end in ("crt", "key")]
        if not os.path.exists(files[0]):
            command = [BINARY, "cluster", "certificate", "node", self.certificates, "--node", str(number)]
            subprocess.run(command, check=True)
        authority = os.path.join(self.certificates, "ca.crt")
        names = ("certificate", "key", "authority")
        pairs = zip(names, [*files, authority])
        return [word for name, path in pairs for word in (f"--cluster-{name}", path)]

    def add(self, count=1, racks=()):
        """Starts so many more nodes, which the cluster counts on when this returns."""
        for index in range(count):
            number, port = max(self.ports, default=0) + 1, free_port()
            options = ["--node", str(number), "--cluster-listen", f"127.0.0.1:{port}"]
            options += ["--join", f"127.0.0.1:{self.ports[1]}"] if self.ports else []
            options += ["--rack", racks[index]] if racks else []
            options += [*self.proof_of(number), *self.options]
            self.ports[number] = port
            self.nodes[number] = self.stack.enter_context(broker.Weir(*options))
        wait_until("all nodes are up", lambda: self.up() == sorted(self.nodes))

    @property
    def address(self):
        return ",".join(node.address for node in self.nodes.values())

    def weir(self, *words, status=0, at=None, limit_s=120):
        """The output of one of the commands that go to the port between nodes."""
        at = at or ",".join(f"127.0.0.1:{self.ports[number]}" for number in self.nodes)
        command = [BINARY, *map(str, words), "--at", at, *self.proof_of(min(self.ports))]
        result = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
        complaint = f"{command}: status {result.returncode}\n{result.stdout}{result.stderr}"
        equal(result.returncode, status, complaint)
        return result.stdout if status == 0 else result.stderr

    def json(self, *words, **options):
        return json.loads(self.weir(*words, "--json", **options))

    def status(self):
        return self.json("cluster", "status")

    def up(self):
        return sorted(node["node"] for node in self.status()["nodes"] if node["up"] and node["voter"])

    def wait_for_health(self):
        return wait_until("the cluster is healthy", lambda: self.status()["health"] == "healthy")

    def partitions(self, topic):
        return self.json("topic", "reassign", topic, "--status")

    def retire(self, number):
        """Drains and removes a node, whose process then ends by itself."""
        self.weir("cluster", "drain", number, limit_s=300)
        self.weir("cluster", "remove", number)
        node = self.nodes.pop(number)
        check(node.wait_for_end() != 0, f"node {number} ends by itself and says why")
        check("was removed" in node.log_tail(), f"node {number} says why:\n{node.log_tail()}")

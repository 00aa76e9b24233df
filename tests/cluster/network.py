"""Network namespaces of a run's own, one a node and one for the clients, and how to cut them off.

Nothing outside is touched: the bridge lies in the clients' namespace (the hub), all names begin with the
run's prefix, and `close` removes them. Packets are lost silently, as by a broken switch: a sender's neighbour
entry is nailed to an address that nobody has.
"""

import ctypes
import os
import subprocess

NOBODY = "02:00:00:00:00:99"
SUBNET = "10.77.0"
HUB = 254
CLONE_NEWNET = 0x40000000


def allowed():
    return os.geteuid() == 0


class Loopback:
    """Without root: each node on its own loopback address, and no network faults."""

    isolated = False

    def __init__(self, nodes):
        self.nodes = nodes

    def address(self, node):
        own = os.getpid()
        return f"127.{1 + own % 254}.{own // 254 % 254}.{node}"

    def command(self, _node):
        """What is put before a node's command line."""
        return []

    def heal(self):
        pass

    def close(self):
        pass


class Namespaces:
    """Call `enter` before any thread is started: it moves this process to the hub."""

    isolated = True

    def __init__(self, prefix, nodes):
        self.prefix, self.nodes = prefix, nodes
        self.made = []
        self.cuts = set()
        self.slow = set()

    def address(self, node):
        return f"{SUBNET}.{node}"

    def name(self, node):
        return f"{self.prefix}-{'hub' if node == HUB else node}"

    def command(self, node):
        return ["ip", "netns", "exec", self.name(node)]

    def build(self):
        for node in (HUB, *self.nodes):
            run("ip", "netns", "add", self.name(node))
            self.made.append(node)
            self._configure(node, ["link set lo up"])
        hub = ["link add br0 type bridge", "link set br0 up", f"addr add {SUBNET}.{HUB}/24 dev br0"]
        for node in self.nodes:
            hub.append(f"link add v{node} type veth peer name eth0 netns {self.name(node)}")
            hub += [f"link set v{node} master br0", f"link set v{node} up"]
        self._configure(HUB, hub)
        for node in self.nodes:
            self._configure(node, [f"addr add {SUBNET}.{node}/24 dev eth0", "link set eth0 up"])

    def enter(self):
        with open(f"/var/run/netns/{self.name(HUB)}") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "can't enter the clients' network namespace")

    def _configure(self, node, lines):
        command = ["ip", "-n", self.name(node), "-batch", "-"]
        subprocess.run(command, input="\n".join(lines) + "\n", text=True, check=True, capture_output=True)

    def cut(self, pairs):
        """From now on nothing that the first of each pair sends reaches the second; silently."""
        for sender in {pair[0] for pair in pairs}:
            device = "br0" if sender == HUB else "eth0"
            targets = sorted(receiver for one, receiver in pairs if one == sender)
            lines = [
                f"neigh replace {self.address(t)} lladdr {NOBODY} dev {device} nud permanent" for t in targets
            ]
            self._configure(sender, lines)
        self.cuts |= set(pairs)

    def isolate(self, node, others):
        self.cut([(node, other) for other in others] + [(other, node) for other in others])

    def mend(self):
        """Undoes all cuts."""
        for sender in {pair[0] for pair in self.cuts}:
            device = "br0" if sender == HUB else "eth0"
            targets = sorted(receiver for one, receiver in self.cuts if one == sender)
            self._configure(sender, [f"neigh del {self.address(t)} dev {device}" for t in targets])
        self.cuts = set()

    def slow_down(self, node, rate):
        """What the node sends goes at no more than `rate` (as tc writes it)."""
        limits = ["rate", rate, "burst", "16kb", "latency", "400ms"]
        run("tc", "-n", self.name(node), "qdisc", "replace", "dev", "eth0", "root", "tbf", *limits)
        self.slow.add(node)

    def heal(self):
        self.mend()
        for node in self.slow:
            run("tc", "-n", self.name(node), "qdisc", "del", "dev", "eth0", "root")
        self.slow = set()

    def close(self):
        for node in self.made:
            subprocess.run(["ip", "netns", "del", self.name(node)], capture_output=True)
        self.made = []


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}")

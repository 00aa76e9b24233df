"""The nodes of a run: their folders, command lines and processes, each known by its own object only."""

import ctypes
import os
import shutil
import signal
import subprocess

KAFKA_PORT, CLUSTER_PORT = 9092, 9093
STOP_LIMIT_S = 30
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def end_with_parent():
    """In a child: no node outlives a harness that is killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Node:
    """One node's data directory, log and process; `wanted` is false while a fault keeps it down."""

    def __init__(self, number, host, folder, prefix):
        self.number, self.host, self.folder, self.prefix = number, host, folder, prefix
        self.log_path = os.path.join(folder, "log")
        self.data = os.path.join(folder, "data")
        self.undo = os.path.join(folder, "undo")
        self.control_path = os.path.join(folder, "control")
        self.settings = {}
        self.process, self.wanted, self.command, self.environment = None, False, [], {}
        os.makedirs(folder)

    @property
    def address(self):
        return self.host, KAFKA_PORT

    def start(self):
        assert not self.alive(), f"node {self.number} runs"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
                env=dict(os.environ, **self.environment),
            )
        self.wanted = True

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.wanted = False
        self.signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self):
        """A clean stop; False if it took too long or ended with a failure."""
        self.wanted = False
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT_S) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def control(self, **settings):
        """Tells a torture node's faulty disk and clock what to do from now on (node/control.hpp)."""
        self.settings = {key: value for key, value in {**self.settings, **settings}.items() if value}
        with open(self.control_path + ".tmp", "w") as file:
            file.writelines(f"{key} {int(value)}\n" for key, value in self.settings.items())
        os.rename(self.control_path + ".tmp", self.control_path)

    def log_tail(self, lines=15):
        with open(self.log_path, "rb") as log:
            return b"".join(log.readlines()[-lines:]).decode("utf-8", "replace")


class Cluster:
    """`flavour` makes the command lines: Weir or Kafka."""

    def __init__(self, flavour, network, folder):
        self.flavour, self.network, self.folder = flavour, network, folder
        self.nodes = {}
        for number in network.nodes:
            place = os.path.join(folder, f"node-{number}")
            self.nodes[number] = Node(number, network.address(number), place, network.command(number))
        for node in self.nodes.values():
            flavour.prepare(node, self)

    def addresses(self):
        return {number: node.address for number, node in self.nodes.items()}

    def start(self):
        for node in self.nodes.values():
            node.start()

    def plant_bugs(self):
        """Only once all is ready: the nodes' identities are not what the bugs are about."""
        for node in self.nodes.values() if self.flavour.has_faults else []:
            node.control(**self.flavour.bugs)

    def ended_by_themselves(self):
        return [node for node in self.nodes.values() if node.wanted and not node.alive()]

    def kill(self):
        """At the end, whatever state they are in."""
        for node in self.nodes.values():
            if node.alive():
                node.kill()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Weir:
    """Small files, so that segments roll and checkpoints happen all the time."""

    name = "weir"
    stops_alone = True
    topic_settings = {"min.insync.replicas": "2", "segment.bytes": str(1 << 20)}

    def __init__(self, binary, bugs):
        self.binary, self.bugs = os.path.abspath(binary), bugs  # {setting of node/control.hpp: number}
        self.has_faults = os.path.basename(binary) == "weir_torture_node"

    def prepare(self, node, cluster):
        first = cluster.nodes[min(cluster.nodes)]
        node.command = [self.binary, "serve", "--data", node.data, "--node", str(node.number)]
        node.command += ["--kafka-listen", f"{node.host}:{KAFKA_PORT}"]
        node.command += ["--cluster-listen", f"{node.host}:{CLUSTER_PORT}", "--allow-insecure"]
        if node is not first:
            node.command += ["--join", f"{first.host}:{CLUSTER_PORT}"]
        node.command += ["--journal-file-bytes", "1MiB", "--journal-checkpoint-bytes", "4MiB"]
        node.command += ["--journal-reserve-bytes", "1MiB"]
        # Wrong bits are mended before anybody sees them; but for those that are there to be found.
        scrub = "0" if "corrupt_write" in self.bugs else "64MiB"
        node.command += ["--scrub-bytes-per-second", scrub, "--scrub-interval-ms", "1000"]
        if self.has_faults:
            node.environment = {"WEIR_TORTURE_UNDO": node.undo, "WEIR_TORTURE_CONTROL": node.control_path}
            node.control()

    def cut_power(self, node, seed):
        """Takes from a killed node's files what no sync covered; what it took."""
        command = [self.binary, "power-cut", node.undo, str(seed)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Kafka:
    """Kafka itself, as brokers and controllers in one; its own defaults but for its topics' replication."""

    name = "kafka"
    topic_settings = {"min.insync.replicas": "2", "segment.bytes": str(1 << 20)}
    has_faults = stops_alone = False
    cluster_id = "MkU3OEVBNTcwNTJENDM2Qg"

    def __init__(self, tool, heap="384M"):
        self.tool = tool  # the command before a class and its arguments
        self.server = [tool[0], f"-Xmx{heap}", f"-Xms{heap}", *tool[2:]]

    def prepare(self, node, cluster):
        path = os.path.join(node.folder, "server.properties")
        with open(path, "w") as file:
            file.write("\n".join(f"{key}={value}" for key, value in self.properties(node, cluster).items()))
        node.command = [*self.server, "kafka.Kafka", path]
        node.environment = {"KAFKA_LOG_LEVEL": "info"}
        command = [*self.tool, "kafka.tools.StorageTool", "format", "-t", self.cluster_id, "-c", path]
        subprocess.run(command, check=True, capture_output=True)

    @staticmethod
    def properties(node, cluster):
        voters = [f"{n.number}@{n.host}:{CLUSTER_PORT}" for n in cluster.nodes.values()]
        count = min(3, len(cluster.nodes))
        return {
            "process.roles": "broker,controller",
            "node.id": node.number,
            "controller.quorum.voters": ",".join(voters),
            "listeners": f"PLAINTEXT://{node.host}:{KAFKA_PORT},CONTROLLER://{node.host}:{CLUSTER_PORT}",
            "advertised.listeners": f"PLAINTEXT://{node.host}:{KAFKA_PORT}",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": node.data,
            "offsets.topic.replication.factor": count,
            "offsets.topic.num.partitions": 10,
            "transaction.state.log.replication.factor": count,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": count,
            "share.coordinator.state.topic.min.isr": 1,
        }

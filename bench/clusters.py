"""Three nodes of a broker on this machine, with default settings, for bench/failover."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
NODES = (1, 2, 3)
READY = re.compile(r"is ready: Kafka clients connect to (\S+)")
LIMIT_S = 90


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class WeirCluster:
    """The first node makes the cluster, the others join it."""

    name = "weir"

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.clients = {node: free_port() for node in NODES}
        self.peers = {node: free_port() for node in NODES}
        self.processes = {}

    @property
    def addresses(self):
        return [f"127.0.0.1:{port}" for port in self.clients.values()]

    def start_again(self, node):
        if old := self.processes.get(node):
            old.wait()
        command = [self.binary, "serve", "--data", os.path.join(self.folder, str(node))]
        command += ["--node", str(node), "--kafka-listen", f"127.0.0.1:{self.clients[node]}"]
        command += ["--cluster-listen", f"127.0.0.1:{self.peers[node]}"]
        command += ["--join", f"127.0.0.1:{self.peers[1]}"] if node != 1 else []
        with open(os.path.join(self.folder, f"{node}.log"), "ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.processes[node] = process
        for line in process.stdout:
            if READY.search(line):
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return
        raise RuntimeError(f"weir ended with status {process.wait()}")

    def signal(self, node, number):
        self.processes[node].send_signal(number)

    def metadata_leader(self, admin):
        return admin.list_topics(timeout=10).controller_id

    def __enter__(self):
        os.makedirs(self.folder)
        for node in NODES:
            self.start_again(node)
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.kill()
            process.wait()


class KafkaCluster:
    """Broker and controller in one process each (KRaft's combined mode)."""

    name = "kafka"

    def __init__(self, folder):
        self.folder = folder
        self.ports = {node: free_port() for node in NODES}
        self.controllers = {node: free_port() for node in NODES}
        self.environment = {"KAFKA_HEAP_OPTS": "-Xmx512M -Xms512M", **os.environ}

    @property
    def addresses(self):
        return [f"127.0.0.1:{port}" for port in self.ports.values()]

    def directory(self, node):
        return os.path.join(self.folder, str(node))

    def command(self, what, *words):
        return [os.path.join(HERE, "kafka"), what, *words]

    def properties(self, node):
        voters = ",".join(f"{each}@127.0.0.1:{port}" for each, port in self.controllers.items())
        address = f"PLAINTEXT://127.0.0.1:{self.ports[node]}"
        return [
            f"node.id={node}",
            f"controller.quorum.voters={voters}",
            f"listeners={address},CONTROLLER://127.0.0.1:{self.controllers[node]}",
            f"advertised.listeners={address}",
            "offsets.topic.replication.factor=3",
        ]

    def start_again(self, node):
        command = self.command("restart", self.directory(node))
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=self.environment)

    def signal(self, node, number):
        with open(os.path.join(self.directory(node), "pid")) as file:
            os.kill(int(file.read()), number)

    def metadata_leader(self, _):
        tool = ["org.apache.kafka.tools.MetadataQuorumCommand", "--bootstrap-server"]
        command = self.command("tool", *tool, ",".join(self.addresses), "describe", "--status")
        told = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment)
        return int(re.search(r"LeaderId:\s+(\d+)", told.stdout)[1])

    def __enter__(self):
        starts = []
        for node in NODES:  # together: a node is ready once there is a majority
            command = self.command("start", self.directory(node), *self.properties(node))
            starts.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, env=self.environment))
        if any(start.wait(LIMIT_S) != 0 for start in starts):
            raise RuntimeError("Kafka does not start")
        return self

    def __exit__(self, *_):
        for node in NODES:
            with contextlib.suppress(OSError, ValueError):
                self.signal(node, signal.SIGCONT)
            subprocess.run(self.command("kill", self.directory(node)), check=False)

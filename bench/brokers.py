"""The brokers that bench/compare and bench/cluster start, and what they spend."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """What /proc says of a broker's process."""

    pid = None

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self):
        with open(f"/proc/{self.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024


class Kafka(Process):
    """Kafka with its own default settings but for those given, on a fixed port."""

    name = "kafka"

    def __init__(self, folder, port=None, settings=()):
        self.folder, self.settings = folder, settings
        self.port = port or int(os.environ.get("KAFKA_PORT", 19092))
        self.address = f"127.0.0.1:{self.port}"

    def begin(self, *command):
        """Runs bench/kafka for this broker, and does not wait for it."""
        environment = {**os.environ, "KAFKA_PORT": str(self.port)}
        command = [os.path.join(HERE, "kafka"), *command]
        self.launcher = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def wait_until_ready(self):
        """The seconds from the process's start until it was ready."""
        said, _ = self.launcher.communicate()
        if self.launcher.returncode != 0:
            raise RuntimeError(f"Kafka did not start: {self.folder}/server.log")
        self.pid = int(said.split()[-1])
        with open(os.path.join(self.folder, "start_ms")) as file:
            return int(file.read()) / 1000

    def start(self):
        """Starts on an empty folder; returns the seconds until it is ready (formatting not counted)."""
        self.begin("start", self.folder, *self.settings)
        return self.wait_until_ready()

    def start_again(self):
        """Starts on the data that are there."""
        self.begin("restart", self.folder)
        return self.wait_until_ready()

    def stop(self):
        subprocess.run([os.path.join(HERE, "kafka"), "stop", self.folder], check=True)

    def kill(self):
        subprocess.run([os.path.join(HERE, "kafka"), "kill", self.folder], check=True)


class Weir(Process):
    """weir with its default settings but for the options given, on a free port."""

    name = "weir"

    def __init__(self, binary, folder, *options):
        self.binary, self.folder, self.options, self.process = binary, folder, options, None
        self.listen = "127.0.0.1:0"

    def start(self):
        """Starts on an empty folder; returns the seconds until it is ready."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.start_again()

    def start_again(self):
        """Starts on the data that are there."""
        self.begin()
        return self.wait_until_ready()

    def begin(self):
        self.begun = time.monotonic()
        command = [self.binary, "serve", "--data", self.folder, "--kafka-listen", self.listen, *self.options]
        os.makedirs(self.folder, exist_ok=True)
        with open(self.folder + ".log", "a") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def wait_until_ready(self):
        for line in self.process.stdout:
            if found := re.search(r"is ready: Kafka clients connect to (\S+)", line):
                self.address, self.pid = found[1], self.process.pid
                return time.monotonic() - self.begun
        raise RuntimeError(f"weir ended with status {self.process.wait()}: {self.folder}.log")

    def end(self, number):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def stop(self):
        self.end(signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)


class Nodes:
    """The nodes of one cluster: started and stopped together, what they spend added up."""

    @property
    def address(self):
        return ",".join(node.address for node in self.nodes)

    def cpu_seconds(self):
        return sum(node.cpu_seconds() for node in self.nodes)

    def resident_mib(self):
        """Of the largest one."""
        return max(node.resident_mib() for node in self.nodes)

    def stop(self):
        for node in self.nodes:
            node.stop()


class KafkaCluster(Nodes):
    """Kafka's brokers in combined mode: each is a voter of the metadata's quorum as well."""

    name = "kafka"

    def __init__(self, folder, count=3):
        ports = [int(os.environ.get("KAFKA_PORT", 19092)) + 2 * i for i in range(count)]
        voters = ",".join(f"{i}@127.0.0.1:{port + 1}" for i, port in enumerate(ports, 1))
        shared = [f"controller.quorum.voters={voters}", f"default.replication.factor={count}"]
        names = ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"]
        shared += [f"{name}.replication.factor={count}" for name in names]
        self.nodes = [
            Kafka(os.path.join(folder, f"kafka-{i}"), port, [*shared, f"node.id={i}"])
            for i, port in enumerate(ports, 1)
        ]

    def start(self):
        """Starts all on empty folders; returns the seconds until the last one is ready."""
        subprocess.run(
            [os.path.join(HERE, "kafka"), "tool", "kafka.Kafka", "--version"], check=True, capture_output=True
        )  # it is installed by one, not by all at once
        for node in self.nodes:
            node.begin("start", node.folder, *node.settings)
        return max(node.wait_until_ready() for node in self.nodes)

    def stop(self):
        """Not in order: the last ones would wait minutes for a quorum that is gone."""
        for node in self.nodes:
            node.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class WeirCluster(Nodes):
    """The first node makes the cluster, the others join it."""

    name = "weir"

    def __init__(self, binary, folder, count=3):
        ports = [free_port() for _ in range(count)]
        self.nodes = []
        for i, port in enumerate(ports, 1):
            options = ["--node", str(i), "--cluster-listen", f"127.0.0.1:{port}"]
            options += ["--join", f"127.0.0.1:{ports[0]}"] if i > 1 else []
            self.nodes.append(Weir(binary, os.path.join(folder, f"weir-{i}"), *options))
            self.nodes[-1].listen = f"127.0.0.1:{free_port()}"  # the same one after a restart

    def start(self):
        """Starts all on empty folders; returns the seconds of the slowest."""
        return max(node.start() for node in self.nodes)

    def start_again(self):
        """Starts all at once on the data that are there; returns the seconds until the last one is ready."""
        for node in self.nodes:
            node.begin()
        return max(node.wait_until_ready() for node in self.nodes)

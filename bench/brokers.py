"""The brokers that bench/compare starts, and what they spend."""

import os
import re
import shutil
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
    """Kafka with its own default settings, on a fixed port."""

    name = "kafka"

    def __init__(self, folder):
        self.folder = folder
        self.address = f"127.0.0.1:{os.environ.get('KAFKA_PORT', 19092)}"

    def start(self):
        """Starts on an empty folder; returns the seconds until it is ready (formatting not counted)."""
        command = [os.path.join(HERE, "kafka"), "start", self.folder]
        self.pid = int(
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
        )
        with open(os.path.join(self.folder, "start_ms")) as file:
            return int(file.read()) / 1000

    def stop(self):
        subprocess.run([os.path.join(HERE, "kafka"), "stop", self.folder], check=True)


class Weir(Process):
    """weir with its default settings, on a free port."""

    name = "weir"

    def __init__(self, binary, folder):
        self.binary, self.folder, self.process = binary, folder, None

    def start(self):
        """Starts on an empty folder; returns the seconds until it is ready."""
        shutil.rmtree(self.folder, ignore_errors=True)
        begin = time.monotonic()
        command = [self.binary, "serve", "--data", self.folder, "--kafka-listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.process.stdout:
            if found := re.search(r"is ready: Kafka clients connect to (\S+)", line):
                self.address, self.pid = found[1], self.process.pid
                return time.monotonic() - begin
        raise RuntimeError(f"weir ended with status {self.process.wait()}")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

"""The clients that bench/compare measures with: Kafka's perf tools (Java) and `weir perf` (librdkafka)."""

import json
import os
import re
import subprocess
import time

HERE = os.path.dirname(os.path.realpath(__file__))
LATENCIES = re.compile(r"(\d+) ms 50th, \d+ ms 95th, (\d+) ms 99th, (\d+) ms 99\.9th")
READY_LIMIT_S = 60
TOOLS = "org.apache.kafka.tools."


def output(command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{command}: status {result.returncode}\n{result.stdout}{result.stderr}"[-3000:])
    return result.stdout


class Clients:
    """Each load returns dict(messages, msg_per_s, ...) with latencies where the client tells them."""

    def __init__(self, weir):
        self.weir = weir
        self.tool = [os.path.join(HERE, "kafka"), "tool"]

    def create_topic(self, address, topic, partitions, configs, replicas=1):
        """Returns once all replicas are in sync: Kafka answers before the topic is there."""
        settings = [word for config in configs for word in ("--config", config)]
        command = [self.weir, "topic", "create", topic, "-b", address, "--partitions", str(partitions)]
        output([*command, "--replicas", str(replicas), *settings])
        end = time.monotonic() + READY_LIMIT_S
        while not self.is_whole(address, topic, replicas):
            if time.monotonic() > end:
                raise RuntimeError(f"{topic} is not there {READY_LIMIT_S} s after it was created")
            time.sleep(0.1)

    def is_whole(self, address, topic, replicas):
        command = [self.weir, "topic", "describe", topic, "-b", address, "--json"]
        described = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if described.returncode != 0:
            return False
        return all(len(each["in_sync"]) == replicas for each in json.loads(described.stdout)[0]["partitions"])

    def delete_topic(self, address, topic):
        output([self.weir, "topic", "delete", topic, "-b", address])

    def java_produce(self, address, topic, count, rate, linger_ms, batch_bytes=16384):
        properties = ["acks=all", f"linger.ms={linger_ms}", f"batch.size={batch_bytes}"]
        command = [*self.tool, TOOLS + "ProducerPerformance", "--bootstrap-server", address, "--topic", topic]
        command += ["--num-records", str(count), "--record-size", "1024", "--throughput", str(rate)]
        command += ["--warmup-records", str(count // 4)]  # a JVM that compiles is no steady client
        last = output([*command, "--command-property", *properties]).strip().splitlines()[-1]
        p50, p99, p999 = map(int, LATENCIES.search(last).groups())
        per_second = float(re.search(r"([\d.]+) records/sec", last)[1])
        return dict(messages=count, msg_per_s=per_second, p50_ms=p50, p99_ms=p99, p999_ms=p999)

    def java_consume(self, address, topic, count):
        command = [*self.tool, TOOLS + "ConsumerPerformance", "--bootstrap-server", address, "--topic", topic]
        command += ["--num-records", str(count), "--timeout", "60000", "--hide-header"]
        fields = [field.strip() for field in output(command).strip().splitlines()[-1].split(",")]
        return dict(messages=int(fields[4]), msg_per_s=float(fields[9]))

    def perf(self, kind, address, topic, *options):
        command = [self.weir, "perf", kind, "-b", address, "-t", topic, "--json", *map(str, options)]
        return json.loads(output(command))

    def perf_produce(self, address, topic, count, rate, linger_ms, producers=1, batch_bytes=None,
                     round_robin=False):  # fmt: skip
        options = ["-n", count, "--linger-ms", linger_ms, "--producers", producers]
        options += ["--rate", rate] if rate else []
        options += ["--batch-bytes", batch_bytes] if batch_bytes else []
        options += ["--round-robin"] if round_robin else []
        found = self.perf("produce", address, topic, *options)
        times = {f"{name}_ms": found["ack_latency"][f"{key}_us"] / 1000
                 for name, key in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"))}  # fmt: skip
        return dict(messages=found["messages"], msg_per_s=found["messages_per_second"], **times)

    def perf_consume(self, address, topic, count):
        found = self.perf("consume", address, topic, "-n", count)
        return dict(messages=found["messages"], msg_per_s=found["messages_per_second"])

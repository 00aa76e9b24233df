"""Kafka's own tools (the Java client) against the broker: topics, records, groups, offsets, speed."""

import json
import re
import tempfile

import broker
import toolchain
from processes import Reader, numbers, output, run, wait_until
from scenario import check, equal, name

TOOLS = "org.apache.kafka.tools."
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


class Tools:
    def __init__(self, server):
        self.java, self.address = toolchain.kafka_tool(), server.address

    def command(self, tool, *arguments):
        return [*self.java, tool, "--bootstrap-server", self.address, *arguments]

    def topics(self, *arguments, status=0):
        return run(self.command(TOOLS + "TopicCommand", *arguments), status=status).decode()

    def create(self, topic, partitions, *options):
        self.topics("--create", "--topic", topic, "--partitions", str(partitions), *options)

    def groups(self, *arguments, status=0):
        return run(
            self.command(TOOLS + "consumer.group.ConsumerGroupCommand", *arguments), status=status
        ).decode()

    def configs(self, topic, *arguments):
        selection = ["--entity-type", "topics", "--entity-name", topic]
        return run(self.command("kafka.admin.ConfigCommand", *selection, *arguments)).decode()

    def offsets(self, topic, *arguments):
        """{partition: offset} of GetOffsetShell."""
        text = run(self.command(TOOLS + "GetOffsetShell", "--topic", topic, *arguments)).decode()
        return {int(p): int(o) for p, o in re.findall(r":(\d+):(-?\d+)$", text, re.M)}

    def produce(self, topic, lines, *options):
        command = self.command(
            TOOLS + "ConsoleProducer", "--topic", topic, "--request-required-acks", "all", *options
        )
        run(command, b"".join(line + b"\n" for line in lines))

    def produce_numbers(self, topic, values):
        self.produce(
            topic,
            [b"%d:%d" % (n, n) for n in values],
            "--reader-property",
            "parse.key=true",
            "--reader-property",
            "key.separator=:",
        )

    def consume(self, topic, count, *options):
        arguments = ["--topic", topic, "--max-messages", str(count), "--timeout-ms", "30000", *options]
        return run(self.command(TOOLS + "consumer.ConsoleConsumer", *arguments)).split(b"\n")[:-1]

    def member(self, group, topic):
        settings = ["auto.offset.reset=earliest", "auto.commit.interval.ms=200", "session.timeout.ms=10000"]
        options = [word for setting in settings for word in ("--command-property", setting)]
        return Reader(
            self.command(TOOLS + "consumer.ConsoleConsumer", "--topic", topic, "--group", group, *options)
        )


def topics_and_configs(tools):
    topic = name("java-topic")
    tools.create(topic, 2, "--config", "retention.ms=3600000")
    check(topic in tools.topics("--list").split(), "the topic is in the list")
    described = tools.topics("--describe", "--topic", topic)
    check(
        "PartitionCount: 2" in described and "retention.ms=3600000" in described, f"described as\n{described}"
    )
    tools.topics("--alter", "--topic", topic, "--partitions", "5")
    check("PartitionCount: 5" in tools.topics("--describe", "--topic", topic), "five partitions")
    tools.configs(topic, "--alter", "--add-config", "retention.ms=7200000,max.message.bytes=2000")
    check("retention.ms=7200000" in tools.configs(topic, "--describe"), "the altered setting")
    tools.configs(topic, "--alter", "--delete-config", "retention.ms")
    check("retention.ms" not in tools.configs(topic, "--describe"), "the setting is back to its default")
    large = output(
        tools.command(
            TOOLS + "ProducerPerformance",
            "--topic",
            topic,
            "--num-records",
            "1",
            "--record-size",
            "5000",
            "--throughput",
            "-1",
        )
    )
    check("RecordTooLarge" in large, f"an oversize message: {large}")
    again = output(tools.command(TOOLS + "TopicCommand", "--create", "--topic", topic))
    check("TopicExistsException" in again or "already exists" in again, f"creating it again: {again}")
    tools.topics("--delete", "--topic", topic)
    check(topic not in tools.topics("--list").split(), "the topic is gone")


def pages_and_producers(tools):
    """What asks for topics by the page, for a log's producers, for resources and for directories."""
    topic = name("java-pages")
    tools.create(topic, 5)
    described = tools.topics("--describe", "--topic", topic, "--partition-size-limit-per-response", "2")
    equal(re.findall(r"Partition: (\d)\s+Leader: 1", described), list("01234"), "five partitions by twos")
    tools.produce_numbers(topic, range(10))  # by an idempotent producer
    command = tools.command(TOOLS + "TransactionsCommand", "describe-producers")
    states = [run([*command, "--topic", topic, "--partition", str(p)]).decode() for p in range(5)]
    found = [re.findall(r"^(\d+)\s+0\s+-1\s+(\d+)\s+(\d+)\s+None", text, re.M) for text in states]
    equal(len({producer for rows in found for producer, _, _ in rows}), 1, f"one producer: {states}")
    equal(sum(int(last) + 1 for rows in found for _, last, _ in rows), 10, f"its sequences: {states}")
    metrics = run(tools.command(TOOLS + "ClientMetricsCommand", "--list")).decode()
    equal(metrics.strip(), "", "no metrics of clients are asked for")
    directories = run(tools.command(TOOLS + "LogDirsCommand", "--describe", "--topic-list", topic)).decode()
    [log_dir] = json.loads(directories[directories.index("{") :])["brokers"][0]["logDirs"]
    equal(len(log_dir["partitions"]), 5, "replicas in the directory")
    plan = {"topic": topic, "partition": 0, "replicas": [1], "log_dirs": [log_dir["logDir"]]}
    check("Successfully" in reassign(tools, plan), "a replica stays in its directory")
    plan["log_dirs"] = ["/nowhere"]
    check("LogDirNotFound" in reassign(tools, plan), "a directory that is not there")


def reassign(tools, *partitions):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"version": 1, "partitions": partitions}, file)
        file.flush()
        arguments = ["--execute", "--reassignment-json-file", file.name]
        return output(tools.command(TOOLS + "reassign.ReassignPartitionsCommand", *arguments))


def records(tools):
    topic = name("java-records")
    tools.create(topic, 1)
    rows = [
        b"a:1,b:2,a:3\tkey\tvalue",
        b"h:x\tNULL\tno key",
        b"h:x\tkey\tNULL",
        "h:x\t\u00e5\t\U0001f30a".encode(),
    ]
    shown = ["headers=true", "offset=true", "key=true"]
    printing = [w for what in shown for w in ("--formatter-property", "print." + what)]
    parsing = ["parse.headers=true", "parse.key=true", "null.marker=NULL"]
    reading = [w for what in parsing for w in ("--reader-property", what)]
    printing += ["--formatter-property", "null.literal=NULL"]
    for codec in CODECS:
        tools.produce(topic, rows, "--compression-codec", codec, *reading)
    got = tools.consume(topic, len(CODECS) * len(rows), "--from-beginning", *printing)
    equal(got, [b"Offset:%d\t" % n + rows[n % len(rows)] for n in range(len(got))], "the records")
    equal(tools.offsets(topic, "--time", "-1"), {0: 20}, "the end")
    equal(tools.offsets(topic, "--time", "-2"), {0: 0}, "the beginning")
    equal(tools.offsets(topic, "--time", "1000"), {0: 0}, "the first record after 1970")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write('{"version": 1, "partitions": [{"topic": "%s", "partition": 0, "offset": 6}]}' % topic)
        file.flush()
        run(tools.command(TOOLS + "DeleteRecordsCommand", "--offset-json-file", file.name))
    equal(tools.offsets(topic, "--time", "-2"), {0: 6}, "the beginning after deleting records")
    beyond = [
        "--partition",
        "0",
        "--offset",
        "999",
        "--timeout-ms",
        "3000",
        "--command-property",
        "auto.offset.reset=none",
    ]
    text = output(tools.command(TOOLS + "consumer.ConsoleConsumer", "--topic", topic, *beyond))
    check("OffsetOutOfRange" in text, f"a fetch past the end: {text}")


def lag(tools, group):
    """{partition: (committed offset, lag)} as the group tool shows them."""
    text = tools.groups("--describe", "--group", group)
    rows = re.findall(r"^\S+\s+\S+\s+(\d+)\s+(\d+)\s+\d+\s+(\d+)\s", text, re.M)
    return {int(partition): (int(offset), int(behind)) for partition, offset, behind in rows}


def group_of_three(tools, server):
    topic, group = name("java-group"), name("group")
    tools.create(topic, 6)
    tools.produce_numbers(topic, range(120))
    members = [tools.member(group, topic) for _ in range(3)]
    wait_until("120 messages", lambda: set(numbers(members)) == set(range(120)), members)
    wait_until(
        "three members",
        lambda: tools.groups("--describe", "--group", group, "--members").count("console-consumer") >= 3,
    )
    check(
        re.search(r"Stable\s+3", tools.groups("--describe", "--group", group, "--state")),
        "stable with 3 members",
    )
    members.pop().stop()
    for member in members:
        member.lines.clear()
    tools.produce_numbers(topic, range(120, 240))
    wait_until("120 more for two members", lambda: set(range(120, 240)) <= set(numbers(members)), members)
    server.restart()
    tools.produce_numbers(topic, range(240, 300))
    wait_until("60 more after the restart", lambda: set(range(240, 300)) <= set(numbers(members)), members)
    for member in members:
        member.stop()
    end = tools.offsets(topic, "--time", "-1")
    equal(sum(end.values()), 300, "records in the topic")
    equal(lag(tools, group), {p: (offset, 0) for p, offset in end.items()}, "no lag")
    tools.produce_numbers(topic, range(300, 330))
    equal(sum(behind for _, behind in lag(tools, group).values()), 30, "the lag")
    last = tools.member(group, topic)
    wait_until("a new member goes on", lambda: len(last.lines) >= 30)
    last.stop()
    equal(numbers([last]), list(range(300, 330)), "only what was not committed")
    administer_group(tools, group, topic)


def administer_group(tools, group, topic):
    check(group in tools.groups("--list").split(), "the group is in the list")
    tools.groups("--reset-offsets", "--group", group, "--topic", topic, "--to-earliest", "--execute")
    equal(sum(behind for _, behind in lag(tools, group).values()), 330, "the lag after a reset")
    tools.groups("--delete-offsets", "--group", group, "--topic", topic)
    tools.groups("--delete", "--group", group)
    check(group not in tools.groups("--list").split(), "the group is gone")


def performance(tools):
    """The tools that bench/ measures with, with few records, so that they are known to work."""
    topic = name("java-perf")
    tools.create(topic, 3)
    sent = run(
        tools.command(
            TOOLS + "ProducerPerformance",
            "--topic",
            topic,
            "--num-records",
            "20000",
            "--record-size",
            "100",
            "--throughput",
            "-1",
            "--command-property",
            "acks=all",
        )
    ).decode()
    check("20000 records sent" in sent, f"ProducerPerformance said {sent}")
    read = run(
        tools.command(
            TOOLS + "ConsumerPerformance",
            "--topic",
            topic,
            "--num-records",
            "20000",
            "--timeout",
            "30000",
            "--hide-header",
        )
    ).decode()
    check(", 20000," in read, f"ConsumerPerformance said {read}")
    versions = run(tools.command(TOOLS + "BrokerApiVersionsCommand")).decode()
    check("Produce(0)" in versions, f"BrokerApiVersionsCommand said {versions}")
    cluster = run(
        [*tools.java, TOOLS + "ClusterTool", "cluster-id", "--bootstrap-server", tools.address]
    ).decode()
    check("Cluster ID: " in cluster, f"ClusterTool said {cluster}")


def main():
    toolchain.kafka_tool()
    with broker.start() as server:
        tools = Tools(server)
        topics_and_configs(tools)
        pages_and_producers(tools)
        records(tools)
        performance(tools)
        group_of_three(tools, server)


if __name__ == "__main__":
    main()

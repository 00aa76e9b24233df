"""weir's own commands against the broker: topics, groups, records, perf, and what they say on failure."""

import json
import os
import subprocess
import tempfile

import broker
from processes import Reader, output, wait_until
from scenario import check, equal, name

BINARY = os.environ.get("WEIR_BINARY", "build/release/weir")
SUCCESS, FAILURE, USAGE, UNREACHABLE = 0, 1, 2, 3
NOBODY = "127.0.0.1:9"


class Commands:
    """weir's program, told where the broker is by the environment."""

    def __init__(self, address):
        self.environment = {**os.environ, "WEIR_BOOTSTRAP": address}

    def run(self, *words, status=SUCCESS, text=""):
        command = [BINARY, *map(str, words)]
        result = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=120, env=self.environment
        )
        complaint = f"{command}: status {result.returncode}\n{result.stdout}{result.stderr}"
        equal(result.returncode, status, complaint)
        if status != SUCCESS:
            equal(result.stderr.count("\n"), 1, f"one sentence says what is wrong: {complaint}")
        return result.stdout if status == SUCCESS else result.stderr

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def member(self, topic, group):
        return Reader([BINARY, "consume", topic, "--group", group, "-b", self.environment["WEIR_BOOTSTRAP"],
                       "-X", "session.timeout.ms=10000", "-X", "auto.commit.interval.ms=100"])


def topics(weir):
    topic = name("commands-topic")
    check("created" in weir.run("topic", "create", topic, "-p", 3, "-c", "retention.ms=86400000"), "created")
    check("exists" in weir.run("topic", "create", topic, status=FAILURE), "it exists already")
    weir.run("topic", "create", topic, "--if-not-exists")
    listed = {entry["topic"]: entry for entry in weir.json("topic", "list")}
    equal(listed[topic]["partitions"], 3, "partitions in the list")
    about = weir.json("topic", "describe", topic)[0]
    equal([p["partition"] for p in about["partitions"]], [0, 1, 2], "partitions")
    equal({(p["begin"], p["end"]) for p in about["partitions"]}, {(0, 0)}, "offsets of an empty topic")
    equal(about["config"]["retention.ms"]["value"], "86400000", "the setting it was made with")

    weir.run("topic", "alter", topic, "--partitions", 5, "--config", "max.message.bytes=2000000")
    weir.run("topic", "alter", topic, "--delete-config", "retention.ms")
    about = weir.json("topic", "describe", topic)[0]
    equal(len(about["partitions"]), 5, "partitions after alter")
    equal(about["config"]["max.message.bytes"]["value"], "2000000", "the setting that was changed first")
    equal(about["config"]["retention.ms"]["topic"], False, "the setting that was handed back")
    weir.run("topic", "alter", topic, "--partitions", 2, status=FAILURE)
    weir.run("topic", "alter", topic, "--config", "no.such.setting=1", status=FAILURE)
    weir.run("topic", "alter", topic, status=USAGE)

    weir.run("topic", "delete", topic)
    weir.run("topic", "delete", topic, status=FAILURE)
    weir.run("topic", "delete", topic, "--if-exists")
    check(topic in weir.run("topic", "describe", topic, status=FAILURE), "names the topic that is not there")
    weir.run("topic", "create", "no/name", status=FAILURE)


def records(weir):
    topic = name("commands-records")
    weir.run("topic", "create", topic, "--partitions", 2)
    lines = "a:1\nb:\nno key\n" * 100 + "last:\u00e4"
    sent = weir.run("produce", topic, "-p", 0, "--idempotent", "--json", text=lines)
    equal(len(sent.splitlines()), 301, "one line of JSON for each record")
    equal(json.loads(sent.splitlines()[-1])["offset"], 300, "the last one's offset")
    weir.run("produce", topic, "-p", 1, "-K", ":", "--null", "--compression", "zstd", text=lines[:14])
    headers = ["-H", "h=1", "-H", "i="]
    weir.run("produce", topic, "-p", 1, "-k", "k", "-m", "x", "-c", 3, *headers, "--timestamp", 1000)

    read = weir.run("consume", topic, "-p", 1, "-e", "-f", "%o|%k|%s|%h|%K|%S\\n").splitlines()
    equal(read[:3], ["0|a|1||1|1", "1|b|NULL||1|-1", "2|NULL|no key||-1|6"], "keys and tombstones")
    equal(read[3:], [f"{o}|k|x|h=1,i=|1|1" for o in (3, 4, 5)], "key, headers and count")
    last = json.loads(weir.run("consume", topic, "-p", 1, "-o", -1, "-e", "--json"))
    equal(
        (last["offset"], last["key"], last["value"], last["timestamp_ms"]), (5, "k", "x", 1000),
        "the last as JSON",
    )
    equal(last["headers"], [{"name": "h", "value": "1"}, {"name": "i", "value": ""}], "headers as JSON")

    equal(len(weir.run("consume", topic, "-e").splitlines()), 307, "all partitions")
    equal(
        weir.run("consume", topic, "-p", 0, "-o", 299, "-e").splitlines(), ["no key", "last:\u00e4"],
        "from an offset",
    )
    equal(len(weir.run("consume", topic, "-o", "beginning", "-c", 10).splitlines()), 10, "a count")
    equal(weir.run("consume", topic, "-o", "end", "-e"), "", "nothing after the end")
    equal(len(weir.run("consume", topic, "-p", 1, "-o", "@1001", "-e").splitlines()), 6, "from a time on")
    equal(weir.run("consume", topic, "-o", "@4102444800000", "-e"), "", "from a time to come")

    weir.run("consume", topic, "-p", 7, status=FAILURE)
    weir.run("consume", topic, "-o", "somewhere", status=USAGE)
    weir.run("consume", topic, "-f", "%q", status=USAGE)
    weir.run("consume", topic, "-o", "stored", status=USAGE)
    weir.run("consume", name("absent"), "-e", status=FAILURE)
    weir.run("produce", topic, "-p", 7, "-m", "x", status=FAILURE)


def follow(weir):
    topic = name("commands-follow")
    weir.run("topic", "create", topic)
    reader = Reader([BINARY, "consume", topic, "-b", weir.environment["WEIR_BOOTSTRAP"]])
    for count in (1, 2, 3):
        weir.run("produce", topic, "-m", "x")
        wait_until(f"{count} records followed", lambda: len(reader.lines) == count, [reader])
    reader.stop()
    equal(reader.process.returncode, SUCCESS, "SIGTERM ends it well")


def groups(weir):
    topic, group = name("commands-group"), name("commands-group")
    weir.run("topic", "create", topic, "--partitions", 2)
    weir.run("produce", topic, "-p", 0, text="x\n" * 60)
    weir.run("produce", topic, "-p", 1, text="x\n" * 40)
    equal(len(weir.run("consume", topic, "--group", group, "--count", 30).splitlines()), 30, "a first share")
    check(group in [g["group"] for g in weir.json("group", "list")], "it is listed")
    about = weir.json("group", "describe", group)[0]
    equal(sum(p["lag"] for p in about["partitions"] if "lag" in p) <= 70, True, "lag after the first share")
    equal(
        len(weir.run("consume", topic, "--group", group, "-e").splitlines()), 70,
        "it goes on where it stopped",
    )
    equal(lags(weir, group), [0, 0], "nothing left")

    planned = weir.json("group", "reset", group, "--to-earliest", "--dry-run")
    equal([(p["from"], p["to"]) for p in planned], [(60, 0), (40, 0)], "the plan")
    equal(lags(weir, group), [0, 0], "a dry run changes nothing")
    weir.run("group", "reset", group, "--topic", f"{topic}:1", "--shift", -5)
    equal(lags(weir, group), [0, 5], "one partition back by five")
    weir.run("group", "reset", group, "--to-offset", 50)
    equal(lags(weir, group), [10, 0], "to an offset, or where the partition ends")
    weir.run("group", "reset", group, "--to-timestamp", 0)
    equal(lags(weir, group), [60, 40], "to a time")
    weir.run("group", "reset", f"{group}-other", "--to-group", group, "--topic", topic)
    equal(lags(weir, f"{group}-other"), [60, 40], "to where another group is")
    weir.run("group", "delete", f"{group}-other")
    weir.run("group", "reset", group, "--to-latest")
    equal(lags(weir, group), [0, 0], "to the end")
    weir.run("group", "reset", group, status=USAGE)
    weir.run("group", "reset", group, "--to-latest", "--to-earliest", status=USAGE)

    members_at_work(weir, topic, group)
    weir.run("group", "delete", group)
    check(group not in [g["group"] for g in weir.json("group", "list")], "it is gone")
    weir.run("group", "describe", name("absent"), status=FAILURE)
    weir.run("group", "delete", name("absent"), status=FAILURE)


def copies(weir):
    """Topics of a broker as they are at another one: here the same, where they are already."""
    topic = name("commands-copy")
    weir.run("topic", "create", topic, "-p", 3, "-c", "retention.ms=86400000", "-c", "cleanup.policy=compact")
    source = weir.environment["WEIR_BOOTSTRAP"]
    with broker.Weir() as other:
        there = Commands(other.address)
        planned = there.run("topic", "copy", topic, "--from", source, "--dry-run")
        check("nothing was created" in planned and "does not compact" in planned, planned)
        equal(there.json("topic", "list"), [], "a dry run makes nothing")
        there.run("topic", "copy", topic, "--from", source)
        about = there.json("topic", "describe", topic)[0]
        equal(len(about["partitions"]), 3, "its partitions")
        own = {key: entry["value"] for key, entry in about["config"].items() if entry["topic"]}
        equal(own, {"retention.ms": "86400000", "cleanup.policy": "compact"}, "its settings")
        again = [BINARY, "topic", "copy", topic, "--from", source, "-b", other.address]
        check("exists" in output(again), "again")
        none = there.run("topic", "copy", "none", "--from", source, status=FAILURE)
        check("there is no topic none" in none, none)
    weir.run("topic", "delete", topic)


def lags(weir, group):
    return [p["lag"] for p in weir.json("group", "describe", group)[0]["partitions"]]


def members_at_work(weir, topic, group):
    readers = [weir.member(topic, group) for _ in range(2)]

    def shares():
        return sorted(len(m["assignment"]) for m in weir.json("group", "describe", group)[0]["members"])

    wait_until("two members with a partition each", lambda: shares() == [1, 1], readers)
    check(weir.run("group", "describe", group, "--members").count(f"{topic}:") == 2, "the members' table")
    weir.run("group", "reset", group, "--to-earliest", status=FAILURE)
    weir.run("group", "delete", group, status=FAILURE)
    for reader in readers:
        reader.stop()
        equal(reader.process.returncode, SUCCESS, f"a member ends well: {reader.error_text()}")


def perf(weir, server):
    topic = name("commands-perf")
    weir.run("topic", "create", topic, "--partitions", 2)
    pid = [] if server.external else ["--server-pid", server.pid]
    sent = weir.json(
        "perf", "produce", "-t", topic, "-n", 5000, "--size", 100, "--producers", 3, "--warmup", 300, *pid
    )
    equal((sent["messages"], sent["bytes"], sent["failed"]), (5000, 500_000, 0), "sent")
    equal(sent["ack_latency"]["count"], 5000, "each has a latency")
    check(0 < sent["ack_latency"]["p50_us"] <= sent["ack_latency"]["max_us"], "latencies in order")
    check(server.external or sent["server_peak_resident_bytes"] > 0, "the server's memory")
    paced = weir.json(
        "perf", "produce", "-t", topic, "--rate", 1000, "-n", 500, "--linger-ms", 0, "--round-robin"
    )
    check(0.49 <= paced["seconds"], f"500 messages at 1,000/s take half a second: {paced['seconds']}")
    equal(paced["messages"], 500, "sent at a rate")

    equal(weir.json("perf", "consume", "-t", topic, "--consumers", 2)["messages"], 5800, "all is read")
    check(weir.json("perf", "consume", "-t", topic, "-n", 1000)["messages"] >= 1000, "a count of reads")
    seen = weir.json("perf", "latency", "-t", topic, "-n", 200, "--rate", 500, "--warmup", 50)
    equal(
        (seen["messages"], seen["end-to-end_latency"]["count"], seen["ack_latency"]["count"]), (200,) * 3,
        "timed",
    )
    check(
        "topic create" in weir.run("perf", "produce", "-t", name("absent"), status=FAILURE),
        "says how to make it",
    )


def mistakes(weir):
    check(NOBODY in weir.run("topic", "list", "-b", NOBODY, status=UNREACHABLE), "says where nobody answers")
    check("did you mean" in weir.run("topc", status=USAGE), "the nearest command")
    check("--bootstrap" in weir.run("topic", "list", "--bootstrp", "x", status=USAGE), "the nearest flag")
    weir.run("topic", "list", "-X", "nonsense", status=USAGE)
    weir.run("serve", "--kafka-listen", "0.0.0.0:0", status=USAGE)
    listeners = weir.run("serve", "--broker", "listeners=PLAINTEXT://:9", status=USAGE)
    check("kafka.listen" in listeners, "the key's name")
    taken = weir.environment["WEIR_BOOTSTRAP"]
    with tempfile.TemporaryDirectory() as directory:
        said = output([BINARY, "serve", "--data", directory, "--kafka-listen", taken])
        check("choose another port" in said, f"the port is taken: {said}")
    check("weir 0" in weir.run("--version"), "the version, as others tell it")
    weir.run("topic", "create", status=USAGE)
    check("Examples" in weir.run("topic", "create", "--help"), "help has examples")
    equal(json.loads(weir.run("version", "--json")).keys(), {"version"}, "the version")


def completion(weir):
    def completed(line):
        words = line.split(" ")
        script = f'eval "$("{BINARY}" completion bash)"; COMP_WORDS=({" ".join(words)}); '
        script += f"COMP_CWORD={len(words) - 1}; _weir; echo ${{COMPREPLY[@]}}"
        return subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, check=True
        ).stdout.split()

    equal(completed("weir top"), ["topic"], "a family")
    equal(completed("weir topic cre"), ["create"], "a command")
    equal(completed("weir topic create orders --part"), ["--partitions"], "a flag")
    equal(completed("weir serve --kafka-l"), ["--kafka-listen"], "a configuration key's flag")
    for shell in ("zsh", "fish"):
        check("partitions" in weir.run("completion", shell), f"a script for {shell}")
    weir.run("completion", "cmd", status=USAGE)


def main():
    with broker.start() as server:
        weir = Commands(server.address)
        topics(weir)
        records(weir)
        follow(weir)
        groups(weir)
        copies(weir)
        perf(weir, server)
        mistakes(weir)
        completion(weir)
        check(server.alive(), "the broker lives")


if __name__ == "__main__":
    main()

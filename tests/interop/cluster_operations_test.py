"""Three nodes in three racks: Kafka's own tools for operators, weir's commands, and reading by rack."""

import contextlib
import json
import os
import re
import tempfile
import time

import no_loss_test
import toolchain
from calls import fetch_one, produce_10
from cluster import Nodes, wait_until
from java_test import TOOLS, Tools
from processes import run
from scenario import check, equal, name
from wire import Connection, batch, record

RACKS = ["a", "b", "c"]
USAGE, FAILURE, UNREACHABLE = 2, 1, 3
OFFSET_OUT_OF_RANGE, NOT_LEADER, OFFSET_NOT_AVAILABLE = 1, 6, 78


class OperatorTools(Tools):
    def reassign(self, *arguments, plan=None):
        words = list(arguments)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            if plan is not None:
                file.write(json.dumps(plan))
                file.flush()
                words += ["--reassignment-json-file", file.name]
            return run(self.command(TOOLS + "reassign.ReassignPartitionsCommand", *words)).decode()

    def elect(self, kind, topic, partition, status=0):
        arguments = ["--election-type", kind, "--topic", topic, "--partition", str(partition)]
        return run(self.command(TOOLS + "LeaderElectionCommand", *arguments), status=status).decode()

    def quorum(self, *arguments):
        return run(self.command(TOOLS + "MetadataQuorumCommand", "describe", *arguments)).decode()

    def replicas(self, topic):
        """{partition: (leader, replicas)}"""
        text = self.topics("--describe", "--topic", topic)
        found = re.findall(r"Partition: (\d+)\s+Leader: (\d+|none)\s+Replicas: ([\d,]+)", text)
        return {int(p): (leader, [int(n) for n in nodes.split(",")]) for p, leader, nodes in found}


def plan_of(topic, replicas):
    partitions = [{"topic": topic, "partition": p, "replicas": nodes} for p, nodes in replicas.items()]
    return {"version": 1, "partitions": partitions}


def reassignments(nodes, tools):
    topic = name("moves")
    tools.topics("--create", "--topic", topic, "--replica-assignment", "1,2")
    tools.produce_numbers(topic, range(1000))
    plan = plan_of(topic, {0: [1], 1: [3, 2]})
    check("Successfully started" in tools.reassign("--execute", plan=plan), "the tool starts the moves")
    wait_until(
        "the moves are done",
        lambda: "still in progress" not in (text := tools.reassign("--verify", plan=plan))
        and "is completed" in text,
    )
    equal({p: r for p, (_, r) in tools.replicas(topic).items()}, {0: [1], 1: [3, 2]}, "replicas")
    check("No partition reassignments found" in tools.reassign("--list"), "nothing is under way")
    equal(len(tools.consume(topic, 1000, "--from-beginning")), 1000, "nothing is lost by moving")
    equal(sum(len(p["adding"]) for p in nodes.partitions(topic)), 0, "weir's own words for it")


def throttled_move(what, move):
    """Moves 8 MB at 0.8 MB/s, of which a second's worth goes at once."""
    begin = time.monotonic()
    move()
    took = time.monotonic() - begin
    check(8 < took < 60, f"{what}: 8 MB at 0.8 MB/s took {took:.1f} s")


def throttles(nodes, tools):
    """Kafka's own tool and weir's command copy no faster than they say, and leave nothing behind."""
    topic = name("throttled")
    tools.topics("--create", "--topic", topic, "--replica-assignment", "1")
    tools.produce(topic, [b"x" * 8000] * 1000)
    plan, throttle = plan_of(topic, {0: [2]}), ("--throttle", "800000")

    def with_kafkas_tool():
        tools.reassign("--execute", *throttle, plan=plan)
        wait_until("it is done", lambda: "is completed" in tools.reassign("--verify", plan=plan), 60)

    def settings():
        of_node = tools.command("kafka.admin.ConfigCommand", "--entity-type", "brokers", "--entity-name", "2")
        return tools.configs(topic, "--describe") + run([*of_node, "--describe"]).decode()

    throttled_move("Kafka's tool", with_kafkas_tool)
    check("throttled.r" not in settings(), "Kafka's throttle is taken away")
    throttled_move(
        "weir's command", lambda: nodes.weir("topic", "reassign", topic, "--to", "3", *throttle)
    )
    equal(tools.replicas(topic), {0: ("3", [3])}, "moved twice")
    check("throttled.r" not in settings(), "weir's throttle, too")


def elections(tools):
    topic = name("elections")
    tools.topics("--create", "--topic", topic, "--replica-assignment", "2:1:3")
    check("already" in tools.elect("preferred", topic, 0), "the preferred leader leads already")
    wrong = tools.elect("unclean", topic, 0)
    check("already" in wrong or "not needed" in wrong, f"no unclean election is needed: {wrong}")


def quorum(nodes, tools):
    status = tools.quorum("--status")
    check(f"LeaderId: {nodes.status()['controller']}" in re.sub(r":\s+", ": ", status), status)
    replication = [line.split() for line in tools.quorum("--replication").splitlines()[1:] if line.strip()]
    equal(sorted(int(words[0]) for words in replication), [1, 2, 3], "voters")


def settings_anywhere(nodes, tools):
    """Changes that were asked of a node that does not lead the metadata."""
    topic = name("anywhere")
    controller = nodes.status()["controller"]
    for number, node in nodes.nodes.items():
        there = OperatorTools(node)
        if number == controller:
            continue
        there.topics("--create", "--topic", f"{topic}-{number}", "--partitions", "1")
        there.configs(f"{topic}-{number}", "--alter", "--add-config", "retention.ms=7200000")
        check("7200000" in there.configs(f"{topic}-{number}", "--describe"), "the node sees it at once")
        there.topics("--delete", "--topic", f"{topic}-{number}")


def commands(nodes):
    status = nodes.status()
    equal(status["health"], "healthy", f"all is well: {status['reasons']}")
    equal([node["rack"] for node in status["nodes"]], RACKS, "racks")
    for number, port in nodes.ports.items():
        equal(len(nodes.json("cluster", "nodes", at=f"127.0.0.1:{port}")), 3, f"node {number} answers, too")
    check("--node 4" in nodes.weir("cluster", "add"), "the next number")
    check("in use" in nodes.weir("cluster", "remove", 1, status=FAILURE), "a node in use stays")
    check("there is no node 9" in nodes.weir("cluster", "drain", 9, status=FAILURE), "an unknown node")
    check("no topic" in nodes.weir("topic", "reassign", "none-such", "--status", status=FAILURE), "no topic")
    nodes.weir("topic", "reassign", "x", status=USAGE)


def modes(nodes, tools):
    topic = name("modes")
    weir = [nodes.nodes[1].binary, "topic", "create", "-b", nodes.address]
    run([*weir, f"{topic}-all", "--mode", "mirrored", "-p", "2"])
    run([*weir, f"{topic}-two", "--mode", "mirrored", "--replicas", "2", "-p", "3"])
    run([*weir, f"{topic}-one", "--mode", "single", "-p", "4"])
    run([*weir, f"{topic}-plain", "--mode", "plain", "-p", "3"])
    kinds = ("all", "two", "one", "plain")
    shape = {kind: list(tools.replicas(f"{topic}-{kind}").values()) for kind in kinds}
    equal({len(r) for _, r in shape["all"]}, {3}, "mirrored: on all nodes")
    equal({len(r) for _, r in shape["two"]}, {2}, "mirrored on two")
    equal(len({r[0] for _, r in shape["one"]}), 1, "single: all on one node")
    equal(len({r[0] for _, r in shape["plain"]}), 3, "plain: spread")
    run([*weir, f"{topic}-many", "--replicas", "4"], status=FAILURE)
    run([*weir, f"{topic}-strict", "-r", "2", "-c", "min.insync.replicas=3"], status=FAILURE)
    nodes.weir("topic", "reassign", f"{topic}-plain", "--replicas", "2")
    equal({len(p["in_sync"]) for p in nodes.partitions(f"{topic}-plain")}, {2}, "two replicas, both in sync")
    nodes.weir("topic", "reassign", f"{topic}-plain", "--replicas", "1")
    equal({len(p["replicas"]) for p in nodes.partitions(f"{topic}-plain")}, {1}, "one again")
    for partition in range(3):
        no_loss_test.end_of(nodes.address, f"{topic}-plain", partition)


def read_by_rack(nodes, tools):
    """Who names rack c is sent to node 3, which stands there; the others read from the leader, node 1."""
    topic = name("racks")
    tools.topics("--create", "--topic", topic, "--replica-assignment", "1:2:3")
    tools.topics("--create", "--topic", topic + "-two", "--replica-assignment", "1:2")
    tools.produce_numbers(topic, range(2000))
    end = sum(tools.offsets(topic).values())
    equal(end, 2000, "records")
    leader, near, far = (Connection(nodes.nodes[number]) for number in (1, 3, 2))
    sent_away = fetch_one(leader, topic, 0, rack="c")
    equal((sent_away["error"], sent_away["replica"], sent_away["data"]), (0, 3, b""), "node 3 is nearer")
    for rack in ("", "a", "nowhere"):
        found = fetch_one(leader, topic, 0, rack=rack)
        check(found["replica"] == -1 and found["data"], f"the leader serves a consumer in rack '{rack}'")
    served = wait_until("node 3 serves it", lambda: fetch_one(near, topic, 0, rack="c")["data"])
    check(served, "records from the follower")
    beyond = fetch_one(near, topic, 10**6, rack="c")
    equal(beyond["error"], OFFSET_NOT_AVAILABLE, "what the follower does not have yet")
    equal(fetch_one(leader, topic, 10**6, rack="c")["error"], OFFSET_OUT_OF_RANGE, "what nobody has")
    equal(fetch_one(near, topic + "-two", 0, rack="c")["error"], NOT_LEADER, "node 3 has no replica of it")
    equal(fetch_one(far, topic, 0, rack="a")["error"], 0, "any replica in sync serves")
    options = ["--from-beginning", "--command-property", "client.rack=c"]
    equal(len(tools.consume(topic, 2000, *options)), 2000, "the Java consumer, from node 3")
    reader = [*toolchain.python_agent("rack_reader"), nodes.address, topic, "c", "2000"]
    equal(json.loads(run(reader)), {"0": 3}, "the broker that librdkafka reads from")


def produce_elsewhere(nodes, tools):
    """A node that does not lead refuses records, and says who leads and where that is (KIP-951)."""
    topic = name("elsewhere")
    tools.topics("--create", "--topic", topic, "--replica-assignment", "2:1")
    leader, follower, stranger = (Connection(nodes.nodes[number]) for number in (2, 1, 3))
    address = ("127.0.0.1", nodes.nodes[2].port, RACKS[1])
    for node in (follower, stranger):
        refused = produce_10(node, topic, batch([record(b"lost")]))
        equal((refused["error"], refused["leader"][0]), (NOT_LEADER, 2), "node 2 leads")
        equal(refused["nodes"], {2: address}, "where node 2 is")
    taken = produce_10(leader, topic, batch([record(b"kept")]))
    equal(taken, dict(error=0, offset=0, leader=None, nodes={}), "the leader's answer")


def with_certificates():
    """Two nodes that show each other certificates: a command needs one too, of any node."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        nodes = Nodes(stack, certificates=folder)
        nodes.add(2)
        equal([node["node"] for node in nodes.json("cluster", "nodes")], [1, 2], "the nodes")
        plain = [nodes.nodes[1].binary, "cluster", "nodes", "--at", f"127.0.0.1:{nodes.ports[1]}"]
        run([*plain, "--timeout", "2"], status=UNREACHABLE)
        stranger = Nodes(stack, certificates=os.path.join(folder, "others"))
        run([*plain, "--timeout", "2", *stranger.proof_of(1)], status=UNREACHABLE)


def main():
    with_certificates()
    with contextlib.ExitStack() as stack:
        nodes = Nodes(stack)
        nodes.add(3, RACKS)
        tools = OperatorTools(nodes)
        commands(nodes)
        modes(nodes, tools)
        reassignments(nodes, tools)
        throttles(nodes, tools)
        elections(tools)
        quorum(nodes, tools)
        settings_anywhere(nodes, tools)
        read_by_rack(nodes, tools)
        produce_elsewhere(nodes, tools)
        check("Partition:" not in tools.topics("--describe", "--under-replicated-partitions"), "all in sync")
        print("three nodes: Kafka's tools and weir's commands")


if __name__ == "__main__":
    main()

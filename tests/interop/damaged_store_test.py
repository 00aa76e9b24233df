"""A node of three whose journal, checkpoint or metadata is damaged while it is down.

It comes back by itself, filled by the others, and nothing that was acknowledged is missing; where that can't
be, it tells what to do.
"""

import contextlib
import os
import signal

import broker
import calls
from cluster import Nodes, wait_until
from scenario import check, equal, name
from wire import Connection, batch, record

BATCHES, PAGE = 40, 4096
METADATA_ROUNDS = int(os.environ.get("WEIR_METADATA_ROUNDS", "1"))  # three harm each file of each node
NOT_LEADER, TOPIC_ALREADY_EXISTS = 6, 36


def produce(nodes, topic, written):
    """As clients do it: who leads may change on the way, and is asked for again."""
    left = [f"{len(written)}-{number}".encode() * 100 for number in range(BATCHES)]
    wait_until("all is taken", lambda: produce_here(nodes, topic, left, written))


def produce_here(nodes, topic, left, written):
    leader = nodes.partitions(topic)[0]["leader"]
    if leader not in nodes.nodes:
        return False
    with Connection(nodes.nodes[leader], timeout_s=30) as connection:
        while left:
            answer = calls.produce_one(connection, topic, batch([record(left[0])]), acks=-1)
            if answer["error"] == NOT_LEADER:
                return False
            equal(answer["error"], 0, "a produce")
            written[answer["offset"]] = left.pop(0)
    return True


def check_all(nodes, topic, written):
    leader = nodes.partitions(topic)[0]["leader"]
    with Connection(nodes.nodes[leader], timeout_s=30) as connection:
        for offset, value in written.items():
            check(value in calls.fetch_one(connection, topic, offset)["data"], f"offset {offset} is there")


def harm_journal(data):
    """The first round that holds records is not what it was: later ones say that it was durable."""
    folder = os.path.join(data, "journal")
    paths = [os.path.join(folder, file) for file in sorted(os.listdir(folder))]
    path = next(path for path in paths if os.path.getsize(path) > PAGE + 64)  # the first may have none
    with open(path, "r+b") as file:
        file.seek(PAGE + 64)
        byte = file.read(1)[0]
        file.seek(PAGE + 64)
        file.write(bytes([byte ^ 1]))


def lose_journal(data):
    for file in os.listdir(os.path.join(data, "journal")):
        os.unlink(os.path.join(data, "journal", file))


def cut_checkpoint(data):
    path = os.path.join(data, "checkpoint")
    os.truncate(path, os.path.getsize(path) // 2)


def set_aside(node):
    data = os.path.join(node.directory.name, "data")
    return [file for file in os.listdir(data) if ".set-aside-" in file]


def comes_back(nodes, topic, written, harm):
    node = nodes.nodes[2]
    produce(nodes, topic, written)
    node.end(signal.SIGKILL)
    harm(os.path.join(node.directory.name, "data"))
    node.start_again()
    check("is set aside" in node.log_tail(400), f"{harm.__name__}: the node says so:\n{node.log_tail()}")
    status = nodes.status()
    check(status["nodes"][1]["set_aside"] or not set_aside(node), f"the status tells of it: {status}")
    wait_until("all are in sync", lambda: len(nodes.partitions(topic)[0]["in_sync"]) == 3)
    wait_until("what was set aside is gone", lambda: not set_aside(node))
    produce(nodes, topic, written)
    check_all(nodes, topic, written)
    # What the damaged one has now is what all have: it serves alone as well as any.
    wait_until("the preferred replica leads again", lambda: nodes.partitions(topic)[0]["leader"] == 2)
    check_all(nodes, topic, written)
    print(f"{harm.__name__}: the node came back by itself", flush=True)


def flip_in_segment(data, topic):
    folder = os.path.join(data, "topics")
    (place,) = [name for name in os.listdir(folder) if name.startswith(topic)]
    (segment,) = [file for file in os.listdir(os.path.join(folder, place)) if file.endswith(".log")]
    path = os.path.join(folder, place, segment)
    with open(path, "r+b") as file:
        file.seek(200)
        byte = file.read(1)[0]
        file.seek(200)
        file.write(bytes([byte ^ 1]))


def status_tells_of_damage(nodes):
    """Of the only replica, which nobody can fill again: until the topic goes."""
    topic, node = name("alone"), nodes.nodes[2]
    with Connection(nodes.nodes[1]) as connection:
        created = calls.create_topics(connection, [(topic, 1, 1, {})], replicas=(2,))
        equal(created[0][1], 0, "a topic of one replica")
    produce(nodes, topic, {})
    node.end(signal.SIGTERM)
    flip_in_segment(os.path.join(node.directory.name, "data"), topic)
    node.start_again()

    def damaged():
        return nodes.status()["nodes"][1]["damaged"]

    (replica,) = wait_until("the status has the damage", damaged)
    equal((replica["topic"], replica["partition"]), (topic, 0), "what is damaged")
    check(replica["first"] == 0 and replica["until"] > 0, f"where: {replica}")
    status = nodes.status()
    equal(status["health"], "degraded", "health")
    check("node 2 has 1 replica with damage" in status["reasons"], f"reasons: {status['reasons']}")
    check(f"{topic}:0" in nodes.weir("cluster", "status"), "in words, too")
    equal([entry["damaged"] for entry in status["nodes"] if entry["node"] != 2], [[], []], "the others")
    with Connection(nodes.nodes[1]) as connection:
        calls.delete_topic(connection, topic)
    wait_until("the damage goes with the topic", lambda: not damaged())


def metadata_files(node, front):
    folder = os.path.join(node.directory.name, "data", "metadata")
    return [os.path.join(folder, file) for file in sorted(os.listdir(folder)) if file.startswith(front)]


def flip(path):
    """A bit of what the file begins with."""
    with open(path, "r+b") as file:
        file.seek(min(60, os.path.getsize(path) - 1))
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 4]))


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def empty(path):
    os.truncate(path, 0)


# The file's name begins so; what happens to it; whether the others have to fill the node's metadata again.
METADATA_HARMS = (
    ("log-", flip, True),
    ("log-", cut, True),
    ("log-", os.unlink, True),
    ("mark", empty, True),
    ("mark", flip, False),
    ("vote", empty, False),
    ("vote", flip, False),
    ("vote-copy", os.unlink, False),
    ("identity", flip, False),
    ("identity", os.unlink, False),
    ("members", flip, False),
)


def create_small_topic(node):
    """Again, if the metadata's leader ended on the way."""
    topic = name("small")

    def is_made():
        with Connection(node, timeout_s=30) as connection:
            return calls.create_topics(connection, [(topic, 1, 1, {})])[0][1] in (0, TOPIC_ALREADY_EXISTS)

    wait_until("a topic is made", is_made)
    return topic


def metadata_comes_back(nodes, number, topic, written, harm):
    """The others serve meanwhile, and what was made before and meanwhile is there when all have it."""
    front, action, is_refilled = harm
    node, other = nodes.nodes[number], nodes.nodes[number % 3 + 1]
    made = [create_small_topic(node)]
    before = node.log_tail(100_000).count("is set aside as")
    node.end(signal.SIGKILL)
    action(metadata_files(node, front)[0])
    wait_until("the others lead", lambda: nodes.partitions(topic)[0]["leader"] not in (number, -1))
    produce(nodes, topic, written)
    made.append(create_small_topic(other))
    node.start_again()
    what = f"node {number}, {action.__name__} {front}"
    has_said = node.log_tail(100_000).count("is set aside as") > before
    equal(has_said, is_refilled, f"{what}: set aside\n{node.log_tail()}")
    wait_until(f"{what}: all are up", lambda: nodes.up() == [1, 2, 3])
    wait_until(f"{what}: all are in sync", lambda: len(nodes.partitions(topic)[0]["in_sync"]) == 3)
    wait_until(f"{what}: it has a say", lambda: not metadata_files(node, "recovering"))
    equal(metadata_files(node, "set-aside"), [], "what was set aside is gone")
    with Connection(node, timeout_s=30) as connection:
        known = calls.metadata(connection, None)["topics"]
    check(set(made) <= set(known), f"{what}: {made} are there: {known}")
    produce(nodes, topic, written)


def metadata_comes_back_everywhere(nodes, topic, written):
    harms = METADATA_HARMS * METADATA_ROUNDS
    for turn, harm in enumerate(harms):
        metadata_comes_back(nodes, turn % 3 + 1, topic, written, harm)
    check_all(nodes, topic, written)
    print(f"{len(harms)} times metadata was damaged, each node in turn", flush=True)


def does_not_start(node, words):
    try:
        node.start_again()
    except broker.BrokerError:
        node.has_ended = True
    check(not node.alive(), "the node does not start")
    for word in words:
        check(word in node.log_tail(), f"{word}:\n{node.log_tail()}")


def tells_what_to_do(nodes, topic, written):
    """Where nothing tells whom the node has voted for, and where there are no others."""
    node = nodes.nodes[3]
    node.end(signal.SIGKILL)
    for path in metadata_files(node, "vote"):
        empty(path)
    does_not_start(node, ("vote", "weir cluster remove 3", "--join"))
    check_all(nodes, topic, written)
    with broker.Weir() as alone:
        alone.end(signal.SIGKILL)
        flip(metadata_files(alone, "log-")[0])
        does_not_start(alone, ("is damaged at byte", "Put the directory back from a copy"))
        equal(metadata_files(alone, "set-aside"), [], "all stays as it is")


def main():
    with contextlib.ExitStack() as stack:
        nodes = Nodes(stack)
        nodes.add(3)
        topic, written = name("damaged"), {}
        with Connection(nodes.nodes[1]) as connection:
            wanted = (topic, 1, 3, {"min.insync.replicas": "2"})
            created = calls.create_topics(connection, [wanted], replicas=(2, 1, 3))
            equal(created[0][1], 0, "a topic of three replicas")
        wait_until("all are in sync", lambda: len(nodes.partitions(topic)[0]["in_sync"]) == 3)
        for harm in (harm_journal, cut_checkpoint, lose_journal):
            comes_back(nodes, topic, written, harm)
        status_tells_of_damage(nodes)
        metadata_comes_back_everywhere(nodes, topic, written)
        tells_what_to_do(nodes, topic, written)
    print("ok")


if __name__ == "__main__":
    main()

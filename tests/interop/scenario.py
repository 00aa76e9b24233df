"""What every client must be able to do, told to its agent step by step; the same for all clients."""

import concurrent.futures
import sys
import time
import uuid

from agent import Agent, ClientError, Record

UNKNOWN_TOPIC, OFFSET_OUT_OF_RANGE, MESSAGE_TOO_LARGE = 3, 1, 10
TOPIC_EXISTS, INVALID_TOPIC, NON_EMPTY_GROUP, INVALID_PARTITIONS, INVALID_CONFIG = 36, 17, 68, 37, 40
GROUP_LIMIT_S = 60
BASE_TIME_MS = int(time.time() * 1000) - 3_600_000  # old records would be retention's


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(got, wanted, what):
    if isinstance(got, list) and isinstance(wanted, list) and len(wanted) > 20:
        check(len(got) == len(wanted), f"{what}: got {len(got)} of {len(wanted)}")
        for index, (one, other) in enumerate(zip(got, wanted)):
            check(one == other, f"{what}: at {index} got {one!r:.1000}, wanted {other!r:.1000}")
    check(got == wanted, f"{what}: got {got!r:.2000}, wanted {wanted!r:.2000}")


def fails_with(codes, what, call, *arguments, **options):
    try:
        result = call(*arguments, **options)
    except ClientError as error:
        check(error.code in codes, f"{what}: got {error}, wanted one of {codes}")
        return
    raise AssertionError(f"{what}: no error but {result!r:.200}")


def until(what, limit_s, probe):
    """Calls probe until it returns something true; for what a broker promises to do soon."""
    end = time.monotonic() + limit_s
    while not (result := probe()):
        check(time.monotonic() < end, f"{what}: not within {limit_s} s")
    return result


def name(kind):
    return f"{kind}-{uuid.uuid4().hex[:8]}"


class Group:
    """The members of one consumer group, each in an agent process of its own, and what they have received."""

    def __init__(self, context, group, topic):
        self.context, self.group, self.topic = context, group, topic
        self.members, self.assigned, self.received = {}, {}, []

    def join(self, member, **options):
        agent = Agent(self.context.command, self.context.broker.address)
        self.members[member] = agent
        agent.call("join", group=self.group, topics=[self.topic], member=member, **options)

    def leave(self, member):
        agent = self.members.pop(member)
        self.assigned.pop(member, None)
        agent.call("leave")
        agent.close()

    def poll_until(self, what, done):
        """Polls all members at once, again and again, until done()."""
        end = time.monotonic() + GROUP_LIMIT_S
        with concurrent.futures.ThreadPoolExecutor(len(self.members)) as pool:
            while True:
                for member, state in zip(self.members, pool.map(Agent.poll, self.members.values())):
                    self.assigned[member], records = state
                    self.received += records
                if done():
                    return
                check(
                    time.monotonic() < end,
                    f"{what}: not within {GROUP_LIMIT_S} s: {self.assigned}, "
                    f"{len(self.received)} records received",
                )

    def shared_evenly(self, partitions):
        owned = sorted(partition for pairs in self.assigned.values() for _, partition in pairs)
        sizes = {len(pairs) for pairs in self.assigned.values()}
        return owned == list(range(partitions)) and sizes == {partitions // len(self.members)}

    def numbers(self):
        """The values received, sorted; a record counts once, however often a rebalance brought it again."""
        records = {(record.partition, record.offset): int(record.value) for record in self.received}
        return sorted(records.values())

    def commit(self):
        for agent in self.members.values():
            agent.call("commit")

    def close(self):
        for member in list(self.members):
            self.leave(member)


class Context:
    """One client's run: its agent, the broker, and the names made for it."""

    def __init__(self, broker, command):
        self.broker, self.command = broker, command
        self.agent = Agent(command, broker.address)

    def can(self, ability):
        return ability not in self.agent.lacks

    def new_topic(self, kind, partitions=1, **configs):
        topic = name(kind)
        self.agent.call("create_topic", topic=topic, partitions=partitions, configs=configs)
        if self.broker.external:  # Kafka says so before every client can see it
            until("the topic is there", 30, lambda: self.agent.call("list_topics").count(topic))
        return topic


def odd_records(context):
    """Records that a careless broker changes: empty against null, binary, repeated headers, order."""
    records = [
        Record(b"plain"),
        Record(b"with a key", key=b"key"),
        Record(b"", key=b"empty value"),
        Record(bytes(range(256)) * 4, key=bytes(range(255, -1, -1))),
        Record(b"\xf0\x9f\x8c\x8a" * 1000, key=b"long", headers=[("one", b"1")]),
        Record(b"headers", key=b"h", headers=[("b", b"2"), ("a", b"1"), ("b", b"3"), ("empty", b"")]),
    ]
    if not context.can("repeated_headers"):
        records[-1].headers = [("b", b"2"), ("a", b"1"), ("empty", b"")]
    if context.can("empty_key"):
        records.append(Record(b"empty key", key=b""))
    if context.can("null_value"):
        records.append(Record(None, key=b"tombstone"))
    if context.can("null_header"):
        records.append(Record(b"null header", headers=[("nothing", None)]))
    if not context.can("headers"):
        records = [Record(r.value, r.key) for r in records]
    return records


def step_topics(context):
    agent, topic = context.agent, context.new_topic("topics", 3)
    check(topic in agent.call("list_topics"), "the new topic is in the list")
    equal(agent.call("describe_topic", topic=topic), 3, "its partitions")
    fails_with(
        {TOPIC_EXISTS},
        "the same topic again",
        agent.call,
        "create_topic",
        topic=topic,
        partitions=1,
        configs={},
    )
    fails_with(
        {INVALID_TOPIC}, "a bad name", agent.call, "create_topic", topic="no/slash", partitions=1, configs={}
    )
    fails_with(
        {UNKNOWN_TOPIC}, "deleting an unknown topic", agent.call, "delete_topic", topic=name("unknown")
    )
    agent.call("delete_topic", topic=topic)
    until("the topic is gone", 10, lambda: topic not in agent.call("list_topics"))


def step_add_partitions(context):
    agent, topic = context.agent, context.new_topic("grow", 1)
    agent.call("add_partitions", topic=topic, total=4)
    until("four partitions", 10, lambda: agent.call("describe_topic", topic=topic) == 4)
    equal(agent.produce(topic, [Record(b"new", partition=3)]), [0], "an offset in a new partition")
    fails_with({INVALID_PARTITIONS}, "shrinking", agent.call, "add_partitions", topic=topic, total=2)


def step_configs(context):
    agent, topic = context.agent, context.new_topic("configs", 1, **{"retention.ms": "3600000"})
    equal(agent.call("describe_config", topic=topic, key="retention.ms"), "3600000", "as created")
    agent.call("alter_config", topic=topic, key="retention.ms", value="7200000")
    equal(agent.call("describe_config", topic=topic, key="retention.ms"), "7200000", "as altered")
    fails_with(
        {INVALID_CONFIG},
        "a bad value",
        agent.call,
        "alter_config",
        topic=topic,
        key="retention.ms",
        value="soon",
    )


def step_codecs(context):
    agent = context.agent
    for codec in agent.codecs:
        topic, sent = context.new_topic("codec-" + codec), odd_records(context)
        sent += [Record(b"filler %d " % n * 20, key=b"%d" % n) for n in range(200)]
        equal(agent.produce(topic, sent, codec), list(range(len(sent))), f"offsets with {codec}")
        got = agent.consume(topic, 0, 0, len(sent))
        equal([r.content() for r in got], [r.content() for r in sent], f"records with {codec}")
        equal([r.offset for r in got], list(range(len(sent))), f"offsets read with {codec}")
        middle = agent.consume(topic, 0, 57, 10)
        equal([r.offset for r in middle], list(range(57, 67)), f"from the middle of a batch with {codec}")


def step_idempotent(context):
    agent, topic = context.agent, context.new_topic("idempotent", 2)
    sent = [Record(b"%d" % n, key=b"k", partition=n % 2) for n in range(500)]
    offsets = agent.produce(topic, sent, idempotent=True)
    equal(offsets, [n // 2 for n in range(500)], "offsets")
    for partition in (0, 1):
        got = agent.consume(topic, partition, 0, 250)
        equal([r.value for r in got], [b"%d" % n for n in range(partition, 500, 2)], "order")
        if context.can("describe_producers"):
            known = agent.call("describe_producers", topic=topic, partition=partition)
            equal(known, [249], "the last sequence of the one producer")


def step_times(context):
    agent, topic = context.agent, context.new_topic("times")
    agent.produce(topic, [Record(b"%d" % n, timestamp=BASE_TIME_MS + 1000 * n) for n in range(10)])
    equal(
        [r.timestamp for r in agent.consume(topic, 0, 0, 10)],
        [BASE_TIME_MS + 1000 * n for n in range(10)],
        "kept",
    )
    cases = {BASE_TIME_MS - 5: 0, BASE_TIME_MS + 3000: 3, BASE_TIME_MS + 3001: 4, -2: 0, -1: 10}
    for timestamp, offset in cases.items():
        got = agent.call("list_offset", topic=topic, partition=0, timestamp=timestamp)
        equal(got, offset, f"offset at {timestamp}")
    after = agent.call("list_offset", topic=topic, partition=0, timestamp=BASE_TIME_MS + 999_000)
    check(after in (-1, 10, None), f"offset after the end is {after}")  # some clients turn -1 into the end


def step_delete_records(context):
    agent, topic = context.agent, context.new_topic("trim")
    agent.produce(topic, [Record(b"%d" % n) for n in range(20)])
    agent.call("delete_records", topic=topic, partition=0, offset=7)
    equal(agent.call("list_offset", topic=topic, partition=0, timestamp=-2), 7, "the first offset")
    equal([r.offset for r in agent.consume(topic, 0, 7, 13)], list(range(7, 20)), "what is left")
    fails_with(
        {OFFSET_OUT_OF_RANGE},
        "past the end",
        agent.call,
        "delete_records",
        topic=topic,
        partition=0,
        offset=100,
    )


def step_errors(context):
    agent, topic = context.agent, context.new_topic("errors", 1, **{"max.message.bytes": "2000"})
    fails_with({MESSAGE_TOO_LARGE}, "an oversize message", agent.produce, topic, [Record(b"x" * 5000)])
    equal(agent.produce(topic, [Record(b"x" * 500)]), [0], "a message that fits, after it")
    if context.can("out_of_range"):
        fails_with({OFFSET_OUT_OF_RANGE, -140}, "a fetch past the end", agent.consume, topic, 0, 12345, 1)
    if context.can("unknown_partition"):
        fails_with(
            {UNKNOWN_TOPIC, -190}, "an unknown partition", agent.produce, topic, [Record(b"x", partition=9)]
        )


def produce_numbers(context, topic, numbers, partitions):
    records = [Record(b"%d" % n, key=b"%d" % (n % 7), partition=n % partitions) for n in numbers]
    context.agent.produce(topic, records, idempotent=True)  # so that a retry repeats nothing


def step_group(context):
    """Three members share six partitions; one leaves; after a kill -9 all go on from the commit."""
    partitions, topic = 6, context.new_topic("group", 6)
    group = Group(context, name("group"), topic)
    produce_numbers(context, topic, range(300), partitions)
    for member in ("a", "b", "c"):
        group.join(member)
    group.poll_until("three share six partitions", lambda: group.shared_evenly(partitions))
    group.poll_until("300 records", lambda: len({r.value for r in group.received}) == 300)
    group.commit()
    group.leave("c")
    group.poll_until("two share six partitions", lambda: group.shared_evenly(partitions))
    group.received.clear()
    produce_numbers(context, topic, range(300, 360), partitions)
    group.poll_until("60 more records", lambda: len(group.numbers()) >= 60)
    equal(group.numbers(), list(range(300, 360)), "only what is new")
    group.commit()
    if context.can("groups"):
        check_group_admin(context, group, topic, partitions)
    context.broker.restart()
    produce_numbers(context, topic, range(360, 420), partitions)
    group.received.clear()
    group.poll_until("60 more after the restart", lambda: len(group.numbers()) >= 60)
    equal(group.numbers(), list(range(360, 420)), "only what is new after the restart")
    group.commit()
    group.close()
    go_on_from_commit(context, group.group, topic, partitions)


def check_group_admin(context, group, topic, partitions):
    agent = context.agent
    check(group.group in agent.call("list_groups"), "the group is in the list")
    described = agent.call("describe_group", group=group.group)
    equal((described["state"].lower(), described["members"]), ("stable", 2), "the group described")
    committed = agent.call("committed", group=group.group, topic=topic)
    equal({int(p): offset for p, offset in committed.items()}, {p: 60 for p in range(partitions)}, "commits")
    fails_with(
        {NON_EMPTY_GROUP}, "deleting a group with members", agent.call, "delete_group", group=group.group
    )


def go_on_from_commit(context, group_name, topic, partitions):
    """A broker restarted while the group is empty still has its commits; a new member starts there."""
    context.broker.restart()
    produce_numbers(context, topic, range(420, 450), partitions)
    group = Group(context, group_name, topic)
    group.join("d")
    group.poll_until("30 records for the new member", lambda: len(group.numbers()) >= 30)
    equal(group.numbers(), list(range(420, 450)), "from the commit on")
    group.commit()
    group.close()
    if context.can("groups"):
        # a new agent: librdkafka's admin client never asks again for a coordinator whose connection broke
        with Agent(context.command, context.broker.address) as admin:
            until(
                "the group is empty",
                30,
                lambda: admin.call("describe_group", group=group_name)["state"].lower() == "empty",
            )
            admin.call("delete_group", group=group_name)
            check(group_name not in admin.call("list_groups"), "a deleted group is gone from the list")


def step_restart(context):
    """What was acknowledged before a kill -9 is there after it, and the same client goes on."""
    agent, topic = context.agent, context.new_topic("restart")
    agent.produce(topic, [Record(b"%d" % n) for n in range(100)])
    context.broker.restart()
    equal(
        agent.produce(topic, [Record(b"%d" % n) for n in range(100, 120)]),
        list(range(100, 120)),
        "offsets go on",
    )
    equal(
        [r.value for r in agent.consume(topic, 0, 0, 120)], [b"%d" % n for n in range(120)], "all are there"
    )


STEPS = {
    "topics": step_topics,
    "partitions": step_add_partitions,
    "configs": step_configs,
    "codecs": step_codecs,
    "idempotent": step_idempotent,
    "times": step_times,
    "delete_records": step_delete_records,
    "errors": step_errors,
    "group": step_group,
    "restart": step_restart,
}


def run(broker, command, only=()):
    """Every step that this client can do, in order; the first that fails raises."""
    context = Context(broker, command)
    print(f"{context.agent.client} against {broker.address}; codecs {', '.join(context.agent.codecs)}")
    for step, function in STEPS.items():
        if only and step not in only:
            continue
        if not context.can(step):
            print(f"  {step}: not in this client")
            continue
        begin = time.monotonic()
        function(context)
        print(f"  {step}: ok, {time.monotonic() - begin:.1f} s")
        sys.stdout.flush()
    context.agent.close()

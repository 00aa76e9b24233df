"""What a rebalance leaves alone: cooperative members keep most of what they have, static ones all of it."""

import broker
import toolchain
from scenario import Context, Group, check, equal, name, produce_numbers

PARTITIONS = 6


def shared(context, settings, *members):
    """A group whose members share the partitions evenly. settings: {member: librdkafka's}."""
    topic = context.new_topic("rebalances", PARTITIONS)
    group = Group(context, name("group"), topic)
    for member in members:
        group.join(member, settings=settings(member))
        wait_for_shares(group, f"{len(group.members)} share")
    return group


def wait_for_shares(group, what):
    group.poll_until(what, lambda: group.shared_evenly(PARTITIONS))


def owned(group, member):
    return [partition for _, partition in group.assigned[member]]


def rebalances(group, member):
    return group.members[member].call("rebalances")


def cooperative(context):
    """A newcomer takes what it is to have, and nobody stops reading the rest (KIP-429)."""

    def settings(_):
        return {"partition.assignment.strategy": "cooperative-sticky"}

    group = shared(context, settings, "a", "b")
    before = {member: set(owned(group, member)) for member in "ab"}
    counted = {member: len(rebalances(group, member)["taken"]) for member in "ab"}
    group.join("c", settings=settings("c"))
    wait_for_shares(group, "three share")
    for member in "ab":
        taken = [p for round in rebalances(group, member)["taken"][counted[member] :] for p in round]
        equal(len(taken), 1, f"partitions taken from {member}")
        equal(set(owned(group, member)), before[member] - set(taken), f"{member} keeps the others")
    group.leave("c")
    wait_for_shares(group, "two share again")
    produce_numbers(context, group.topic, range(60), PARTITIONS)
    group.poll_until("60 records", lambda: len(group.numbers()) == 60)
    group.close()
    print("cooperative: two of three partitions kept on each side")


def static(context):
    """A member that is killed and comes back by its name gets its partitions; nobody notices (KIP-345)."""

    def settings(member):
        return {"group.instance.id": f"instance-{member}", "session.timeout.ms": 45000}

    group = shared(context, settings, "a", "b", "c")
    before = {member: owned(group, member) for member in "abc"}
    counted = {member: rebalances(group, member) for member in "ac"}
    produce_numbers(context, group.topic, range(60), PARTITIONS)
    group.poll_until("60 records", lambda: len(group.numbers()) == 60)
    group.commit()
    killed = group.members.pop("b")
    killed.process.kill()
    killed.process.wait()
    produce_numbers(context, group.topic, range(60, 120), PARTITIONS)
    group.join("b", settings=settings("b"))
    group.poll_until("60 more records", lambda: len(group.numbers()) == 120)
    equal(group.numbers(), list(range(120)), "each once")
    equal({member: owned(group, member) for member in "abc"}, before, "partitions after b came back")
    equal({member: rebalances(group, member) for member in "ac"}, counted, "nobody else was asked")
    check(context.agent.call("describe_group", group=group.group)["members"] == 3, "three members")
    group.close()
    print("static: b came back to its partitions, a and c did not notice")


def main():
    command = toolchain.python_agent("confluent_agent")
    with broker.start() as server:
        context = Context(server, command)
        cooperative(context)
        static(context)
        context.agent.close()


if __name__ == "__main__":
    main()

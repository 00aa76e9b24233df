"""Behaviours 40-45 and 48: how members come, stay and go, and what a group remembers."""

import time

from behaviour import behaviour, main, same
from calls import LIST_GROUPS
from group_calls import (
    commit,
    delete,
    delete_offset,
    describe,
    fetch_offsets,
    heartbeat,
    join,
    join_9,
    join_new,
    leave,
    leave_3,
    read_join,
    read_sync,
    retry_while_loading,
    send_join,
    send_sync,
    sync,
)
from wire import NO_TAGS, compact, compact_array, i16, i32, string

METADATA_TOO_LARGE, ILLEGAL_GENERATION, INCONSISTENT_PROTOCOL, UNKNOWN_MEMBER, INVALID_SESSION = (
    12,
    22,
    23,
    25,
    26,
)
REBALANCE, NON_EMPTY, GROUP_NOT_FOUND, MEMBER_ID_REQUIRED, FENCED_INSTANCE, SUBSCRIBED = (
    27,
    68,
    69,
    79,
    82,
    86,
)


def subscription(*topics):
    """A consumer's metadata, as the clients write it (version 0)."""
    return i16(0) + i32(len(topics)) + b"".join(string(topic) for topic in topics) + i32(-1)


class Member:
    """One member on a connection of its own."""

    def __init__(self, world, group, **options):
        self.connection, self.group, self.options = world.connect(), group, options

    def join(self):
        self.take(join_new(self.connection, self.group, **self.options))
        return self

    def take(self, joined):
        same(joined["error"], 0, "joining")
        self.generation, self.id, self.joined = joined["generation"], joined["member"], joined

    def sync(self, assignments=None):
        return sync(self.connection, self.group, self.generation, self.id, assignments)

    def heartbeat(self):
        return heartbeat(self.connection, self.group, self.generation, self.id)

    def rejoin(self):
        send_join(self.connection, self.group, self.id, **self.options)


def stable_pair(world, **options):
    """A group with a leader and a follower, both with an assignment."""
    group = world.name("group")
    leader = Member(world, group, **options).join()
    leader.sync({leader.id: b"all"})
    follower = Member(world, group, **options)
    first = join(follower.connection, group, **options)
    send_join(follower.connection, group, first["member"], **options)
    while leader.heartbeat() != REBALANCE:
        pass
    leader.rejoin()
    leader.take(read_join(leader.connection))
    follower.take(read_join(follower.connection))
    send_sync(follower.connection, group, follower.generation, follower.id)
    same(leader.sync({leader.id: b"one", follower.id: b"two"}), (0, b"one"))
    same(read_sync(follower.connection), (0, b"two"))
    return leader, follower


@behaviour(
    40, "a first join without a member id is MEMBER_ID_REQUIRED and names one; with it the join goes through"
)
def member_id_required(world):
    connection, group = world.connect(), world.name("group")
    error, *_ = retry_while_loading(lambda: (join(connection, group)["error"],))
    same(error, MEMBER_ID_REQUIRED)
    first = join(connection, group)
    assert first["member"], first
    joined = join(connection, group, first["member"])
    same(
        (joined["error"], joined["member"], joined["leader"], joined["protocol"]),
        (0, first["member"], first["member"], "range"),
    )
    same([member for member, _, _ in joined["members"]], [first["member"]])
    same(join(world.connect(), group, "nobody-0000")["error"], UNKNOWN_MEMBER)


@behaviour(40, "the first generation of an empty group waits for more members, and so has all who came")
def first_generation(world):
    group, begin = world.name("group"), time.monotonic()
    members = [Member(world, group) for _ in range(3)]
    for member in members:
        first = join(member.connection, group)
        while first["error"] in (14, 15, 16):
            first = join(member.connection, group)
        same(first["error"], MEMBER_ID_REQUIRED)
        send_join(member.connection, group, first["member"])
    for member in members:
        member.take(read_join(member.connection))
    assert time.monotonic() - begin > 2.5, "group.initial.rebalance.delay.ms is 3 s"
    same([member.generation for member in members], [1] * 3)
    same(sorted(len(member.joined["members"]) for member in members), [0, 0, 3])


@behaviour(
    41, "only the leader gets the member list; the generation grows; the protocol is one that all have"
)
def leader_list(world):
    leader, follower = stable_pair(world)
    same(len(leader.joined["members"]), 2)
    same(follower.joined["members"], [])
    same((leader.generation, follower.joined["leader"]), (follower.generation, leader.id))


@behaviour(41, "protocols that do not fit, and session timeouts out of bounds, are refused")
def refused_joins(world):
    leader = Member(world, world.name("group"), protocols=[("range", b"r"), ("sticky", b"s")]).join()
    connection = world.connect()
    same(join_new(connection, leader.group, protocols=[("other", b"")])["error"], INCONSISTENT_PROTOCOL)
    same(join_new(connection, leader.group, protocol_type="connect")["error"], INCONSISTENT_PROTOCOL)
    same(join_new(connection, world.name("group"), protocols=[])["error"], INCONSISTENT_PROTOCOL)
    for session_ms in (10, 31 * 60 * 1000):
        same(join_new(connection, world.name("group"), session_ms=session_ms)["error"], INVALID_SESSION)


@behaviour(42, "heartbeats: 22 for another generation, 25 for a stranger; SyncGroup gives each its part")
def heartbeats(world):
    leader, follower = stable_pair(world)
    same([leader.heartbeat(), follower.heartbeat()], [0, 0])
    same(heartbeat(leader.connection, leader.group, leader.generation + 5, leader.id), ILLEGAL_GENERATION)
    same(heartbeat(leader.connection, leader.group, leader.generation, "stranger"), UNKNOWN_MEMBER)
    same(heartbeat(leader.connection, world.name("group"), 1, "stranger"), UNKNOWN_MEMBER)
    same(sync(leader.connection, leader.group, leader.generation + 1, leader.id)[0], ILLEGAL_GENERATION)
    same(follower.sync(), (0, b"two"), "a later sync")


@behaviour(42, "a member that leaves sets the others rebalancing; parked syncs are told so")
def leaving(world):
    leader, follower = stable_pair(world)
    same(leave(follower.connection, follower.group, follower.id), 0)
    same(leader.heartbeat(), REBALANCE)
    same(sync(leader.connection, leader.group, leader.generation, leader.id)[0], REBALANCE)
    leader.rejoin()
    leader.take(read_join(leader.connection))
    same([member for member, _, _ in leader.joined["members"]], [leader.id])
    same(leave(follower.connection, follower.group, follower.id), UNKNOWN_MEMBER)


@behaviour(42, "a sync that waits for the leader's shares is told when a newcomer makes them worthless")
def parked_sync(world):
    leader, follower = stable_pair(world)
    send_join(follower.connection, follower.group, follower.id, protocols=[("range", b"changed")])
    while leader.heartbeat() != REBALANCE:
        pass
    leader.rejoin()
    leader.take(read_join(leader.connection))
    follower.take(read_join(follower.connection))
    send_sync(follower.connection, follower.group, follower.generation, follower.id)
    newcomer = world.connect()
    first = join(newcomer, leader.group)
    send_join(newcomer, leader.group, first["member"])
    same(read_sync(follower.connection)[0], REBALANCE)
    same(sync(leader.connection, leader.group, leader.generation, leader.id)[0], REBALANCE)


@behaviour(42, "a member that stays silent for its session timeout is dropped")
def session_timeout(world):
    leader, follower = stable_pair(world, session_ms=6000)
    while leader.heartbeat() == 0:
        pass
    leader.rejoin()
    leader.take(read_join(leader.connection))
    same([member for member, _, _ in leader.joined["members"]], [leader.id])
    same(follower.heartbeat(), UNKNOWN_MEMBER)


@behaviour(
    43, "a follower's rejoin with the same metadata changes nothing; changed metadata starts a rebalance"
)
def rejoins(world):
    leader, follower = stable_pair(world)
    again = join(follower.connection, follower.group, follower.id)
    same((again["error"], again["generation"]), (0, follower.generation))
    same(leader.heartbeat(), 0)
    send_join(follower.connection, follower.group, follower.id, protocols=[("range", b"changed")])
    while leader.heartbeat() == 0:
        pass
    same(leader.heartbeat(), REBALANCE)


@behaviour(43, "a static member that comes back takes its place without a rebalance; the older one is fenced")
def static_member(world):
    group, connection = world.name("group"), world.connect()
    first = join_new(connection, group, instance="i-1")
    same(first["error"], 0)
    sync(connection, group, first["generation"], first["member"], {first["member"]: b"mine"}, "i-1")
    back = world.connect()
    second = join(back, group, instance="i-1")
    same((second["error"], second["generation"]), (0, first["generation"]))
    assert second["member"] != first["member"], "the same member id again"
    same(heartbeat(connection, group, first["generation"], first["member"], "i-1"), FENCED_INSTANCE)
    same(sync(back, group, second["generation"], second["member"], None, "i-1"), (0, b"mine"))


@behaviour(43, "a static leader that comes back is told to leave the shares as they are, if it understands")
def static_leader(world):
    group, connection = world.name("group"), world.connect()
    first = join_new(connection, group, instance="i-1")
    sync(connection, group, first["generation"], first["member"], {first["member"]: b"mine"}, "i-1")
    back = world.connect()
    second = join_9(back, group, "", "i-1")
    same((second["error"], second["generation"], second["skip"]), (0, first["generation"], 1))
    same((second["leader"], len(second["members"])), (second["member"], 1))
    same(sync(back, group, second["generation"], second["member"], None, "i-1"), (0, b"mine"))


@behaviour(43, "a static member goes by its name alone, as an administrator says it; each is answered for")
def static_leaves(world):
    group, connection = world.name("group"), world.connect()
    member = join_new(connection, group, instance="i-1")
    sync(connection, group, member["generation"], member["member"], {member["member"]: b""}, "i-1")
    answers = leave_3(world.connect(), group, ("", "i-2"), ("nobody", None), ("nobody", "i-1"))
    errors = [UNKNOWN_MEMBER, UNKNOWN_MEMBER, FENCED_INSTANCE]
    same(answers, [("", "i-2", errors[0]), ("nobody", None, errors[1]), ("nobody", "i-1", errors[2])])
    same(heartbeat(connection, group, member["generation"], member["member"], "i-1"), 0)
    same(leave_3(world.connect(), group, ("", "i-1")), [("", "i-1", 0)])
    same(heartbeat(connection, group, member["generation"], member["member"], "i-1"), UNKNOWN_MEMBER)
    same(describe(world.connect(), group)["state"], "Empty")


@behaviour(44, "commits: by outsiders only while the group is empty, by members only in their generation")
def who_may_commit(world):
    topic, connection, group = world.topic(), world.connect(), world.name("group")
    same(commit(connection, group, topic, 5), 0, "a simple consumer")
    member = Member(world, group).join()
    same(commit(connection, group, topic, 6), UNKNOWN_MEMBER, "an outsider while there are members")
    member.sync({member.id: b""})
    same(commit(connection, group, topic, 7, member.generation, member.id), 0, "a member")
    same(commit(connection, group, topic, 8, member.generation + 3, member.id), ILLEGAL_GENERATION)
    same(commit(connection, group, topic, 8, member.generation, "stranger"), UNKNOWN_MEMBER)
    same(commit(connection, world.name("group"), topic, 8, 4, "stranger"), ILLEGAL_GENERATION)
    same(fetch_offsets(connection, group, {topic: [0]})[1][topic][0][0], 7)


@behaviour(44, "between the join and the leader's shares nobody commits: REBALANCE_IN_PROGRESS")
def commit_while_sharing(world):
    topic, member = world.topic(), Member(world, world.name("group")).join()
    asked = (member.connection, member.group, topic, 1, member.generation, member.id)
    same(commit(*asked), REBALANCE)
    member.sync({member.id: b""})
    same(commit(*asked), 0)


@behaviour(45, "the leader epoch of a commit comes back, -1 for one that had none")
def committed_epoch(world):
    topic, connection, group = world.topic(), world.connect(), world.name("group")
    for epoch in (0, -1):
        same(commit(connection, group, topic, 5, epoch=epoch), 0)
        found = fetch_offsets(connection, group, {topic: [0]}, with_epoch=True)[1][topic][0]
        same(found, (5, "", 0, epoch))


@behaviour(44, "a commit is as good as a heartbeat")
def commit_keeps_alive(world):
    topic, member = world.topic(), Member(world, world.name("group"), session_ms=6000).join()
    member.sync({member.id: b""})
    end = time.monotonic() + 9
    while time.monotonic() < end:
        same(commit(member.connection, member.group, topic, 1, member.generation, member.id), 0)
        time.sleep(0.5)
    same(member.heartbeat(), 0)


@behaviour(44, "metadata above 4096 bytes is OFFSET_METADATA_TOO_LARGE; null metadata is stored as empty")
def commit_metadata(world):
    topic, connection, group = world.topic(), world.connect(), world.name("group")
    same(commit(connection, group, topic, 1, metadata="x" * 4097), METADATA_TOO_LARGE)
    same(commit(connection, group, topic, 1, metadata="y" * 4096), 0)
    same(fetch_offsets(connection, group, {topic: [0]})[1][topic][0], (1, "y" * 4096, 0))
    same(commit(connection, group, topic, 2, metadata=None), 0)
    same(fetch_offsets(connection, group, {topic: [0]})[1][topic][0], (2, "", 0))


@behaviour(45, "no commit is offset -1 without an error; null topics are all commits; they survive a kill -9")
def fetched_offsets(world):
    topic, other, connection, group = world.topic(), world.topic(), world.connect(), world.name("group")
    same(fetch_offsets(connection, group, {topic: [0, 3]}), (0, {topic: {0: (-1, "", 0), 3: (-1, "", 0)}}))
    same(fetch_offsets(connection, group, None), (0, {}))
    commit(connection, group, topic, 11, metadata="note")
    commit(connection, group, other, 12)
    wanted = (0, {topic: {0: (11, "note", 0)}, other: {0: (12, "", 0)}})
    same(fetch_offsets(connection, group, None), wanted)
    same(fetch_offsets(connection, group, {})[1], {}, "an empty list of topics")
    world.restart()
    same(fetch_offsets(world.connect(), group, None), wanted, "after the restart")


@behaviour(
    45, "a group's members and generation survive a kill -9 too, or its members are told to join again"
)
def members_survive(world):
    leader, follower = stable_pair(world, session_ms=60000)
    world.restart()
    for member in (leader, follower):
        member.connection = world.connect()
        error, *_ = retry_while_loading(lambda: (member.heartbeat(),))
        assert error in (0, UNKNOWN_MEMBER, REBALANCE), error


@behaviour(48, "groups described: states, Dead for one that is not there; deleted only when empty")
def administration(world):
    leader, follower = stable_pair(world, protocols=[("range", subscription("some-topic"))])
    connection, group = world.connect(), leader.group
    found = describe(connection, group)
    same(
        (found["error"], found["state"], found["type"], found["protocol"], len(found["members"])),
        (0, "Stable", "consumer", "range", 2),
    )
    same(sorted(m[0] for m in found["members"]), sorted([leader.id, follower.id]))
    found = describe(connection, world.name("group"))
    same((found["error"], found["state"]), (0, "Dead"))
    same(delete(connection, group), NON_EMPTY)
    same(delete(connection, world.name("group")), GROUP_NOT_FOUND)
    for member in (leader, follower):
        leave(member.connection, group, member.id)
    same(describe(connection, group)["state"], "Empty")
    same(delete(connection, group), 0)
    same(describe(connection, group)["state"], "Dead")


@behaviour(48, "a group's states on its way: CompletingRebalance, Stable, PreparingRebalance")
def states(world):
    connection, member = world.connect(), Member(world, world.name("group")).join()
    same(describe(connection, member.group)["state"], "CompletingRebalance")
    member.sync({member.id: b""})
    same(describe(connection, member.group)["state"], "Stable")
    newcomer = world.connect()
    send_join(newcomer, member.group, join(newcomer, member.group)["member"])
    while member.heartbeat() != REBALANCE:
        pass
    found = describe(connection, member.group)
    same((found["state"], found["protocol"]), ("PreparingRebalance", ""))


@behaviour(48, "ListGroups filters by state, whatever its case")
def list_groups(world):
    topic, connection, group = world.topic(), world.connect(), world.name("group")
    commit(connection, group, topic, 1)

    def listed(*states):
        reply = connection.ask(
            LIST_GROUPS, 4, compact_array([compact(s) for s in states]) + b"\0", flexible=True
        )
        reply.i32()
        same(reply.i16(), 0)

        def one(r):
            entry = r.compact(), r.compact(), r.compact()
            r.tags()
            return entry

        return {name: state for name, _, state in reply.compact_array(one)}

    same(listed().get(group), "Empty")
    same(listed("eMPTy").get(group), "Empty")
    assert group not in listed("Stable")


@behaviour(48, "ListGroups filters by type, whatever its case; a classic group is called so")
def list_types(world):
    topic, connection, group = world.topic(), world.connect(), world.name("group")
    commit(connection, group, topic, 1)

    def listed(*types):
        asked = compact_array([]) + compact_array([compact(each) for each in types]) + NO_TAGS
        reply = connection.ask(LIST_GROUPS, 5, asked, flexible=True)
        reply.i32()
        same(reply.i16(), 0)
        found = reply.compact_array(lambda r: [r.compact() for _ in range(4)] + [r.tags()])
        return {name: kind for name, _, _, kind, _ in found}

    same(listed().get(group), "classic")
    same(listed("cLASSic").get(group), "classic")
    assert group not in listed("consumer")


@behaviour(48, "OffsetDelete: refused for a topic that a member subscribes to")
def delete_offsets(world):
    topic, other, connection = world.topic(), world.topic(), world.connect()
    leader, _ = stable_pair(world, protocols=[("range", subscription(topic))])
    for name in (topic, other):
        same(commit(connection, leader.group, name, 3, leader.generation, leader.id), 0)
    same(delete_offset(connection, leader.group, topic), (0, SUBSCRIBED))
    same(delete_offset(connection, leader.group, other), (0, 0))
    same(sorted(fetch_offsets(connection, leader.group, None)[1]), [topic])


if __name__ == "__main__":
    main()

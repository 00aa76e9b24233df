"""The requests of consumer groups, at one version each, as calls on a connection."""

import calls
from wire import NO_TAGS, array, blob, compact, compact_array, i32, i64, string, uvarint


def retry_while_loading(ask):
    """A coordinator that still loads, or a group whose place is not known yet, is asked again."""
    while True:
        error, *rest = ask()
        if error not in (14, 15, 16):
            return error, *rest


def join(connection, group, member="", **options):
    """JoinGroup v5: dict(error, generation, protocol, leader, member, members)."""
    send_join(connection, group, member, **options)
    return read_join(connection)


def send_join(
    connection,
    group,
    member="",
    protocols=(("range", b"meta"),),
    session_ms=10000,
    rebalance_ms=5000,
    instance=None,
    version=5,
    protocol_type="consumer",
):
    body = string(group) + i32(session_ms) + i32(rebalance_ms) + string(member) + string(instance)
    body += string(protocol_type) + array([string(name) + blob(data) for name, data in protocols])
    connection.send(calls.JOIN, version, body)


def read_join(connection):
    _, reply = connection.receive()
    reply.i32()
    found = dict(
        error=reply.i16(),
        generation=reply.i32(),
        protocol=reply.string(),
        leader=reply.string(),
        member=reply.string(),
    )
    found["members"] = reply.array(lambda r: (r.string(), r.string(), r.blob()))
    reply.end()
    return found


def join_new(connection, group, **options):
    """Joins as a client does: asks for a member id, then joins with it."""
    first = join(connection, group, **options)
    while first["error"] in (14, 15, 16):
        first = join(connection, group, **options)
    if first["error"] != 79:
        return first
    return join(connection, group, first["member"], **options)


def sync(connection, group, generation, member, assignments=None, instance=None):
    """SyncGroup v3: (error, assignment)."""
    send_sync(connection, group, generation, member, assignments, instance)
    return read_sync(connection)


def send_sync(connection, group, generation, member, assignments=None, instance=None):
    given = [string(m) + blob(data) for m, data in (assignments or {}).items()]
    body = string(group) + i32(generation) + string(member) + string(instance) + array(given)
    connection.send(calls.SYNC, 3, body)


def read_sync(connection):
    _, reply = connection.receive()
    reply.i32()
    return reply.i16(), reply.blob()


def heartbeat(connection, group, generation, member, instance=None):
    body = string(group) + i32(generation) + string(member) + string(instance)
    reply = connection.ask(calls.HEARTBEAT, 3, body)
    reply.i32()
    return reply.i16()


def leave(connection, group, member):
    """LeaveGroup v1: the error."""
    reply = connection.ask(calls.LEAVE, 1, string(group) + string(member))
    reply.i32()
    return reply.i16()


def leave_3(connection, group, *members):
    """LeaveGroup v3 of [(member id, instance id)]: [(member id, instance id, error)]."""
    asked = array([string(member) + string(instance) for member, instance in members])
    reply = connection.ask(calls.LEAVE, 3, string(group) + asked)
    reply.i32()
    assert reply.i16() == 0, "LeaveGroup failed as a whole"
    return reply.array(lambda r: (r.string(), r.string(), r.i16()))


def join_9(connection, group, member, instance, protocols=(("range", b"meta"),), session_ms=10000):
    """JoinGroup v9: dict(error, generation, leader, skip, member, members)."""
    body = compact(group) + i32(session_ms) + i32(5000) + compact(member) + compact(instance)
    each = [compact(name) + uvarint(len(data) + 1) + data + NO_TAGS for name, data in protocols]
    body += compact("consumer") + compact_array(each) + compact("a test") + NO_TAGS
    reply = connection.ask(calls.JOIN, 9, body, flexible=True)
    reply.i32()
    found = dict(error=reply.i16(), generation=reply.i32())
    reply.compact(), reply.compact()  # the protocol's type and name
    found |= dict(leader=reply.compact(), skip=reply.i8(), member=reply.compact())

    def one(r):
        entry = r.compact(), r.compact(), r.compact_blob()
        r.tags()
        return entry

    return found | dict(members=reply.compact_array(one))


def commit(
    connection, group, topic, offset, generation=-1, member="", metadata=None, instance=None, epoch=-1
):
    """OffsetCommit v7: the error of partition 0."""
    partition = i32(0) + i64(offset) + i32(epoch) + string(metadata)
    body = string(group) + i32(generation) + string(member) + string(instance)
    body += array([string(topic) + array([partition])])

    def ask():
        reply = connection.ask(calls.OFFSET_COMMIT, 7, body)
        reply.i32()
        return [reply.array(lambda r: (r.string(), r.array(lambda x: (x.i32(), x.i16()))))[0][1][0][1]]

    return retry_while_loading(ask)[0]


def fetch_offsets(connection, group, topics, with_epoch=False):
    """OffsetFetch v5: (error, {topic: {partition: (offset, metadata, error)}}); topics None for all."""
    asked = None if topics is None else [string(t) + array([i32(p) for p in ps]) for t, ps in topics.items()]

    def partition(r):
        index, offset, epoch = r.i32(), r.i64(), r.i32()
        found = offset, r.string(), r.i16()
        return index, (*found, epoch) if with_epoch else found

    def ask():
        reply = connection.ask(calls.OFFSET_FETCH, 5, string(group) + array(asked))
        reply.i32()
        found = dict(reply.array(lambda r: (r.string(), dict(r.array(partition)))))
        return reply.i16(), found

    return retry_while_loading(ask)


def describe(connection, group):
    """DescribeGroups v4: dict(error, state, members)."""

    def member(r):
        return r.string(), r.string(), r.string(), r.string(), r.blob(), r.blob()

    def one(r):
        found = dict(error=r.i16(), group=r.string(), state=r.string(), type=r.string(), protocol=r.string())
        found["members"], found["operations"] = r.array(member), r.i32()
        return found

    reply = connection.ask(calls.DESCRIBE_GROUPS, 4, array([string(group)]) + b"\0")
    reply.i32()
    return reply.array(one)[0]


def delete(connection, group):
    """DeleteGroups v1: the error."""
    reply = connection.ask(calls.DELETE_GROUPS, 1, array([string(group)]))
    reply.i32()
    return reply.array(lambda r: (r.string(), r.i16()))[0][1]


def delete_offset(connection, group, topic):
    """OffsetDelete v0: (error, the error of partition 0)."""
    reply = connection.ask(calls.OFFSET_DELETE, 0, string(group) + array([string(topic) + array([i32(0)])]))
    error, _ = reply.i16(), reply.i32()
    found = reply.array(lambda r: (r.string(), r.array(lambda x: (x.i32(), x.i16()))))
    return error, found[0][1][0][1] if found else None

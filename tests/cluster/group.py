"""Members of a consumer group that log what they commit and what they find committed.

The member that leads deals the partitions out in turn. Each member moves its partitions' offsets on to what
a reader has seen, commits, and now and then looks what is committed.
"""

import asyncio

import protocol
from history import now
from view import FAILURES, Pool

SESSION_MS, REBALANCE_MS = 6000, 3000
PERIOD_S = 0.2
UNKNOWN_MEMBER, REBALANCE_IN_PROGRESS, MEMBER_ID_REQUIRED = 25, 27, 79
SURELY_REFUSED = {14, 15, 16, 22, 25, 27}  # no or another coordinator; not this generation's member


class Refused(Exception):
    """The coordinator's answer says that the member must begin anew."""


class Member:
    def __init__(self, name, group, view, history, positions):
        self.name, self.group, self.view, self.history = name, group, view, history
        self.positions = positions  # of a Consumer
        self.pool = Pool(view)
        self.member, self.generation, self.partitions = "", -1, []
        self.committed = {}
        self.task, self.stopped = None, False

    def start(self):
        self.task = asyncio.ensure_future(self._run())

    def stop(self):
        self.stopped = True
        self.task.cancel()
        self.pool.close()

    async def _run(self):
        node = None
        while not self.stopped:
            try:
                node = await self._coordinator()
                connection = await self.pool.to(node)
                await self._join(connection)
                while not self.stopped:
                    await self._work(connection)
                    await asyncio.sleep(PERIOD_S)
            except (*FAILURES, Refused):
                if node is not None:
                    self.pool.drop(node)
                await asyncio.sleep(PERIOD_S)

    async def _coordinator(self):
        for node in self.view.addresses:
            try:
                error, found = await protocol.find_coordinator(await self.pool.to(node), self.group)
                if error == protocol.NONE and found in self.view.addresses:
                    return found
            except FAILURES:
                self.pool.drop(node)
        raise Refused("no node knows the coordinator")

    async def _join(self, connection):
        joined = await protocol.join_group(connection, self.group, self.member, SESSION_MS, REBALANCE_MS)
        if joined["error"] == MEMBER_ID_REQUIRED:
            self.member = joined["member"]
            joined = await protocol.join_group(connection, self.group, self.member, SESSION_MS, REBALANCE_MS)
        if joined["error"] != protocol.NONE:
            self.member = "" if joined["error"] == UNKNOWN_MEMBER else self.member
            raise Refused(f"join: {joined['error']}")
        self.member, self.generation = joined["member"], joined["generation"]
        given = {}
        if joined["leader"] == self.member:
            members = sorted(joined["members"])
            for i, member in enumerate(members):
                given[member] = bytes(sorted(self.view.partitions)[i :: len(members)])
        error, mine = await protocol.sync_group(
            connection, self.group, self.generation, self.member, given
        )
        if error != protocol.NONE:
            raise Refused(f"sync: {error}")
        self.partitions = list(mine or b"")
        self.committed = await self._look(connection)

    async def _work(self, connection):
        error = await protocol.heartbeat(connection, self.group, self.generation, self.member)
        if error != protocol.NONE:
            self.member = "" if error == UNKNOWN_MEMBER else self.member
            raise Refused(f"heartbeat: {error}")
        for partition in self.partitions:
            if self.positions[partition] > self.committed.get(partition, -1):
                await self._commit(connection, partition, self.positions[partition])
        await self._look(connection)

    async def _commit(self, connection, partition, offset):
        fields, error = dict(group=self.group, partition=partition, offset=offset, t0=now()), None
        try:
            error = await protocol.commit_offset(
                connection, self.group, self.generation, self.member, self.view.topic, partition, offset
            )
        finally:
            result = "ok" if error == protocol.NONE else "fail" if error in SURELY_REFUSED else "info"
            self.history.note("commit", client=self.name, result=result, error=error, t1=now(), **fields)
        if error != protocol.NONE:
            raise Refused(f"commit: {error}")
        self.committed[partition] = offset

    async def _look(self, connection):
        t0 = now()
        error, found = await protocol.fetch_committed(
            connection, self.group, self.view.topic, sorted(self.view.partitions)
        )
        if error != protocol.NONE:
            raise Refused(f"committed offsets: {error}")
        for partition, offset in found.items():
            if offset is not None:
                fields = dict(partition=partition, offset=offset, t0=t0, t1=now())
                self.history.note("committed", client=self.name, group=self.group, **fields)
        return {partition: offset for partition, offset in found.items() if offset is not None}

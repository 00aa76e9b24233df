"""Readers that log what they see: one task a partition, from the first offset on, and never skipping."""

import asyncio

import protocol
import values
from history import now
from view import FAILURES, Pool

RETRY_S = 0.05
LIMIT_S = 3  # for a fetch that waits half a second


class Consumer:
    """Reads every partition, each on its own connections: a fetch that waits must not keep others waiting."""

    def __init__(self, name, view, history):
        self.name, self.view, self.history = name, view, history
        self.position = dict.fromkeys(view.partitions, 0)
        self.pools = []
        self.tasks, self.stopped = [], False

    def start(self):
        self.tasks = [asyncio.ensure_future(self._read(p)) for p in self.view.partitions]

    def stop(self):
        self.stopped = True
        for task in self.tasks:
            task.cancel()
        for pool in self.pools:
            pool.close()

    async def _read(self, partition):
        pool = Pool(self.view)
        self.pools.append(pool)
        seen_high = None
        while not self.stopped:
            node = self.view.leader(partition)
            if node is None:
                await self.view.wait()
                continue
            try:
                seen_high = await self._fetch(pool, partition, node, seen_high)
            except FAILURES:
                pool.drop(node)
                await asyncio.sleep(RETRY_S)

    async def _fetch(self, pool, partition, node, seen_high):
        """One fetch; logs it if it brought something new. Returns the high watermark."""
        position, connection = self.position[partition], await pool.to(node)
        t0 = now()
        asked = protocol.fetch(connection, self.view.topic, partition, position)
        error, high, start, data = await asyncio.wait_for(asked, LIMIT_S)
        about = dict(client=self.name, partition=partition, node=node, t0=t0, t1=now())
        if error == protocol.OFFSET_OUT_OF_RANGE:
            self.history.note("refused", offset=position, error=error, **about)
            await asyncio.sleep(RETRY_S)
        elif error != protocol.NONE:
            await self.view.wait(RETRY_S)
            await asyncio.sleep(RETRY_S)
        elif data or high != seen_high:
            self._take(about, position, high, start, data)
        return high if error == protocol.NONE else seen_high

    def _take(self, about, position, high, start, data):
        runs, damaged = values.runs(data, about["partition"], position)
        fields = {"from": position, "damaged": damaged} if damaged else {"from": position}
        self.history.note("read", high=high, start=start, runs=runs, **fields, **about)
        if runs:
            self.position[about["partition"]] = runs[-1][0] + runs[-1][3]


async def read_all(view, history, partition, end):
    """The whole partition, once more, from its leader: the run's last word. Returns where it ended."""
    reader, pool, position = Consumer("final", view, history), Pool(view), 0
    try:
        while position < end:
            node = view.leader(partition)
            t0 = now()
            asked = protocol.fetch(await pool.to(node), view.topic, partition, position)
            error, high, start, data = await asyncio.wait_for(asked, LIMIT_S)
            if error != protocol.NONE or not data:
                return position
            about = dict(client="final", partition=partition, node=node, t0=t0, t1=now(), final=True)
            reader._take(about, position, high, start, data)
            if reader.position[partition] == position:
                return position
            position = reader.position[partition]
        return position
    finally:
        pool.close()


class OffsetWatcher:
    """Asks every partition's leader for its first and last offset, again and again."""

    PERIOD_S = 0.25

    def __init__(self, view, history):
        self.view, self.history, self.pool = view, history, Pool(view)
        self.task, self.stopped = None, False

    def start(self):
        self.task = asyncio.ensure_future(self._run())

    def stop(self):
        self.stopped = True
        self.task.cancel()
        self.pool.close()

    async def _run(self):
        while not self.stopped:
            await asyncio.gather(*[self._ask(partition) for partition in self.view.partitions])
            await asyncio.sleep(self.PERIOD_S)

    async def _ask(self, partition):
        node = self.view.leader(partition)
        if node is None:
            return
        try:
            connection, t0 = await self.pool.to(node), now()
            ends = [
                await protocol.list_offset(connection, self.view.topic, partition, which)
                for which in (protocol.EARLIEST, protocol.LATEST)
            ]
        except FAILURES:
            self.pool.drop(node)
            return
        if ends[0][0] == protocol.NONE == ends[1][0]:
            fields = dict(start=ends[0][1], end=ends[1][1], t0=t0, t1=now())
            self.history.note("offsets", partition=partition, node=node, **fields)

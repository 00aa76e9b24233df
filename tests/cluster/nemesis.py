"""Carries out a schedule of faults, one after the other, each on whoever has the role when its turn comes."""

import asyncio
import itertools
import random

import faults
import protocol
from history import now
from view import FAILURES

WHOLE_LIMIT_S = 30
PATIENCE_S = 90
LOOK_S = 0.05


class RunFailed(Exception):
    """The cluster is in no state to go on with."""


class Nemesis:
    """`patience_s`: how much longer than it should take to wait before the run is given up."""

    def __init__(self, cluster, view, history, producers, say, patience_s=PATIENCE_S):
        self.cluster, self.nodes, self.network = cluster, cluster.nodes, cluster.network
        self.view, self.history, self.producers, self.say = view, history, producers, say
        self.patience_s, self.watcher = patience_s, None

    async def run(self, plans):
        self.watcher = asyncio.ensure_future(self._watch())
        try:
            for number, plan in enumerate(plans, 1):
                await self._carry_out(number, plan)
                await asyncio.sleep(plan.pause_s)
        finally:
            self.watcher.cancel()

    def others(self, node):
        return [number for number in self.nodes if number != node.number]

    def choose(self, role, plan):
        """The node that has the role now; any, if nobody has."""
        numbers = sorted(self.nodes)
        leader = self.view.leader(plan.partition)
        if role == faults.CONTROLLER:
            number = self.view.controller()
        elif role == faults.FOLLOWER:
            number = random.Random(plan.seed).choice([n for n in numbers if n != leader])
        else:
            number = leader if role == faults.LEADER else None
        return self.nodes[number or random.Random(plan.seed).choice(numbers)]

    async def _carry_out(self, number, plan):
        act, role = faults.KINDS[plan.kind][:2]
        node = self.choose(role, plan)
        record = dict(kind=plan.kind, number=number, seconds=plan.seconds, victims=[node.number], isolated=[])
        record.update(led=self.view.led_by(node.number), t0=now())
        self.say(f"{number}: {plan}, node {node.number}")
        await act(self, node, plan, record)
        record.setdefault("t1", now())
        record["t2"] = now() if await self.until_whole(WHOLE_LIMIT_S, record["t1"]) else None
        self.history.note("fault", **record)
        if record["t2"] is None and not await self.until_whole(self.patience_s):
            raise RunFailed(f"not whole {WHOLE_LIMIT_S + self.patience_s} s after {plan}: {self.state()}")

    async def until_whole(self, limit_s=WHOLE_LIMIT_S, since=None):
        """All replicas in sync, and every partition takes messages; False: not in time."""
        since = now() if since is None else since
        end = now() + limit_s * 10**9
        while not (self.view.is_whole() and self._all_write(since)):
            if now() > end:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    async def reassign(self, partition, replicas, limit_s=WHOLE_LIMIT_S):
        """Asks one node after the other until one takes it; a fault may be going on beside it."""
        numbers, end = sorted(self.nodes), now() + limit_s * 10**9
        for number in itertools.cycle(numbers):
            if await self._takes(self.nodes[number], partition, replicas):
                return
            if now() > end:
                raise RunFailed(f"no node takes a reassignment of partition {partition} to {replicas}")
            await asyncio.sleep(LOOK_S)

    async def _takes(self, node, partition, replicas):
        connection = None
        try:
            connection = await protocol.Connection.open(*node.address)
            return not await protocol.reassign(connection, self.view.topic, partition, replicas)
        except FAILURES:
            return False
        finally:
            if connection:
                connection.close()

    def _all_write(self, since):
        """Whether a message that was sent after this moment is acknowledged, for each partition."""
        return all(
            any(p.acknowledged.get(number, (0, 0))[1] > since for p in self.producers)
            for number in self.view.partitions
        )

    def state(self):
        partitions = {n: (p["leader"], p["isr"]) for n, p in self.view.partitions.items()}
        return f"answering {sorted(self.view.live)}, leaders and in sync {partitions}"

    async def stop_cleanly(self, node):
        if not await asyncio.to_thread(node.terminate):
            self.history.event("no clean stop", f"node {node.number}: {node.log_tail(5)}")

    async def _watch(self):
        """Nodes that end though nothing ended them."""
        while True:
            for node in self.cluster.ended_by_themselves():
                text = f"node {node.number}, status {node.process.returncode}: {node.log_tail()}"
                self.history.event("ended by itself", text)
                self.say(f"  {text}")
                node.start()
                await asyncio.sleep(1)  # or a node that can't start would be started all the time
            await asyncio.sleep(0.1)

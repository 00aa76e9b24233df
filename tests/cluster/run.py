"""One run: start the cluster, let clients work, carry out the faults, read everything once more, judge."""

import asyncio
import os
import sys
import time

import checker
import history
import protocol
import replicas
import report
from consumer import Consumer, OffsetWatcher, read_all
from group import Member
from nemesis import PATIENCE_S, Nemesis, RunFailed
from producer import Producer
from view import FAILURES, View

START_LIMIT_S = 60
FIRST_RETRY_S = 0.2
END_LIMIT_S = 60
GIVEN_UP_LIMIT_S = 5
QUIET_S = 2


class Load:
    """The clients of a run; `rate` messages a second together."""

    def __init__(self, view, log, rate, bug):
        batch = max(1, rate // 400)
        share = rate / batch / 5  # of five producers
        planted = dict(acks=1 if bug == "acks_one" else -1, forget_identity=bug == "no_dedupe")
        self.producers = [Producer(n, view, log, share, batch, **planted) for n in range(1, 5)]
        self.producers.append(Producer(5, view, log, share, batch, idempotent=False))
        self.readers = [Consumer("reader-1", view, log), Consumer("reader-2", view, log)]
        self.watcher = OffsetWatcher(view, log)
        positions = self.readers[0].position
        self.members = [Member(f"member-{n}", "torture-group", view, log, positions) for n in (1, 2)]
        self.tasks = []

    def start(self):
        self.tasks = [asyncio.ensure_future(producer.run()) for producer in self.producers]
        for other in (*self.readers, self.watcher, *self.members):
            other.start()

    async def stop_producers(self, limit_s):
        """Waits until everything is acknowledged; what is not, is noted as unknown."""
        for producer in self.producers:
            producer.stop()
        _, late = await asyncio.wait(self.tasks, timeout=limit_s)
        for task, producer in zip(self.tasks, self.producers):
            if task in late:
                task.cancel()
                producer.give_up()
        return not late

    async def stop_readers(self, ends, limit_s):
        """Waits until they have read all there is."""
        limit = time.monotonic() + limit_s
        behind = True
        while behind and time.monotonic() < limit:
            behind = [r.name for r in self.readers for p, end in ends.items() if r.position[p] < end]
            await asyncio.sleep(0.1)
        for other in (*self.readers, self.watcher, *self.members):
            other.stop()
        return behind


class Run:
    def __init__(self, options, cluster, plans, left_out):
        self.options, self.cluster, self.plans, self.left_out = options, cluster, plans, left_out
        self.history_path = os.path.join(cluster.folder, "history")
        self.history = history.History(self.history_path)
        self.view = View(cluster.addresses(), "torture", self.history)
        self.begin, self.end_limit_s = time.monotonic(), END_LIMIT_S

    def say(self, text):
        print(f"{time.monotonic() - self.begin:7.1f} {text}", flush=True)

    async def execute(self):
        """Carries it all out; anomalies end up in the history."""
        self.cluster.start()
        self.view.start()
        await self._until_ready()
        load = Load(self.view, self.history, self.options.rate, self.options.bug)
        load.start()
        patience_s = 0 if self.options.bug else PATIENCE_S
        nemesis = Nemesis(
            self.cluster, self.view, self.history, load.producers, self.say, patience_s
        )
        try:
            await nemesis.until_whole(START_LIMIT_S)
            self.cluster.plant_bugs()
            await nemesis.run(self.plans)
        except RunFailed as failure:
            self.end_limit_s = GIVEN_UP_LIMIT_S
            self.history.event("gave up", str(failure))
        self.cluster.network.heal()
        await asyncio.sleep(QUIET_S)
        ends = await self._end(load)
        self.view.stop()
        await asyncio.gather(*map(self._stop_at_the_end, self.cluster.nodes.values()))
        self._compare_replicas(ends)
        self.history.close()

    async def _until_ready(self):
        """Creates the topic, and waits until it has all its replicas."""
        count, settings = len(self.cluster.nodes), self.cluster.flavour.topic_settings
        limit = time.monotonic() + START_LIMIT_S
        while not self.view.is_whole():
            if time.monotonic() > limit:
                tails = "\n".join(node.log_tail() for node in self.cluster.nodes.values())
                raise RunFailed(f"no cluster within {START_LIMIT_S} s: {self.view.live}\n{tails}")
            if any(len(nodes) == count for nodes in self.view.live.values()):
                await self._create_topic(min(3, count), settings)
            await asyncio.sleep(FIRST_RETRY_S)
        self.say(f"{count} nodes and the topic are ready")

    async def _create_topic(self, factor, settings):
        connection = None
        try:
            connection = await protocol.Connection.open(*self.cluster.nodes[1].address)
            await protocol.create_topic(
                connection, self.view.topic, self.options.partitions, factor, settings
            )
        except FAILURES as failure:
            self.say(f"no topic yet: {failure}")
        finally:
            if connection:
                connection.close()

    async def _end(self, load):
        """Nothing is wrong any more: all must be acknowledged and read. Returns {partition: its end}."""
        limit_s = self.end_limit_s
        if not await load.stop_producers(limit_s):
            self.history.event("stuck", f"producers wait {limit_s} s after all is healed")
        found = await asyncio.gather(*map(self._last_offset, self.view.partitions))
        ends = dict(zip(self.view.partitions, found))
        if behind := await load.stop_readers(ends, limit_s):
            self.history.event("stuck", f"{behind} have not read all {limit_s} s after all is healed")
        for partition, end in ends.items():
            position = await read_all(self.view, self.history, partition, end)
            if position != end:
                self.history.event("unreadable", f"partition {partition} ends at {end}, read to {position}")
        return ends

    async def _last_offset(self, partition):
        limit = time.monotonic() + self.end_limit_s
        while time.monotonic() < limit:
            try:
                node = self.cluster.nodes[self.view.leader(partition)]
                connection = await protocol.Connection.open(*node.address)
                error, end = await protocol.list_offset(
                    connection, self.view.topic, partition, protocol.LATEST
                )
                connection.close()
                if error == protocol.NONE:
                    return end
            except (*FAILURES, KeyError):
                pass
            await asyncio.sleep(FIRST_RETRY_S)
        self.history.event("stuck", f"nobody tells where partition {partition} ends")
        return 0

    async def _stop_at_the_end(self, node):
        """All at once: Kafka's nodes don't end without a majority, and write nothing more anyway."""
        if not self.cluster.flavour.stops_alone:
            node.kill()
        elif node.alive() and not await asyncio.to_thread(node.terminate):
            self.history.event("no clean stop", f"node {node.number}: {node.log_tail(5)}")

    def _compare_replicas(self, ends):
        data = {n: node.data for n, node in self.cluster.nodes.items()}
        holders = {number: one["replicas"] for number, one in self.view.partitions.items()}
        for difference in replicas.compare(data, self.view.topic, ends, holders):
            self.history.event("divergence", difference)

    def judge(self):
        """The report's content."""
        operations = history.load(self.history_path)
        about = dict(broker=self.cluster.flavour.name, nodes=len(self.cluster.nodes), seed=self.options.seed)
        about.update(seconds=time.monotonic() - self.begin, left_out=self.left_out, command=sys.argv)
        made = report.make(about, operations, checker.check(operations))
        report.write(made, os.path.join(self.cluster.folder, "report.json"))
        return made

"""Producers that log what they send: one that is idempotent and never gives up, and one that sends once.

Each has a lane for every partition, with its own numbers 0, 1, 2, ... and several batches in flight.
"""

import asyncio
import time

import protocol
import values
from history import now
from view import FAILURES, Pool

WINDOW = 4  # batches in flight; brokers know an idempotent producer's last five
RETRY_S = 0.03
REPLY_LIMIT_S = 10  # longer than any request waits in the broker
SURELY_REFUSED = {3, 19}  # no such topic, too few in sync; not the leader is an answer after an append, too


class Batch:
    """Some numbers on their way; sent again with the same bytes."""

    def __init__(self, first, count, data):
        self.first, self.count, self.data = first, count, data
        self.t0 = self.attempts = 0
        self.future = self.node = None
        self.error = None


class Lane:
    """One producer's way to one partition."""

    def __init__(self, producer, partition, first_due):
        self.producer, self.partition = producer, partition
        self.window, self.next, self.due = [], 0, first_due

    async def run(self):
        while not self.producer.stopping or self.window:
            self._make_due_batches()
            node = self.producer.view.leader(self.partition)
            if node is not None and all(b.node in (None, node) for b in self.window):
                await self._send(node)
                await self._wait()
                done = self._collect()
            else:
                done = False
            if not done:
                await self._take_back()

    def _make_due_batches(self):
        moment, producer = time.monotonic(), self.producer
        while len(self.window) < WINDOW and self.due <= moment and not producer.stopping:
            count = producer.batch_records
            self.window.append(Batch(self.next, count, producer.encode(self.partition, self.next, count)))
            self.next += count
            self.due = max(self.due + producer.interval_s, moment - 5 * producer.interval_s)

    async def _send(self, node):
        """Whatever is not on its way, in order."""
        if all(batch.future for batch in self.window):
            return
        try:
            connection = await self.producer.pool.to(node)
        except FAILURES as error:
            for batch in self.window:
                batch.error = batch.error or str(error)
            return
        for batch in self.window:
            if batch.future is None:
                batch.t0 = batch.t0 or now()
                batch.attempts, batch.node = batch.attempts + 1, node
                batch.future = protocol.produce(
                    connection, self.producer.topic, self.partition, batch.data, self.producer.acks
                )

    async def _wait(self):
        """Until something is answered, a batch is due, or there is another leader."""
        sent = [batch.future for batch in self.window if batch.future]
        limit = max(0.005, min(self.due - time.monotonic(), 0.1)) if len(self.window) < WINDOW else 0.1
        if sent:
            await asyncio.wait(sent, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(limit)

    def _collect(self):
        """Takes what is acknowledged out of the window; False: the rest must be sent again."""
        fine = True
        for batch in list(self.window):
            if batch.future is None:
                fine = False
            elif batch.future.done():
                fine = self._judge(batch) and fine
            elif now() - batch.t0 > REPLY_LIMIT_S * 1e9 * batch.attempts:
                self.producer.pool.drop(batch.node)
                fine = False
        return fine

    def _judge(self, batch):
        if batch.future.exception() is not None:
            error, offset = str(batch.future.exception()), -1
        else:
            error, offset = batch.future.result()
        if error in (protocol.NONE, protocol.DUPLICATE_SEQUENCE):
            self._log(batch, "ok", offset)
            self.window.remove(batch)
            return True
        batch.error = error
        if not self.producer.idempotent:
            self._log(batch, "fail" if error in SURELY_REFUSED else "info")
            self.window.remove(batch)
        return False

    async def _take_back(self):
        """Lets all that is on its way come to an end, and makes ready to send it again, in order."""
        leader = self.producer.view.leader(self.partition)
        for node in {b.node for b in self.window if b.future and not b.future.done()}:
            if node != leader:
                self.producer.pool.drop(node)  # the others' batches on that connection are sent again, too
        sent = [batch.future for batch in self.window if batch.future]
        if sent:
            await asyncio.wait(sent, timeout=REPLY_LIMIT_S)
        for batch in [b for b in self.window if b.future and not b.future.done()]:
            self.producer.pool.drop(batch.node)  # which answers the future
        for batch in [b for b in self.window if b.future]:
            self._judge(batch)
        for batch in self.window:
            batch.future = batch.node = None
        await self.producer.view.wait(RETRY_S)
        await asyncio.sleep(RETRY_S)

    def _log(self, batch, result, offset=-1):
        self.producer.log(self.partition, batch, result, offset)

    def give_up(self):
        """At the end of a run: nobody knows what became of the rest."""
        for batch in self.window:
            self._log(batch, "info")


class Producer:
    """`batches_per_s` are those of all partitions together.

    `acks` of 1 and `forget_identity` are planted bugs: as if the brokers acknowledged before the others have
    it, and as if they took the same numbers twice.
    """

    def __init__(
        self,
        number,
        view,
        history,
        batches_per_s,
        batch_records,
        idempotent=True,
        acks=-1,
        forget_identity=False,
    ):
        self.number, self.view, self.history, self.acks = number, view, history, acks
        self.topic, self.idempotent, self.batch_records = view.topic, idempotent, batch_records
        self.pool = Pool(view)
        self.interval_s = len(view.partitions) / batches_per_s
        self.producer_id = self.epoch = -1
        self.forget_identity = forget_identity
        self.stopping = False
        self.lanes = []
        self.acknowledged = {}  # partition: (when the last batch was acknowledged, when it was first sent)

    async def run(self):
        if self.idempotent and not self.forget_identity:
            await self._take_identity()
        begin, count = time.monotonic(), len(self.view.partitions)
        for partition in sorted(self.view.partitions):
            self.lanes.append(Lane(self, partition, begin + partition * self.interval_s / count))
        await asyncio.gather(*[lane.run() for lane in self.lanes])
        self.pool.close()

    def stop(self):
        self.stopping = True

    def give_up(self):
        for lane in self.lanes:
            lane.give_up()
        self.pool.close()

    async def _take_identity(self):
        while True:
            for node in self.view.addresses:
                try:
                    error, producer_id, epoch = await protocol.init_producer(await self.pool.to(node))
                    if error == protocol.NONE:
                        self.producer_id, self.epoch = producer_id, epoch
                        return
                except FAILURES:
                    pass
                await asyncio.sleep(RETRY_S)

    def encode(self, partition, first, count):
        sequence = first if self.producer_id >= 0 else -1
        return values.encode_batch(
            self.number, partition, first, count, self.producer_id, self.epoch, sequence, padding=40
        )

    def log(self, partition, batch, result, offset):
        t1 = now()
        if result == "ok":
            self.acknowledged[partition] = (t1, batch.t0)
        self.history.note(
            "produce",
            client=self.number,
            partition=partition,
            first=batch.first,
            count=batch.count,
            t0=batch.t0 or t1,
            t1=t1,
            result=result,
            offset=offset,
            node=batch.node,
            attempts=batch.attempts,
            error=batch.error,
            idempotent=self.idempotent,
        )

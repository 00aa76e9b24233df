"""What the clients and the nemesis know of the cluster: who leads, who is in sync, who is controller.

Asks every node again and again; what a node says of a partition counts only if its leader epoch is not older
than what is known, since a node that is cut off tells old things.
"""

import asyncio
import contextlib
import weakref

import protocol
from history import now

PERIOD_S = 0.15
FAILURES = (OSError, EOFError, asyncio.TimeoutError, AssertionError)


class View:
    def __init__(self, addresses, topic, history):
        self.addresses, self.topic, self.history = addresses, topic, history  # {node: (host, port)}
        self.partitions = {}  # number: dict(leader, epoch, isr, ...)
        self.controllers = {}  # node: whom it takes for the controller
        self.live = {}  # node: the nodes of which it knows
        self.told = {}  # node: the partitions as it last told them
        self.changed = asyncio.Event()
        self.tasks, self.stopped = [], False
        self.pools = weakref.WeakSet()  # of all clients

    def start(self):
        self.tasks = [asyncio.ensure_future(self._watch(node)) for node in self.addresses]

    def stop(self):
        self.stopped = True  # too: a task that waits for something with a limit can miss that it is cancelled
        for task in self.tasks:
            task.cancel()

    async def _watch(self, node):
        connection = None
        while not self.stopped:
            try:
                if connection is None or connection.closed:
                    connection = await protocol.Connection.open(*self.addresses[node])
                self._merge(node, await protocol.metadata(connection, self.topic))
            except FAILURES:
                for known in (self.controllers, self.live, self.told):
                    known.pop(node, None)
            await asyncio.sleep(PERIOD_S)

    def _merge(self, node, told):
        self.controllers[node] = told["controller"]
        self.live[node], self.told[node] = told["nodes"], told["partitions"]
        for number, partition in told["partitions"].items():
            known = self.partitions.get(number)
            if known is None or partition["epoch"] >= known["epoch"]:
                self.partitions[number] = partition
                self._note_change(node, number, known, partition)
        self.changed.set()
        self.changed = asyncio.Event()

    def _note_change(self, node, number, known, partition):
        about = ("leader", "epoch", "isr")
        if known is None or any(known[field] != partition[field] for field in about):
            fields = {field: partition[field] for field in about}
            self.history.note("partition", partition=number, told_by=node, t0=now(), t1=now(), **fields)

    async def wait(self, limit_s=PERIOD_S):
        """Until some node has told something."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.changed.wait(), limit_s)

    def disconnect(self, node):
        """Nobody reads any more what it has sent."""
        for pool in self.pools:
            pool.drop(node)

    def leader(self, partition):
        """None: nobody."""
        node = self.partitions.get(partition, {}).get("leader", -1)
        return node if node in self.addresses else None

    def led_by(self, node):
        return [number for number, partition in self.partitions.items() if partition["leader"] == node]

    def controller(self):
        """Whom most nodes take for it."""
        told = [node for node in self.controllers.values() if node in self.addresses]
        return max(set(told), key=told.count) if told else None

    def is_whole(self):
        """Every node answers, and all say that all replicas are in sync, with the same leaders."""
        expected = self.addresses.keys()
        return self.told.keys() == expected and all(map(self._says_whole, self.told.values()))

    def _says_whole(self, partitions):
        return bool(partitions) and all(
            p["error"] == 0
            and len(p["isr"]) == len(set(p["replicas"]))
            and p["epoch"] == self.partitions[number]["epoch"]
            for number, p in partitions.items()
        )


class Pool:
    """A client's connections, one to each node."""

    def __init__(self, view):
        self.addresses = view.addresses
        self.connections = {}
        self.locks = {node: asyncio.Lock() for node in view.addresses}
        view.pools.add(self)

    async def to(self, node):
        async with self.locks[node]:
            connection = self.connections.get(node)
            if connection is None or connection.closed:
                connection = await protocol.Connection.open(*self.addresses[node])
                self.connections[node] = connection
            return connection

    def drop(self, node):
        if connection := self.connections.pop(node, None):
            connection.close("given up")

    def close(self):
        for node in list(self.connections):
            self.drop(node)

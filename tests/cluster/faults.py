"""The faults: what each does to whom, for how long, and how it is taken away again.

A fault is an action on a role: the leader of a partition, one of its followers, the controller, or all.
Actions run to their end: they hurt, wait and heal, and note in `record` when, whom, and whom they isolate.
"""

import asyncio
import random
import signal

import damage
import replicas
from history import now
from network import HUB

KILL, STOP, CONTINUE = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT
END_LIMIT_S = 1  # within which a node whose disk fails must be gone
FULL_LIMIT_S = 10  # within which a node must write again once there is space
MENDED_LIMIT_S = 60  # within which a damaged replica is what the others are


class Plan:
    """One fault of a schedule: all that is random about it is drawn beforehand."""

    def __init__(self, kind, partition, seconds, seed, pause_s):
        self.kind, self.partition, self.seconds = kind, partition, seconds
        self.seed, self.pause_s = seed, pause_s

    def __str__(self):
        return f"{self.kind}, {self.seconds:.1f} s (partition {self.partition})"


async def kill(run, node, plan, _record):
    node.kill()
    await asyncio.sleep(plan.seconds)
    node.start()


async def kill_all(run, _node, plan, record):
    record["victims"] = list(run.nodes)
    for node in run.nodes.values():
        node.kill()
    await asyncio.sleep(plan.seconds)
    for node in run.nodes.values():
        node.start()


async def stop(_run, node, plan, _record):
    node.signal(STOP)
    try:
        await asyncio.sleep(plan.seconds)
    finally:
        node.signal(CONTINUE)


async def restart(run, node, plan, _record):
    await run.stop_cleanly(node)
    await asyncio.sleep(plan.seconds)
    node.start()


async def rolling_restart(run, _node, plan, record):
    record["victims"] = list(run.nodes)
    for node in run.nodes.values():
        await run.stop_cleanly(node)
        node.start()
        await run.until_whole()


async def isolate_from_nodes(run, node, plan, record):
    """Clients still reach it: what it acknowledges now it does without the others."""
    run.network.isolate(node.number, run.others(node))
    record["t0"], record["isolated"] = now(), [node.number]
    await asyncio.sleep(plan.seconds)
    record["isolated_until"] = now()
    run.network.heal()


async def isolate_minority(run, node, plan, record):
    """As many as can go without the majority; they hear each other, and clients reach all."""
    others = random.Random(plan.seed).sample(run.others(node), (len(run.nodes) - 1) // 2 - 1)
    minority = [node.number, *others]
    for number in minority:
        run.network.isolate(number, [other for other in run.nodes if other not in minority])
    record.update(t0=now(), victims=minority)
    await asyncio.sleep(plan.seconds)
    run.network.heal()


async def isolate_wholly(run, node, plan, record):
    run.network.isolate(node.number, [*run.others(node), HUB])
    record["t0"], record["isolated"] = now(), [node.number]
    await asyncio.sleep(plan.seconds)
    record["isolated_until"] = now()
    run.network.heal()


async def mute(run, node, plan, _record):
    """It hears the other nodes, and they don't hear it."""
    run.network.cut([(node.number, other) for other in run.others(node)])
    await asyncio.sleep(plan.seconds)
    run.network.heal()


async def deafen(run, node, plan, _record):
    """The other nodes hear it, and it doesn't hear them."""
    run.network.cut([(other, node.number) for other in run.others(node)])
    await asyncio.sleep(plan.seconds)
    run.network.heal()


async def cut_pair(run, node, plan, record):
    """Two nodes don't hear each other, the others hear both."""
    other = random.Random(plan.seed).choice(run.others(node))
    record["victims"] = [node.number, other]
    run.network.isolate(node.number, [other])
    await asyncio.sleep(plan.seconds)
    run.network.heal()


async def flap(run, node, plan, _record):
    """Cut off and back, five times a second."""
    for _ in range(max(1, round(plan.seconds / 0.4))):
        run.network.isolate(node.number, run.others(node))
        await asyncio.sleep(0.2)
        run.network.heal()
        await asyncio.sleep(0.2)


async def slow_link(run, node, plan, _record):
    run.network.slow_down(node.number, "300kbit")
    await asyncio.sleep(plan.seconds)
    run.network.heal()


async def slow_disk(_run, node, plan, _record):
    node.control(sync_delay_ms=300)
    await asyncio.sleep(plan.seconds)
    node.control(sync_delay_ms=0)


async def sync_error(run, node, plan, _record):
    """The next sync fails: the process must end itself, at once."""
    node.wanted = False
    node.control(fail_sync=1)
    begin = now()
    while node.alive() and now() - begin < 10 * END_LIMIT_S * 10**9:
        await asyncio.sleep(0.02)
    took_s = (now() - begin) / 1e9
    if node.alive() or took_s > END_LIMIT_S:
        run.history.event("lives on", f"node {node.number} after a failed sync: {took_s:.1f} s")
    await asyncio.sleep(plan.seconds)
    if node.alive():
        node.kill()
    node.control(fail_sync=0)
    node.start()


async def disk_full(run, node, plan, record):
    """It must not end, and must be back in time once there is space."""
    node.control(disk_full=1)
    await asyncio.sleep(plan.seconds)
    node.control(disk_full=0)
    healed = now()
    if not await run.until_whole(FULL_LIMIT_S):
        text = f"node {node.number} is not back {FULL_LIMIT_S} s after there is space"
        run.history.event("disk full", text)
    record["t1"] = healed


async def cut_power(run, node, plan, _record):
    node.kill()
    record_cut(run, node, plan.seed)
    await asyncio.sleep(plan.seconds)
    node.start()


async def cut_all_power(run, _node, plan, record):
    record["victims"] = list(run.nodes)
    for node in run.nodes.values():
        node.signal(KILL)
    for node in run.nodes.values():
        node.kill()
        record_cut(run, node, plan.seed + node.number)
    await asyncio.sleep(plan.seconds)
    for node in run.nodes.values():
        node.start()


def record_cut(run, node, seed):
    """What no sync covered is lost: all of it, or a part that the seed says.

    What the node has sent and nobody read is gone, too: it lies in the files' pages, which change now.
    """
    run.view.disconnect(node.number)
    run.say(f"  power cut of node {node.number}: {run.cluster.flavour.cut_power(node, seed)}")


async def jump_clock(_run, node, plan, _record):
    node.control(clock_offset_s=random.Random(plan.seed).choice([-3600, 3600]))
    await asyncio.sleep(plan.seconds)
    node.control(clock_offset_s=0)


def differences(run, nodes, partition, end):
    """Between the partition's files of two nodes that run."""
    data = {node.number: node.data for node in nodes}
    try:
        return replicas.compare(data, run.view.topic, {partition: end}, {partition: list(data)})
    except FileNotFoundError as gone:
        return [str(gone)]


def damaging_segment(what):
    """An action: a node that must find damage to a segment by itself, and mend it from the others'.

    First some time passes, so that the journal does not have all there is any more.
    """

    async def act(run, node, plan, record):
        await asyncio.sleep(plan.seconds)
        record["t0"] = now()
        node.kill()
        drawn = random.Random(plan.seed)
        path = damage.choose(damage.is_segment, node.data, drawn)
        other = run.nodes[drawn.choice([n for n in run.others(node) if run.nodes[n].alive()])]
        if path is None:
            return node.start()
        partition = replicas.partition_of(path)
        _, end, _ = replicas.read(node.data, run.view.topic, partition, 2**63)
        run.say(f"  node {node.number}: {damage.apply(what, node.data, path, drawn)}")
        node.start()
        record["t1"], begin = now(), now()
        odd = True
        while odd and now() - begin < MENDED_LIMIT_S * 10**9:
            await asyncio.sleep(0.5)
            odd = await asyncio.to_thread(differences, run, (node, other), partition, end)
        run.say(f"  {'not ' if odd else ''}mended after {(now() - begin) / 1e9:.1f} s")
        if odd:
            run.history.event("not mended", f"node {node.number}: {odd[:3]}")
        return None

    return act


def damaging(what, wanted):
    """An action: a node whose store or metadata is damaged must come back, filled by the others.

    Or start as if nothing were wrong, where that part of the file is of no use any more.
    """

    async def act(run, node, plan, record):
        await asyncio.sleep(plan.seconds)
        record["t0"] = now()
        node.kill()
        run.view.told.pop(node.number, None)  # it counts for whole once it tells something new
        said = node.log_tail(10_000).count("is set aside")
        drawn = random.Random(plan.seed)
        path = damage.choose(wanted, node.data, drawn)
        done = damage.apply(what, node.data, path, drawn) if path else "there is no such file"
        run.say(f"  node {node.number}: {done}")
        node.start()
        record["t1"], begin = now(), now()
        is_whole = await run.until_whole(MENDED_LIMIT_S)
        was_lost = node.log_tail(10_000).count("is set aside") > said
        state = f"{'whole' if is_whole else 'not whole'} after {(now() - begin) / 1e9:.1f} s"
        run.say(f"  {state}{', something was set aside' if was_lost else ''}")
        if not is_whole or not node.alive():
            run.history.event("not mended", f"node {node.number}: {done}")

    return act


def of_majority(one):
    """The same to so many nodes at once that the rest is a minority; each comes back in its own time."""

    async def act(run, node, plan, record):
        drawn = random.Random(plan.seed)
        others = [run.nodes[n] for n in drawn.sample(run.others(node), len(run.nodes) // 2)]
        record["victims"] = [node.number, *[other.number for other in others]]
        plans = [
            Plan(plan.kind, plan.partition, plan.seconds * drawn.random(), drawn.getrandbits(32), 0)
            for _ in others
        ]
        await asyncio.gather(
            one(run, node, plan, record), *[one(run, n, p, record) for n, p in zip(others, plans)]
        )

    return act


def again(one):
    """Twice more while it still recovers from the time before."""

    async def act(run, node, plan, record):
        drawn = random.Random(plan.seed)
        for _ in range(3):
            await one(run, node, Plan(plan.kind, plan.partition, 0, drawn.getrandbits(32), 0), record)
            await asyncio.sleep(drawn.uniform(0, plan.seconds))

    return act


async def move(run, node, plan, _record):
    """The partition's replica on this node goes to none and comes back, empty; twice."""
    for _ in range(2):
        await run.reassign(plan.partition, run.others(node))
        await asyncio.sleep(plan.seconds / 4)
        await run.reassign(plan.partition, [node.number, *run.others(node)])
        await asyncio.sleep(plan.seconds / 4)


def together(first, second):
    """One fault here and, begun a little later, another one elsewhere."""

    async def act(run, node, plan, record):
        drawn = random.Random(plan.seed)
        other = run.nodes[drawn.choice(run.others(node))]
        record["victims"] = [node.number, other.number]
        later = Plan(plan.kind, plan.partition, plan.seconds / 2, drawn.getrandbits(32), 0)

        async def follow():
            await asyncio.sleep(drawn.uniform(0, plan.seconds / 2))
            await second(run, other, later, record)

        await asyncio.gather(first(run, node, plan, record), follow())

    return act


LEADER, FOLLOWER, CONTROLLER, ANY = "leader", "follower", "controller", "any"

# kind: (action, role, seconds from, to, what it needs)
KINDS = {
    "kill leader": (kill, LEADER, 0, 4, ""),
    "kill follower": (kill, FOLLOWER, 0, 4, ""),
    "kill controller": (kill, CONTROLLER, 0, 4, ""),
    "kill all": (kill_all, ANY, 0, 1, ""),
    "kill majority": (of_majority(kill), LEADER, 0, 3, ""),
    "kill again": (again(kill), LEADER, 0.3, 0.6, ""),
    "stop majority": (of_majority(stop), LEADER, 1, 6, ""),
    "stop leader": (stop, LEADER, 0.1, 6, ""),
    "stop follower": (stop, FOLLOWER, 0.1, 6, ""),
    "stop controller": (stop, CONTROLLER, 0.1, 6, ""),
    "restart leader": (restart, LEADER, 0, 1, ""),
    "rolling restart": (rolling_restart, ANY, 0, 0, ""),
    "isolate leader": (isolate_from_nodes, LEADER, 1, 5, "network"),
    "isolate leader wholly": (isolate_wholly, LEADER, 1, 5, "network"),
    "isolate follower": (isolate_from_nodes, FOLLOWER, 1, 5, "network"),
    "isolate controller": (isolate_wholly, CONTROLLER, 1, 5, "network"),
    "mute leader": (mute, LEADER, 1, 5, "network"),
    "deafen leader": (deafen, LEADER, 1, 5, "network"),
    "mute controller": (mute, CONTROLLER, 1, 5, "network"),
    "isolate minority": (isolate_minority, LEADER, 1, 5, "five"),
    "cut a pair": (cut_pair, LEADER, 1, 5, "network"),
    "flapping": (flap, LEADER, 2, 4, "network"),
    "slow link": (slow_link, LEADER, 2, 5, "network"),
    "slow disk": (slow_disk, LEADER, 2, 5, "disk"),
    "sync error": (sync_error, LEADER, 0, 2, "disk"),
    "disk full": (disk_full, LEADER, 1, 4, "disk"),
    "power cut": (cut_power, LEADER, 0, 2, "disk"),
    "power cut of all": (cut_all_power, ANY, 0, 1, "disk"),
    "power cut of majority": (of_majority(cut_power), LEADER, 0, 2, "disk"),
    "power cut again": (again(cut_power), LEADER, 0.3, 0.6, "disk"),
    "clock": (jump_clock, ANY, 1, 4, "disk"),
    "move": (move, LEADER, 1, 4, "weir"),
    "move and kill": (together(move, kill), LEADER, 1, 4, "weir"),
    "move and stop": (together(move, stop), LEADER, 2, 6, "weir"),
    "move and power cut": (together(move, cut_power), FOLLOWER, 1, 4, "disk"),
    "isolate and kill": (together(isolate_from_nodes, kill), LEADER, 2, 5, "network"),
    "stop and kill": (together(stop, kill), LEADER, 2, 5, ""),
    "slow disk and power cut": (together(slow_disk, cut_power), LEADER, 2, 5, "disk"),
    "stop and power cut": (together(stop, cut_power), FOLLOWER, 2, 5, "disk"),
    "segment bit": (damaging_segment(damage.flip), LEADER, 12, 20, "disk"),
    "segment page": (damaging_segment(damage.zero), LEADER, 12, 20, "disk"),
    "segment cut": (damaging_segment(damage.cut), LEADER, 12, 20, "disk"),
    "segment gone": (damaging_segment(damage.remove), LEADER, 12, 20, "disk"),
    "journal bit": (damaging(damage.flip, damage.is_store), LEADER, 2, 6, "disk"),
    "journal page": (damaging(damage.zero, damage.is_store), LEADER, 2, 6, "disk"),
    "journal cut": (damaging(damage.cut, damage.is_store), FOLLOWER, 2, 6, "disk"),
    "journal gone": (damaging(damage.remove, damage.is_store), LEADER, 2, 6, "disk"),
    "metadata bit": (damaging(damage.flip, damage.is_metadata), CONTROLLER, 2, 6, "weir"),
    "metadata page": (damaging(damage.zero, damage.is_metadata), LEADER, 2, 6, "weir"),
    "metadata cut": (damaging(damage.cut, damage.is_metadata), CONTROLLER, 2, 6, "weir"),
    "metadata gone": (damaging(damage.remove, damage.is_metadata), FOLLOWER, 2, 6, "weir"),
}


def possible(has_network, has_disk, is_weir, nodes):
    """(the kinds that can be had here, those that can't)."""
    lacking = {"network": not has_network, "disk": not has_disk, "weir": not is_weir}
    lacking.update(five=not has_network or nodes < 5)
    left_out = [kind for kind, (*_, needs) in KINDS.items() if lacking.get(needs)]
    return [kind for kind in KINDS if kind not in left_out], left_out


def schedule(seed, count, kinds, partitions):
    """The same for the same arguments. Every kind comes before any comes again."""
    drawn, plans, bag = random.Random(seed), [], []
    for _ in range(count):
        if not bag:
            bag = drawn.sample(kinds, len(kinds))
        kind = bag.pop()
        _, _, least, most, _ = KINDS[kind]
        seconds = drawn.uniform(least, most) if drawn.random() < 0.7 else least
        plans.append(
            Plan(kind, drawn.randrange(partitions), seconds, drawn.getrandbits(32), drawn.uniform(0.2, 2))
        )
    return plans

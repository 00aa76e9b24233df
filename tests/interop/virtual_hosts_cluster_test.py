"""Three nodes, and what lies in several virtual hosts made at one and used at another.

Streams, subscriptions, delayed messages, parameters; while a node is away, too.
"""

import contextlib
import itertools
import signal

from doors_test import STREAM, publishing_channel, ready, take, wait_for  # first: it finds pika

# isort: split
import pika
from cluster import Nodes, wait_until
from management_api import Api, quoted
from scenario import equal
from topics_cluster_test import is_settled
from virtual_hosts_test import FIRST, bodies, connect

HOSTS = ["/", "shop", "rabbit/hole"]
EACH = 20


def in_turn(nodes):
    """The next node at each call, so that no two steps in a row are at the same one."""
    turn = itertools.cycle(nodes)
    return lambda: next(turn)


def everywhere(nodes, what, wanted, ask):
    """Each node comes to say this; what one has done the others hear of in a moment."""
    for number, node in nodes.items():
        wait_for(f"{what}, of node {number}", lambda node=node: ask(Api(node.http)) == wanted)


def parameters(nodes, turn):
    upstream = {"uri": "amqp://there"}
    path = "parameters/federation-upstream/shop/up"
    Api(turn().http).put(path, {"value": upstream})
    everywhere(nodes, "a parameter", upstream, lambda api: api.ask("GET", path)[1].get("value"))
    Api(turn().http).put("global-parameters/mine", {"value": [1, {"a": None}]})
    path_of_all = "global-parameters/mine"
    kept = [1, {"a": None}]
    everywhere(nodes, "a global one", kept, lambda api: api.ask("GET", path_of_all)[1].get("value"))
    Api(turn().http).put("cluster-name", {"name": "three"}, wanted=204)
    everywhere(nodes, "the cluster's name", "three", lambda api: api.get("overview")["cluster_name"])
    Api(turn().http).put(path, {"value": {"uri": "amqp://elsewhere"}}, wanted=204)
    everywhere(nodes, "another value", "amqp://elsewhere", lambda api: api.get(path)["value"]["uri"])
    Api(turn().http).delete(path)
    everywhere(nodes, "no parameter", [], lambda api: api.get("parameters/federation-upstream"))
    Api(turn().http).delete("global-parameters/mine")
    everywhere(nodes, "no global one", 404, lambda api: api.ask("GET", "global-parameters/mine")[0])


def shown(api, host, queue):
    """What the API says of it, or of why it does not."""
    return api.ask("GET", "queues/" + quoted(host, queue))[1]


def declared(nodes, turn, host):
    """Each thing at another node than the one before."""
    api = Api(turn().http)
    api.put("queues/" + quoted(host, "events"), {"durable": True, "arguments": STREAM})
    everywhere(nodes, f"the stream of {host}", "stream", lambda one: shown(one, host, "events").get("type"))
    steps = [
        lambda channel: channel.queue_declare(
            "workers", durable=True,
            arguments={"x-subscription-topic": "events", "x-subscription-start": "earliest"},
        ),
        lambda channel: channel.exchange_declare(
            "delays", "x-delayed-message", durable=True, arguments={"x-delayed-type": "direct"}
        ),
        lambda channel: channel.queue_bind("events", "delays", "later"),
    ]  # fmt: skip
    for step in steps:
        with connect(turn(), host) as connection:
            step(connection.channel())
    everywhere(
        nodes,
        f"the subscription of {host}",
        "events",
        lambda one: shown(one, host, "workers").get("subscription", {}).get("topic"),
    )


def passed(nodes, turn, host, before):
    """Published at one node, delayed at another, read at the third as a stream and as a subscription."""
    sent = [f"{host} {before + n}".encode() for n in range(EACH)]
    with connect(turn(), host) as connection:
        channel = publishing_channel(connection)
        for body in sent[: EACH // 2]:
            channel.basic_publish("", "events", body, mandatory=True)
    with connect(turn(), host) as connection:
        channel = publishing_channel(connection)
        properties = pika.BasicProperties(headers={"x-delay": 300})
        for body in sent[EACH // 2 :]:
            channel.basic_publish("delays", "later", body, properties, mandatory=True)
    with connect(turn(), host) as connection:
        found = bodies(take(publishing_channel(connection), "events", before + EACH, FIRST))
        equal(set(found[before:]), set(sent), f"the stream of {host}")
    with connect(turn(), host) as connection:
        channel = publishing_channel(connection)
        equal(set(bodies(take(channel, "workers", EACH))), set(sent), f"the subscription of {host}")
        wait_for("all is settled", lambda: ready(channel, "workers") == 0)
    for node in nodes.values():
        with connect(node, host) as connection:
            wait_for("the count", lambda: ready(connection.channel(), "events") == before + EACH)


def counted(nodes, count):
    for host in HOSTS:
        path = "queues/" + quoted(host, "events")
        everywhere(nodes, f"records of {host}", count, lambda api, path=path: api.get(path)["messages"])


def main():
    with contextlib.ExitStack() as stack:
        options = ["--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"]
        cluster = Nodes(stack, options=options)
        cluster.add(3)
        cluster.wait_for_health()
        wait_until(
            "the queue logs are where they will be",
            lambda: all(map(is_settled, cluster.partitions("__queues"))),
        )
        nodes = dict(cluster.nodes)
        turn = in_turn(nodes.values())
        for host in HOSTS[1:]:
            path = "vhosts/" + quoted(host)
            Api(turn().http).put(path)
            everywhere(nodes, "the virtual host", 200, lambda api, path=path: api.ask("GET", path)[0])
        parameters(nodes, turn)
        for host in HOSTS:
            declared(nodes, turn, host)
            passed(nodes, turn, host, 0)
        counted(nodes, EACH)
        nodes[2].end(signal.SIGKILL)
        left = {number: node for number, node in nodes.items() if number != 2}
        wait_until("the others know", lambda: 2 not in cluster.up())
        for host in HOSTS:
            passed(left, in_turn(left.values()), host, EACH)
        nodes[2].start_again()
        cluster.wait_for_health()
        for host in HOSTS:
            passed(nodes, turn, host, 2 * EACH)
        counted(nodes, 3 * EACH)
        for host in HOSTS[1:]:
            Api(turn().http).delete("vhosts/" + quoted(host))
        everywhere(nodes, "whose queues are left", {"/"}, lambda api: {q["vhost"] for q in api.get("queues")})


if __name__ == "__main__":
    main()

"""What Prometheus is told: its format, RabbitMQ's names, and weir's own of topics, groups and the cluster."""

import http.client
import os
import re
import sys

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import broker
import pika
from management_api import Api, quoted
from scenario import check, equal, until

LIMIT_S = 20


def amqp(weir):
    return pika.BlockingConnection(pika.ConnectionParameters(*weir.amqp))


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\S+)')


def well_formed(lines):
    """As promtool checks it: a family's help, its type, its samples, once each; counters are called so."""
    kinds, family, seen = {}, None, set()
    for line in lines:
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            check(family not in kinds and len(line.split(" ", 3)) == 4, line)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            check(name == family and kind in ("gauge", "counter"), line)
            check((kind == "counter") == name.endswith("_total"), line)
            kinds[name] = kind
        else:
            sample = SAMPLE.fullmatch(line)
            check(sample and sample[1] == family in kinds, line)
            float(sample[3])
            check((sample[1], sample[2]) not in seen, f"twice: {line}")
            seen.add((sample[1], sample[2]))


def scraped(weir, path, **headers):
    """Prometheus' lines: values by name and labels."""
    connection = http.client.HTTPConnection(*weir.http, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    equal(answer.status, 200, path)
    check(answer.headers["content-type"].startswith("text/plain; version=0.0.4"), "the format")
    lines = answer.read().decode().splitlines()
    well_formed(lines)
    return {name: float(value) for name, value in (li.rsplit(" ", 1) for li in lines if li[0] != "#")}


def metrics(weir):
    api = Api(weir.http)
    before = scraped(weir, "/metrics")
    api.put("queues/%2F/measured")
    with amqp(weir) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for _ in range(10):
            channel.basic_publish("", "measured", b"12345")
        for n in range(5):
            method, _, _ = channel.basic_get("measured")
            if n < 4:
                channel.basic_ack(method.delivery_tag)
        until("what is acknowledged", LIMIT_S, lambda: api.get("queues/%2F/measured")["messages"] == 6)
        stats = api.get("queues/%2F/measured")["message_stats"]
        counts = {name: stats[name] for name in ("publish", "deliver_get", "ack", "redeliver")}
        equal(counts, {"publish": 10, "deliver_get": 5, "ack": 4, "redeliver": 0}, "what has passed")
        for _ in range(5):
            channel.basic_publish("", "measured", b"12345")
        rate = api.get("queues/%2F/measured")["message_stats"]["publish_details"]["rate"]
        check(rate > 0, f"a rate: {rate}")
        window = "?lengths_age=60&lengths_incr=5&msg_rates_age=60&msg_rates_incr=5"
        queue = api.get("queues/%2F/measured" + window)
        check(queue["messages_details"]["avg"] > 0 and queue["messages_details"]["samples"], f"{queue}")
        check(queue["message_stats"]["publish_details"]["samples"], f"{queue}")
        check("rate" in api.get("overview")["queue_totals"]["messages_ready_details"], "of all together")
        check(api.get("overview")["message_stats"]["publish"] >= 15, "of all queues")
        now = scraped(weir, "/metrics")
        each = scraped(weir, "/metrics/per-object", **api.headers)
    labels = '{vhost="/",queue="measured"}'
    wanted = {"_ready": 10, "_unacked": 1, "": 11, "_ready_bytes": 50, "_unacked_bytes": 5}
    got = {name: each[f"rabbitmq_queue_messages{name}{labels}"] for name in wanted}
    equal(got, wanted, "of the queue")
    equal(each["rabbitmq_queue_messages_published_total" + labels], 15, "published")
    routed = 'rabbitmq_global_messages_routed_total{protocol="amqp091"}'
    equal(now[routed] - before[routed], 15, "of the node")
    equal(now["rabbitmq_queues"] - before["rabbitmq_queues"], 1, "queues")
    equal(now["rabbitmq_connections"], 1, "connections")
    check(not any("measured" in name for name in now), "totals name nobody's objects")
    check(now["rabbitmq_process_resident_memory_bytes"] > 0, "memory")
    check(now["weir_group_commits_total"] > before["weir_group_commits_total"], "commits")
    check(now["process_cpu_seconds_total"] > 0, "processor time")
    alone = {"nodes": 1, "nodes_down": 0, "metadata_leader": 1, "partitions_without_leader": 0,
             "partitions_under_replicated": 0, "partitions_under_min_in_sync": 0, "partitions_damaged": 0}
    equal({name: now["weir_" + name] for name in alone}, alone, "of the cluster")
    plain = http.client.HTTPConnection(*weir.http, timeout=60)
    plain.request("GET", "/metrics/per-object")
    equal(plain.getresponse().status, 401, "without a login")
    api.delete("queues/%2F/measured")
    measured_topics(weir, api)


def measured_topics(weir, api):
    """What a subscription has not settled is its group's lag; names are escaped."""
    before = scraped(weir, "/metrics")
    odd = 'an "odd" \\ name'
    api.put("queues/%2F/" + quoted(odd))
    api.put("queues/%2F/records", {"durable": True, "arguments": {"x-queue-type": "stream"}})
    reader = {"x-subscription-topic": "records", "x-subscription-start": "earliest"}
    api.put("queues/%2F/reader", {"durable": True, "arguments": reader})
    with amqp(weir) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for n in range(3):
            channel.basic_publish("", "records", b"%d" % n, pika.BasicProperties(type="t"))
    lag = 'weir_group_lag{group="reader",topic="records",partition="0"}'
    def each():
        return scraped(weir, "/metrics/per-object", **api.headers)

    until("the lag", LIMIT_S, lambda: each().get(lag) == 3)
    now, of_each = scraped(weir, "/metrics"), each()
    equal(of_each['weir_partition_end_offset{topic="records",partition="0"}'], 3, "the end")
    position = lag.replace("_lag", "_committed_offset")
    equal(of_each[position], 0, "where it is")
    check('rabbitmq_queue_messages{vhost="/",queue="an \\"odd\\" \\\\ name"}' in of_each, "an odd name")
    equal(now["weir_groups"] - before["weir_groups"], 1, "groups")
    check(now["weir_records_written_total"] >= before["weir_records_written_total"] + 3, "records")
    equal(now["weir_topics"] - before["weir_topics"] in (1, 2), True, "topics, perhaps that of the groups")
    wish = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
    (got,) = api.post("queues/%2F/reader/get", wish)
    equal((got["payload"], got["routing_key"], got["properties"]["type"]), ("0", "records", "t"), "a record")
    refused = {"routing_key": "reader", "payload": "x", "properties": {}}
    api.fails(400, "POST", "exchanges/%2F/amq.default/publish", refused, reason="A subscription")
    for name in (odd, "reader", "records"):
        api.delete("queues/%2F/" + quoted(name))


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0") as weir:
        metrics(weir)


if __name__ == "__main__":
    main()

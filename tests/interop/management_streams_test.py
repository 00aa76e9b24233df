"""Streams by the management API and by rabbitmqadmin."""

import os

from management_test import Admin, amqp  # first: it finds pika

# isort: split
import broker
from management_api import Api
from scenario import check, equal


def streams(weir):
    """rabbitmqadmin makes, binds, shows and deletes streams; what only queues can do is refused."""
    admin, api = Admin(weir), Api(weir.http)
    stream = 'arguments={"x-queue-type": "stream", "x-max-age": "7D"}'
    admin.run("declare", "queue", "name=st", "durable=true", stream)
    admin.run("declare", "queue", "name=st", "durable=true", stream)
    admin.run("declare", "queue", "name=st", "durable=true", fails=True)
    admin.run("declare", "queue", "name=odd", "durable=false", stream, fails=True)
    admin.run("declare", "binding", "source=amq.direct", "destination=st", "routing_key=k")
    with amqp(weir) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("amq.direct", "k", b"1", mandatory=True)
        channel.basic_publish("", "st", b"2", mandatory=True)
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume("st", lambda *_: None, consumer_tag="reader")
        found = {queue["name"]: queue for queue in admin.list("queues")}["st"]
        arguments = {"x-queue-type": "stream", "x-max-age": "7D"}
        wanted = {"type": "stream", "durable": True, "messages": 2, "consumers": 1, "state": "running"}
        wanted["arguments"] = arguments
        equal({key: found[key] for key in wanted}, wanted, "the stream")
        one = api.get("queues/%2F/st")
        equal([at["consumer_tag"] for at in one["consumer_details"]], ["reader"], "who reads it")
        equal((one["leader"], one["online"]), ("rabbit@weir-1", ["rabbit@weir-1"]), "where it is")
    wanted = [("", "st", "st"), ("amq.direct", "st", "k")]
    bindings = api.get("queues/%2F/st/bindings")
    equal([(b["source"], b["destination"], b["routing_key"]) for b in bindings], wanted, "its bindings")
    equal({b["destination_type"] for b in bindings}, {"queue"}, "to a queue, as clients see it")
    api.fails(400, "POST", "queues/%2F/st/get", {"count": 1}, reason="basic.get not supported by stream")
    api.fails(400, "DELETE", "queues/%2F/st/contents", reason="queue.purge not supported by stream")
    path = os.path.join(weir.directory.name, "streams.json")
    admin.run("export", path)
    admin.run("delete", "queue", "name=st")
    check("st" not in api.names("queues/%2F"), "it is gone")
    admin.run("import", path)
    equal(api.get("queues/%2F/st")["arguments"], arguments, "imported")
    equal([b["routing_key"] for b in api.get("bindings/%2F/e/amq.direct/q/st")], ["k"], "its binding")
    api.delete("bindings/%2F/e/amq.direct/q/st/k")
    api.put("vhosts/streaming", {"default_queue_type": "stream"})
    api.put("queues/streaming/st", {"durable": True})
    equal(api.get("queues/streaming/st")["type"], "stream", "of the virtual host's type")
    equal(api.get("vhosts/streaming")["messages"], 0, "records of it")
    api.delete("vhosts/streaming")
    admin.run("delete", "queue", "name=st")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0") as weir:
        streams(weir)


if __name__ == "__main__":
    main()

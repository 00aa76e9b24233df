"""The agent around aio-pika."""

import asyncio
import contextlib
import threading

import aio_pika
import aiormq

from agent_loop import Failed, decode, encode, serve
from amqp_values import seconds, to_pairs, to_table

COPIED = ["content_type", "content_encoding", "priority", "correlation_id", "reply_to", "message_id", "type",
          "user_id", "app_id"]  # fmt: skip


def properties_of(message):
    found = {name: getattr(message, name) for name in COPIED}
    found["delivery_mode"] = int(message.delivery_mode)
    found["expiration"] = None if message.expiration is None else str(round(message.expiration * 1000))
    found["timestamp"] = message.timestamp and seconds(message.timestamp)
    found["headers"] = to_pairs(message.headers)
    return found


def to_json(message):
    return dict(
        tag=message.delivery_tag,
        redelivered=message.redelivered,
        exchange=message.exchange,
        key=message.routing_key,
        count=message.message_count,
        body=encode(message.body),
        properties=properties_of(message),
    )


class Channel:
    """One channel with what it has received."""

    def __init__(self, channel):
        self.channel, self.arrived, self.consumers, self.held = channel, asyncio.Queue(), {}, {}

    async def on_message(self, message):
        self.held[message.delivery_tag] = message
        await self.arrived.put(message)


class Operations:
    def __init__(self):
        self.connections, self.channels = {}, []

    async def hello(self, address):
        self.url = f"amqp://guest:guest@{address}/"
        return dict(client=f"aio-pika {aio_pika.__version__}", codecs=[], lacks=["cancelled"])

    async def channel(self, connection, confirms):
        known = self.connections.get(connection)
        if known is None or known.is_closed:
            known = self.connections[connection] = await aio_pika.connect(self.url)
        self.channels.append(Channel(await known.channel(publisher_confirms=confirms)))
        return len(self.channels) - 1

    async def close_channel(self, channel):
        await self.channels[channel].channel.close()

    async def _queue(self, channel, name):
        return await self.channels[channel].channel.get_queue(name, ensure=False)

    async def _exchange(self, channel, name):
        its = self.channels[channel].channel
        return its.default_exchange if name == "" else await its.get_exchange(name, ensure=False)

    async def queue(self, channel, name, arguments, **kind):
        its = self.channels[channel].channel
        queue = await its.declare_queue(name or None, arguments=to_table(arguments) or None, **kind)
        result = queue.declaration_result
        return [result.queue, result.message_count, result.consumer_count]

    async def exchange(self, channel, name, kind, durable, passive):
        await self.channels[channel].channel.declare_exchange(name, kind, durable=durable, passive=passive)

    async def delete_queue(self, channel, name):
        await self.channels[channel].channel.queue_delete(name)

    async def delete_exchange(self, channel, name):
        await self.channels[channel].channel.exchange_delete(name)

    async def purge(self, channel, name):
        await (await self._queue(channel, name)).purge()

    async def bind(self, channel, queue, exchange, key, arguments):
        await (await self._queue(channel, queue)).bind(exchange, key, arguments=to_table(arguments))

    async def unbind(self, channel, queue, exchange, key):
        await (await self._queue(channel, queue)).unbind(exchange, key)

    async def publish(self, channel, exchange, key, bodies, mandatory, properties):
        given = dict(properties, headers=to_table(properties.get("headers", [])))
        if "expiration" in given:
            given["expiration"] = int(given["expiration"]) / 1000
        to, said = await self._exchange(channel, exchange), dict(acked=0, returned=[])

        async def one(body):
            message = aio_pika.Message(decode(body), **given)
            outcome = await to.publish(message, key, mandatory=mandatory)
            if isinstance(outcome, aiormq.spec.Basic.Ack):
                said["acked"] += 1
            elif outcome is not None:
                said["returned"].append(encode(outcome.body))

        await asyncio.gather(*map(one, bodies))
        return said

    async def get(self, channel, queue, no_ack):
        message = await (await self._queue(channel, queue)).get(no_ack=no_ack, fail=False)
        if message is None:
            return None
        self.channels[channel].held[message.delivery_tag] = message
        return to_json(message)

    async def qos(self, channel, count):
        await self.channels[channel].channel.set_qos(prefetch_count=count)

    async def consume(self, channel, queue, tag, no_ack, exclusive):
        its = self.channels[channel]
        source = await self._queue(channel, queue)
        options = dict(no_ack=no_ack, exclusive=exclusive, consumer_tag=tag or None)
        tag = await source.consume(its.on_message, **options)
        its.consumers[tag] = source
        return tag

    async def deliveries(self, channel, count, wait_ms):
        found = []
        with contextlib.suppress(asyncio.TimeoutError):
            async with asyncio.timeout(wait_ms / 1000):
                while len(found) < count:
                    found.append(to_json(await self.channels[channel].arrived.get()))
        return found

    async def settle(self, channel, verdict, tag, multiple, requeue):
        message = self.channels[channel].held[tag]
        if verdict == "ack":
            await message.ack(multiple=multiple)
        elif verdict == "nack":
            await message.nack(multiple=multiple, requeue=requeue)
        else:
            await message.reject(requeue=requeue)

    async def cancel(self, channel, tag):
        await self.channels[channel].consumers.pop(tag).cancel(tag)

    async def steady(self, queue):
        self.confirmed_numbers = []
        self.robust = await aio_pika.connect_robust(self.url, reconnect_interval=0.1)
        self.publishing = asyncio.create_task(self._publish_steadily(queue))

    async def _publish_steadily(self, queue):
        channel = await self.robust.channel()
        for number in range(1 << 30):
            while True:
                try:
                    await channel.ready()
                    message = aio_pika.Message(b"%d" % number, delivery_mode=2)
                    await channel.default_exchange.publish(message, queue, timeout=10)
                    break
                except (aio_pika.exceptions.AMQPError, OSError, asyncio.TimeoutError, RuntimeError):
                    await asyncio.sleep(0.05)
            self.confirmed_numbers.append(number)

    async def confirmed(self):
        return dict(count=len(self.confirmed_numbers))

    async def stop_steady(self):
        self.publishing.cancel()
        return self.confirmed_numbers

    async def follow(self, queue):
        self.seen = []

        async def on_message(message):
            self.seen.append(message.body.decode())
            await message.ack()

        self.follower = await aio_pika.connect_robust(self.url, reconnect_interval=0.1)
        channel = await self.follower.channel()
        source = await channel.declare_queue(queue, durable=True)
        await source.consume(on_message)

    async def followed(self):
        return self.seen


class Blocking:
    """The operations, each run to its end on a loop that goes on between them."""

    def __init__(self):
        self.operations, self.loop = Operations(), asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def __getattr__(self, name):
        operation = getattr(self.operations, name.removeprefix("op_"))

        def run(**arguments):
            return asyncio.run_coroutine_threadsafe(operation(**arguments), self.loop).result(80)

        return run


def to_failed(error):
    codes = {
        aiormq.exceptions.ChannelAccessRefused: 403,
        aiormq.exceptions.ChannelNotFoundEntity: 404,
        aiormq.exceptions.ChannelLockedResource: 405,
        aiormq.exceptions.ChannelPreconditionFailed: 406,
    }
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), -1)
    return Failed(code, f"{type(error).__name__}: {error}")


serve(Blocking(), to_failed)

// The agent around amqplib, Node's client.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');
const amqp = require('amqplib');

const ANSWERED = ['queue', 'publish', 'get', 'consume', 'deliveries', 'cancelled'];
const channels = [];
const connections = new Map();
let url, steady;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function toNative([kind, value]) {
    switch (kind) {
    case 'bytes': return Buffer.from(value, 'base64');
    case 'time': return {'!': 'timestamp', value};
    case 'decimal': return {'!': 'decimal', value: {places: value[0], digits: value[1]}};
    case 'array': return value.map(toNative);
    case 'table': return toTable(value);
    default: return value;
    }
}

const toTable = (pairs) => Object.fromEntries((pairs || []).map(([name, pair]) => [name, toNative(pair)]));

function toPair(value) {
    if (value === null) return ['null', null];
    if (typeof value === 'boolean') return ['bool', value];
    if (typeof value === 'string') return ['text', value];
    if (typeof value === 'number') return [Number.isInteger(value) ? 'int' : 'double', value];
    if (Buffer.isBuffer(value)) return ['bytes', value.toString('base64')];
    if (Array.isArray(value)) return ['array', value.map(toPair)];
    if (value['!'] === 'timestamp') return ['time', Number(value.value)];
    if (value['!'] === 'decimal') return ['decimal', [value.value.places, value.value.digits]];
    return ['table', toPairs(value)];
}

const toPairs = (table) => Object.keys(table || {}).sort().map((name) => [name, toPair(table[name])]);

// The test's names of the properties, and the client's.
const names = {
    content_type: 'contentType', content_encoding: 'contentEncoding', delivery_mode: 'deliveryMode',
    priority: 'priority', correlation_id: 'correlationId', reply_to: 'replyTo', expiration: 'expiration',
    message_id: 'messageId', timestamp: 'timestamp', type: 'type', user_id: 'userId', app_id: 'appId',
};

function toOptions(properties, mandatory) {
    const options = {mandatory, headers: toTable(properties.headers)};
    for (const [ours, its] of Object.entries(names)) options[its] = properties[ours];
    return options;
}

function toDelivery({fields, properties, content}) {
    const found = {headers: toPairs(properties.headers)};
    for (const [ours, its] of Object.entries(names)) found[ours] = properties[its];
    return {
        tag: fields.deliveryTag, redelivered: fields.redelivered, exchange: fields.exchange,
        key: fields.routingKey, count: fields.messageCount, body: content.toString('base64'),
        properties: found,
    };
}

async function connectionOf(name) {
    let connection = connections.get(name);
    if (!connection || connection.isLost) {
        connection = await amqp.connect(url);
        connection.on('error', () => {});
        connection.on('close', () => { connection.isLost = true; });
        connections.set(name, connection);
    }
    return connection;
}

// The channel's own error, which the client tells of apart from the call that met it.
async function orItsError(its, action) {
    const failed = new Promise((_, reject) => { its.fail = reject; });
    failed.catch(() => {});
    if (its.error) throw its.error;
    return Promise.race([action(), failed]);
}

const topology = {
    async queue({its, name, passive, arguments: pairs, durable, exclusive, auto_delete: autoDelete}) {
        const options = {durable, exclusive, autoDelete, arguments: toTable(pairs)};
        const found = await (passive ? its.checkQueue(name) : its.assertQueue(name, options));
        return [found.queue, found.messageCount, found.consumerCount];
    },
    async exchange({its, name, kind, durable, passive}) {
        await (passive ? its.checkExchange(name) : its.assertExchange(name, kind, {durable}));
    },
    delete_queue: ({its, name}) => its.deleteQueue(name),
    delete_exchange: ({its, name}) => its.deleteExchange(name),
    purge: ({its, name}) => its.purgeQueue(name),
    bind({its, queue, exchange, key, arguments: pairs}) {
        return its.bindQueue(queue, exchange, key, toTable(pairs));
    },
    unbind: ({its, queue, exchange, key}) => its.unbindQueue(queue, exchange, key),
};

const publishing = {
    async publish({its, exchange, key, bodies, mandatory, properties}) {
        const returned = [];
        const onReturn = (message) => returned.push(message.content.toString('base64'));
        its.on('return', onReturn);
        for (const body of bodies) {
            its.publish(exchange, key, Buffer.from(body, 'base64'), toOptions(properties, mandatory));
        }
        if (its.waitForConfirms) await its.waitForConfirms();
        its.off('return', onReturn);
        return {acked: bodies.length - returned.length, returned};
    },
};

const consuming = {
    async get({its, queue, no_ack: noAck}) {
        const message = await its.get(queue, {noAck});
        return message ? toDelivery(message) : null;
    },
    qos: ({its, count}) => its.prefetch(count),
    async consume({its, queue, tag, no_ack: noAck, exclusive}) {
        let consumer = tag;
        const onMessage = (message) => {
            message ? its.arrived.push(toDelivery(message)) : its.cancelled.push(consumer);
        };
        const options = {consumerTag: tag || undefined, noAck, exclusive};
        consumer = (await its.consume(queue, onMessage, options)).consumerTag;
        return consumer;
    },
    async deliveries({its, count, wait_ms: waitMs}) {
        const end = Date.now() + waitMs;
        while (its.arrived.length < count && Date.now() < end) await pause(5);
        return its.arrived.splice(0, count);
    },
    settle({its, verdict, tag, multiple, requeue}) {
        const message = {fields: {deliveryTag: tag}};
        if (verdict === 'ack') its.ack(message, multiple);
        else if (verdict === 'nack') its.nack(message, multiple, requeue);
        else its.reject(message, requeue);
    },
    cancel: ({its, tag}) => its.cancel(tag),
    async cancelled({its, wait_ms: waitMs}) {
        const end = Date.now() + waitMs;
        while (!its.cancelled.length && Date.now() < end) await pause(5);
        return its.cancelled;
    },
};

// One number after the other, each until it is confirmed, over as many connections as that takes.
async function publishSteadily(queue, state) {
    while (!state.isStopped) {
        try {
            const connection = await amqp.connect(url);
            const lost = new Promise((_, reject) => {
                connection.on('error', reject);
                connection.on('close', () => reject(new Error('closed')));
            });
            lost.catch(() => {});
            const channel = await connection.createConfirmChannel();
            channel.on('error', () => {});
            while (!state.isStopped) {
                const next = state.confirmed.length;
                channel.sendToQueue(queue, Buffer.from(String(next)), {persistent: true});
                await Promise.race([channel.waitForConfirms(), lost]);
                state.confirmed.push(next);
            }
            await connection.close();
        } catch (error) {
            await pause(50);
        }
    }
}

const steadiness = {
    steady({queue}) {
        steady = {confirmed: [], isStopped: false};
        steady.ended = publishSteadily(queue, steady);
    },
    confirmed: () => ({count: steady.confirmed.length}),
    async stop_steady() {
        steady.isStopped = true;
        await steady.ended;
        return steady.confirmed;
    },
};

const operations = {
    ...topology, ...publishing, ...consuming,
    close_channel: ({its}) => its.close(),
};

const withoutChannel = {
    ...steadiness,
    hello({address}) {
        url = `amqp://guest:guest@${address}`;
        const file = path.join(__dirname, 'node_modules', 'amqplib', 'package.json');
        const client = `amqplib ${JSON.parse(fs.readFileSync(file)).version}`;
        return {client, codecs: [], lacks: ['follow']};
    },
    async channel({connection: name, confirms}) {
        const connection = await connectionOf(name);
        const its = await (confirms ? connection.createConfirmChannel() : connection.createChannel());
        Object.assign(its, {arrived: [], cancelled: [], fail: () => {}});
        its.on('error', (error) => {
            its.error = error;
            its.fail(error);
        });
        return channels.push(its) - 1;
    },
};

async function run(request) {
    if (withoutChannel[request.op]) return withoutChannel[request.op](request);
    const its = channels[request.channel];
    return orItsError(its, async () => {
        const result = await operations[request.op]({...request, its});
        return ANSWERED.includes(request.op) ? result : null;
    });
}

async function main() {
    for await (const line of readline.createInterface({input: process.stdin})) {
        let reply;
        try {
            const result = await run(JSON.parse(line));
            reply = {ok: result === undefined ? null : result};
        } catch (error) {
            reply = {error: {code: error.code || -1, text: `${error.name}: ${error.message}`}};
        }
        process.stdout.write(JSON.stringify(reply) + '\n');
    }
    process.exit(0);
}

main();

// The agent around kafkajs.
'use strict';

const readline = require('readline');
const {Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, logLevel} = require('kafkajs');
const SnappyCodec = require('kafkajs-snappy');
CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec;

const codecs = {none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy};
const TOPIC_EXISTS = 36;
const producers = new Map();
let kafka, admin, throwaway = 0;
let member, assigned = {}, received = [], positions = new Map();

const decode = (text) => (text === null ? null : Buffer.from(text, 'base64'));
const encode = (bytes) => (bytes == null ? null : Buffer.from(bytes).toString('base64'));  // undefined too

class Failed extends Error {
    constructor(code, text) {
        super(text);
        this.code = code;
    }
}

function toReply(partition, message) {
    const headers = Object.entries(message.headers || {}).map(([name, value]) => [name, encode(value)]);
    return {
        key: encode(message.key), value: encode(message.value), headers, partition,
        offset: Number(message.offset), timestamp: Number(message.timestamp),
    };
}

// kafkajs takes headers as an object, so their order is that of first use.
function toMessage(record) {
    const headers = Object.fromEntries(record.headers.map(([name, value]) => [name, decode(value)]));
    const {partition} = record;
    const message = {key: decode(record.key), value: decode(record.value), partition, headers};
    if (record.timestamp !== null) message.timestamp = String(record.timestamp);
    return message;
}

async function producerFor(codec, idempotent) {
    const name = `${codec} ${idempotent}`;
    if (!producers.has(name)) {
        const producer = kafka.producer({idempotent, maxInFlightRequests: 1, allowAutoTopicCreation: false});
        await producer.connect();
        producers.set(name, producer);
    }
    return producers.get(name);
}

const topicResource = (topic, more) => ({type: ConfigResourceTypes.TOPIC, name: topic, ...more});

const administration = {
    async create_topic({topic, partitions, configs}) {
        const configEntries = Object.entries(configs).map(([name, value]) => ({name, value}));
        const wanted = {topic, numPartitions: partitions, replicationFactor: 1, configEntries};
        if (!(await admin.createTopics({topics: [wanted], waitForLeaders: false}))) {
            throw new Failed(TOPIC_EXISTS, 'the topic exists');
        }
        return null;
    },
    delete_topic: ({topic}) => admin.deleteTopics({topics: [topic]}),
    list_topics: () => admin.listTopics(),
    async describe_topic({topic}) {
        return (await admin.fetchTopicMetadata({topics: [topic]})).topics[0].partitions.length;
    },
    add_partitions: ({topic, total}) => admin.createPartitions({topicPartitions: [{topic, count: total}]}),
    async describe_config({topic, key}) {
        const resources = [topicResource(topic, {configNames: [key]})];
        const answer = await admin.describeConfigs({includeSynonyms: false, resources});
        return answer.resources[0].configEntries[0].configValue;
    },
    alter_config: ({topic, key, value}) => admin.alterConfigs(
        {validateOnly: false, resources: [topicResource(topic, {configEntries: [{name: key, value}]})]}),
    async list_offset({topic, partition, timestamp}) {
        const mine = (list) => list.find((entry) => entry.partition === partition);
        if (timestamp >= 0) {
            return Number(mine(await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)).offset);
        }
        const offsets = mine(await admin.fetchTopicOffsets(topic));
        return Number(timestamp === -1 ? offsets.high : offsets.low);
    },
    async delete_records({topic, partition, offset}) {
        await admin.fetchTopicOffsets(topic); // without it kafkajs does not know the partition's leader
        await admin.deleteTopicRecords({topic, partitions: [{partition, offset: String(offset)}]});
    },
    list_groups: async () => (await admin.listGroups()).groups.map((group) => group.groupId),
    async describe_group({group}) {
        const described = (await admin.describeGroups([group])).groups[0];
        return {state: described.state, members: described.members.length};
    },
    delete_group: ({group}) => admin.deleteGroups([group]),
    async committed({group, topic}) {
        const answer = await admin.fetchOffsets({groupId: group, topics: [topic]});
        return Object.fromEntries(answer[0].partitions.map((one) => [one.partition, Number(one.offset)]));
    },
};

async function produce({topic, records, codec = 'none', idempotent = false}) {
    const producer = await producerFor(codec, idempotent);
    const messages = records.map(toMessage);
    const answers = await producer.send({topic, acks: -1, compression: codecs[codec], messages});
    const next = new Map(answers.map((answer) => [answer.partition, Number(answer.baseOffset)]));
    return records.map(({partition}) => {
        const offset = next.get(partition);
        next.set(partition, offset + 1);
        return offset;
    });
}

// kafkajs reads in groups only: a group of its own for each call, moved to the offset by seek.
async function consume({topic, partition, offset, count}) {
    const groupId = `unused-${process.pid}-${Date.now()}-${throwaway++}`;
    const consumer = kafka.consumer({groupId, maxWaitTimeInMs: 100});
    const records = [];
    await consumer.connect();
    await consumer.subscribe({topics: [topic], fromBeginning: true});
    await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no records in 30 s')), 30000);
        const eachMessage = async ({partition: from, message}) => {
            if (from !== partition || Number(message.offset) < offset || records.length === count) return;
            records.push(toReply(from, message));
            if (records.length === count) {
                clearTimeout(timer);
                resolve();
            }
        };
        consumer.run({autoCommit: false, eachMessage}).catch(reject);
        consumer.seek({topic, partition, offset: String(offset)});
    });
    await consumer.disconnect();
    return records;
}

const grouping = {
    async join({group, topics}) {
        const times = {sessionTimeout: 10000, heartbeatInterval: 1000, maxWaitTimeInMs: 200};
        member = kafka.consumer({groupId: group, ...times});
        member.on(member.events.GROUP_JOIN, ({payload}) => { assigned = payload.memberAssignment; });
        member.on(member.events.REBALANCING, () => { assigned = {}; });
        await member.connect();
        await member.subscribe({topics, fromBeginning: true});
        await member.run({autoCommit: false, eachMessage: async ({topic, partition, message}) => {
            received.push(toReply(partition, message));
            const offset = String(Number(message.offset) + 1);
            positions.set(`${topic} ${partition}`, {topic, partition, offset});
        }});
        return null;
    },
    async poll({wait_ms: waitMs}) {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        const pairs = ([topic, list]) => list.map((partition) => [topic, partition]);
        const state = {assigned: Object.entries(assigned).flatMap(pairs), records: received};
        received = [];
        return state;
    },
    async commit() {
        const isMine = ({topic, partition}) => (assigned[topic] || []).includes(partition);
        await member.commitOffsets([...positions.values()].filter(isMine));
        return null;
    },
    leave: () => member.disconnect(),
};

const operations = {
    async hello({address}) {
        kafka = new Kafka({brokers: [address], logLevel: logLevel.ERROR, clientId: 'weir-interop',
            retry: {initialRetryTime: 100, maxRetryTime: 1000, retries: 60}});
        admin = kafka.admin({retry: {initialRetryTime: 100, maxRetryTime: 500, retries: 5}});
        await admin.connect();
        const lacks = ['repeated_headers', 'null_header', 'out_of_range', 'unknown_partition',
            'describe_producers'];
        const client = `kafkajs ${require('kafkajs/package.json').version}`;
        return {client, codecs: Object.keys(codecs), lacks};
    },
    ...administration, produce, consume, ...grouping,
};

// The code of Kafka's that lies in one of kafkajs' nested errors.
function codeOf(error) {
    if (error.code !== undefined && Number.isInteger(error.code)) return error.code;
    const inner = error.cause || (error.errors || error.groups || error.partitions || [])[0];
    return inner ? codeOf(inner.error || inner) : (error.errorCode || -1);
}

async function main() {
    for await (const line of readline.createInterface({input: process.stdin})) {
        const request = JSON.parse(line);
        let reply;
        try {
            const result = await operations[request.op](request);
            reply = {ok: result === undefined ? null : result};
        } catch (error) {
            reply = {error: {code: codeOf(error), text: `${error.name}: ${error.message}`}};
        }
        process.stdout.write(JSON.stringify(reply) + '\n');
    }
    process.exit(0);
}

main();

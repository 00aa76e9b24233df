"""Reads a topic from its start as a consumer in a rack, and prints which broker each partition came from.

Arguments: address, topic, rack, how many records. The brokers are those of librdkafka's own statistics.
"""

import json
import sys
import time

from confluent_kafka import Consumer, TopicPartition

LIMIT_S = 60


def main():
    address, topic, rack, count = sys.argv[1:]
    brokers = {}

    def on_stats(text):
        partitions = json.loads(text)["topics"].get(topic, {"partitions": {}})["partitions"]
        brokers.update({number: at["broker"] for number, at in partitions.items() if number != "-1"})

    settings = {"client.rack": rack, "statistics.interval.ms": 100, "stats_cb": on_stats, "log_level": 2}
    consumer = Consumer({"bootstrap.servers": address, "group.id": topic, **settings})
    partitions = sorted(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    seen, end = 0, time.monotonic() + LIMIT_S
    while (seen < int(count) or not brokers) and time.monotonic() < end:
        seen += len(consumer.consume(500, 0.2))
    for _ in range(5):  # a round of statistics more
        consumer.consume(500, 0.2)
    consumer.close()
    print(json.dumps(brokers))
    sys.exit(0 if seen == int(count) else 1)


main()

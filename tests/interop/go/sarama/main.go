// The agent around sarama.
package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"

	"weir.tests/interop/agentloop"
)

var (
	address   string
	client    sarama.Client
	admin     sarama.ClusterAdmin
	producers = map[string]sarama.SyncProducer{}
	member    *groupMember
)

var codecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

type agent struct{}

func (agent) Code(err error) int {
	var many sarama.ProducerErrors
	if errors.As(err, &many) {
		err = many[0].Err
	}
	var kafkaError sarama.KError
	if errors.As(err, &kafkaError) {
		return int(kafkaError)
	}
	return -1
}

func newConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Metadata.Retry.Max = 60
	config.Producer.Retry.Max = 60
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Return.Errors = false
	return config
}

func (agent) Hello(to string) (err error) {
	address = to
	if client, err = sarama.NewClient([]string{address}, newConfig()); err != nil {
		return err
	}
	admin, err = sarama.NewClusterAdminFromClient(client)
	return err
}

func (agent) CreateTopic(r *agentloop.Request) (any, error) {
	configs := map[string]*string{}
	for key, value := range r.Configs {
		configs[key] = &value
	}
	detail := &sarama.TopicDetail{NumPartitions: r.Partitions, ReplicationFactor: 1, ConfigEntries: configs}
	return nil, admin.CreateTopic(r.Topic, detail, false)
}

func (agent) DeleteTopic(r *agentloop.Request) (any, error) { return nil, admin.DeleteTopic(r.Topic) }

func (agent) ListTopics(*agentloop.Request) (any, error) {
	topics, err := admin.ListTopics()
	names := []string{}
	for name := range topics {
		names = append(names, name)
	}
	return names, err
}

func (agent) DescribeTopic(r *agentloop.Request) (any, error) {
	topics, err := admin.DescribeTopics([]string{r.Topic})
	if err != nil {
		return nil, err
	}
	return len(topics[0].Partitions), nil
}

func (agent) AddPartitions(r *agentloop.Request) (any, error) {
	return nil, admin.CreatePartitions(r.Topic, int32(r.Total), nil, false)
}

func (agent) DescribeConfig(r *agentloop.Request) (any, error) {
	resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: r.Topic, ConfigNames: []string{r.Key}}
	entries, err := admin.DescribeConfig(resource)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0].Value, nil
}

func (agent) AlterConfig(r *agentloop.Request) (any, error) {
	set := sarama.IncrementalAlterConfigsOperationSet
	entry := sarama.IncrementalAlterConfigsEntry{Operation: set, Value: &r.Value}
	entries := map[string]sarama.IncrementalAlterConfigsEntry{r.Key: entry}
	return nil, admin.IncrementalAlterConfig(sarama.TopicResource, r.Topic, entries, false)
}

func (agent) ListOffset(r *agentloop.Request) (any, error) {
	return client.GetOffset(r.Topic, r.Partition, r.Timestamp)
}

func (agent) DeleteRecords(r *agentloop.Request) (any, error) {
	return nil, admin.DeleteRecords(r.Topic, map[int32]int64{r.Partition: r.Offset})
}

func (agent) ListGroups(*agentloop.Request) (any, error) {
	groups, err := admin.ListConsumerGroups()
	names := []string{}
	for name := range groups {
		names = append(names, name)
	}
	return names, err
}

func (agent) DescribeGroup(r *agentloop.Request) (any, error) {
	groups, err := admin.DescribeConsumerGroups([]string{r.Group})
	if err != nil {
		return nil, err
	}
	return map[string]any{"state": groups[0].State, "members": len(groups[0].Members)}, nil
}

func (agent) DeleteGroup(r *agentloop.Request) (any, error) {
	return nil, admin.DeleteConsumerGroup(r.Group)
}

func (agent) Committed(r *agentloop.Request) (any, error) {
	answer, err := admin.ListConsumerGroupOffsets(r.Group, nil)
	if err != nil {
		return nil, err
	}
	result := map[int32]int64{}
	for partition, block := range answer.Blocks[r.Topic] {
		result[partition] = block.Offset
	}
	return result, nil
}

func producer(codec string, idempotent bool) (sarama.SyncProducer, error) {
	name := fmt.Sprint(codec, idempotent)
	if known, found := producers[name]; found {
		return known, nil
	}
	config := newConfig()
	config.Producer.Compression = codecs[codec]
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	config.Producer.Idempotent = idempotent
	config.Net.MaxOpenRequests = 1
	created, err := sarama.NewSyncProducer([]string{address}, config)
	if err == nil {
		producers[name] = created
	}
	return created, err
}

// encoder keeps null apart from empty: for sarama, no encoder at all is null.
func encoder(value []byte) sarama.Encoder {
	if value == nil {
		return nil
	}
	return sarama.ByteEncoder(value)
}

func (agent) Produce(r *agentloop.Request) (any, error) {
	sender, err := producer(r.Codec, r.Idempotent)
	if err != nil {
		return nil, err
	}
	var messages []*sarama.ProducerMessage
	for _, from := range r.Records {
		message := &sarama.ProducerMessage{Topic: r.Topic, Partition: from.Partition,
			Key: encoder(from.Key), Value: encoder(from.Value)}
		if from.Timestamp != nil {
			message.Timestamp = time.UnixMilli(*from.Timestamp)
		}
		for _, header := range from.GetHeaders() {
			converted := sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value}
			message.Headers = append(message.Headers, converted)
		}
		messages = append(messages, message)
	}
	err = sender.SendMessages(messages)
	var offsets []int64
	for _, message := range messages {
		offsets = append(offsets, message.Offset)
	}
	return offsets, err
}

func toReply(message *sarama.ConsumerMessage) agentloop.Record {
	timestamp := message.Timestamp.UnixMilli()
	reply := agentloop.Record{Key: message.Key, Value: message.Value, Partition: message.Partition,
		Offset: message.Offset, Timestamp: &timestamp, Headers: [][]any{}}
	for _, header := range message.Headers {
		reply.AddHeader(string(header.Key), header.Value)
	}
	return reply
}

func (agent) Consume(r *agentloop.Request) (any, error) {
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return nil, err
	}
	partition, err := consumer.ConsumePartition(r.Topic, r.Partition, r.Offset)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	records, limit := []agentloop.Record{}, time.After(30*time.Second)
	for len(records) < r.Count {
		select {
		case message := <-partition.Messages():
			records = append(records, toReply(message))
		case <-limit:
			return records, nil
		}
	}
	return records, nil
}

func main() {
	agentloop.Serve(agent{}, "github.com/IBM/sarama", "null_header", "unknown_partition",
		"describe_producers")
}

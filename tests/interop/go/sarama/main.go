// The agent around sarama.
package main

import (
	"errors"
	"fmt"
	"runtime/debug"
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

func code(err error) int {
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

func hello(r *agentloop.Request) (result any, err error) {
	address = r.Address
	if client, err = sarama.NewClient([]string{address}, newConfig()); err != nil {
		return nil, err
	}
	if admin, err = sarama.NewClusterAdminFromClient(client); err != nil {
		return nil, err
	}
	version := "sarama"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/IBM/sarama" {
				version += " " + module.Version
			}
		}
	}
	codecNames := []string{"none", "gzip", "snappy", "lz4", "zstd"}
	can := []string{"topics", "partitions", "configs", "codecs", "idempotent", "times", "delete_records",
		"errors", "group", "groups", "restart", "headers", "repeated_headers", "empty_key", "null_value",
		"out_of_range"}
	return map[string]any{"client": version, "codecs": codecNames, "can": can}, nil
}

func createTopic(r *agentloop.Request) (any, error) {
	configs := map[string]*string{}
	for key, value := range r.Configs {
		configs[key] = &value
	}
	detail := &sarama.TopicDetail{NumPartitions: r.Partitions, ReplicationFactor: 1, ConfigEntries: configs}
	return nil, admin.CreateTopic(r.Topic, detail, false)
}

func deleteTopic(r *agentloop.Request) (any, error) { return nil, admin.DeleteTopic(r.Topic) }

func listTopics(*agentloop.Request) (any, error) {
	topics, err := admin.ListTopics()
	names := []string{}
	for name := range topics {
		names = append(names, name)
	}
	return names, err
}

func describeTopic(r *agentloop.Request) (any, error) {
	topics, err := admin.DescribeTopics([]string{r.Topic})
	if err != nil {
		return nil, err
	}
	return len(topics[0].Partitions), nil
}

func addPartitions(r *agentloop.Request) (any, error) {
	return nil, admin.CreatePartitions(r.Topic, int32(r.Total), nil, false)
}

func describeConfig(r *agentloop.Request) (any, error) {
	resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: r.Topic, ConfigNames: []string{r.Key}}
	entries, err := admin.DescribeConfig(resource)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0].Value, nil
}

func alterConfig(r *agentloop.Request) (any, error) {
	set := sarama.IncrementalAlterConfigsOperationSet
	entry := sarama.IncrementalAlterConfigsEntry{Operation: set, Value: &r.Value}
	entries := map[string]sarama.IncrementalAlterConfigsEntry{r.Key: entry}
	return nil, admin.IncrementalAlterConfig(sarama.TopicResource, r.Topic, entries, false)
}

func listOffset(r *agentloop.Request) (any, error) {
	return client.GetOffset(r.Topic, r.Partition, r.Timestamp)
}

func deleteRecords(r *agentloop.Request) (any, error) {
	return nil, admin.DeleteRecords(r.Topic, map[int32]int64{r.Partition: r.Offset})
}

func listGroups(*agentloop.Request) (any, error) {
	groups, err := admin.ListConsumerGroups()
	names := []string{}
	for name := range groups {
		names = append(names, name)
	}
	return names, err
}

func describeGroup(r *agentloop.Request) (any, error) {
	groups, err := admin.DescribeConsumerGroups([]string{r.Group})
	if err != nil {
		return nil, err
	}
	return map[string]any{"state": groups[0].State, "members": len(groups[0].Members)}, nil
}

func deleteGroup(r *agentloop.Request) (any, error) { return nil, admin.DeleteConsumerGroup(r.Group) }

func committed(r *agentloop.Request) (any, error) {
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

func produce(r *agentloop.Request) (any, error) {
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

func consume(r *agentloop.Request) (any, error) {
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
	agentloop.Serve(map[string]agentloop.Operation{
		"hello": hello, "create_topic": createTopic, "delete_topic": deleteTopic, "list_topics": listTopics,
		"describe_topic": describeTopic, "add_partitions": addPartitions, "describe_config": describeConfig,
		"alter_config": alterConfig, "list_offset": listOffset, "delete_records": deleteRecords,
		"list_groups": listGroups, "describe_group": describeGroup, "delete_group": deleteGroup,
		"committed": committed, "produce": produce, "consume": consume, "join": join, "poll": poll,
		"commit": commit, "leave": leave,
	}, code)
}

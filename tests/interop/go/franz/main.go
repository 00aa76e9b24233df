// The agent around franz-go.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"weir.tests/interop/agentloop"
)

var (
	address   string
	admin     *kadm.Client
	producers = map[string]*kgo.Client{}
	member    *kgo.Client
	current   = map[string]map[int32]bool{}
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

type agent struct{}

func deadline() context.Context {
	bounded, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	time.AfterFunc(61*time.Second, cancel)
	return bounded
}

func (agent) Code(err error) int {
	var kafkaError *kerr.Error
	if errors.As(err, &kafkaError) {
		return int(kafkaError.Code)
	}
	return -1
}

func newClient(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(options, kgo.SeedBrokers(address), kgo.RetryBackoffFn(func(int) time.Duration {
		return 100 * time.Millisecond
	}))...)
}

func (agent) Hello(to string) error {
	address = to
	client, err := newClient()
	if err == nil {
		admin = kadm.NewClient(client)
	}
	return err
}

func (agent) CreateTopic(r *agentloop.Request) (any, error) {
	configs := map[string]*string{}
	for key, value := range r.Configs {
		configs[key] = kadm.StringPtr(value)
	}
	_, err := admin.CreateTopic(deadline(), r.Partitions, 1, configs, r.Topic)
	return nil, err
}

func (agent) DeleteTopic(r *agentloop.Request) (any, error) {
	_, err := admin.DeleteTopic(deadline(), r.Topic)
	return nil, err
}

func (agent) ListTopics(*agentloop.Request) (any, error) {
	topics, err := admin.ListTopics(deadline())
	return topics.Names(), err
}

func (agent) DescribeTopic(r *agentloop.Request) (any, error) {
	topics, err := admin.ListTopics(deadline(), r.Topic)
	if err == nil {
		err = topics.Error()
	}
	return len(topics[r.Topic].Partitions), err
}

func (agent) AddPartitions(r *agentloop.Request) (any, error) {
	answer, err := admin.UpdatePartitions(deadline(), r.Total, r.Topic)
	if err == nil {
		err = answer.Error()
	}
	return nil, err
}

func (agent) DescribeConfig(r *agentloop.Request) (any, error) {
	configs, err := admin.DescribeTopicConfigs(deadline(), r.Topic)
	if err != nil {
		return nil, err
	}
	for _, config := range configs[0].Configs {
		if config.Key == r.Key {
			return config.Value, nil
		}
	}
	return nil, configs[0].Err
}

func (agent) AlterConfig(r *agentloop.Request) (any, error) {
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: r.Key, Value: &r.Value}
	answers, err := admin.AlterTopicConfigs(deadline(), []kadm.AlterConfig{change}, r.Topic)
	if err != nil {
		return nil, err
	}
	return nil, answers[0].Err
}

func (agent) ListOffset(r *agentloop.Request) (any, error) {
	var listed kadm.ListedOffsets
	var err error
	switch r.Timestamp {
	case -1:
		listed, err = admin.ListEndOffsets(deadline(), r.Topic)
	case -2:
		listed, err = admin.ListStartOffsets(deadline(), r.Topic)
	default:
		listed, err = admin.ListOffsetsAfterMilli(deadline(), r.Timestamp, r.Topic)
	}
	if err == nil {
		err = listed.Error()
	}
	offset, _ := listed.Lookup(r.Topic, r.Partition)
	return offset.Offset, err
}

func (agent) DeleteRecords(r *agentloop.Request) (any, error) {
	offsets := kadm.Offsets{}
	offsets.AddOffset(r.Topic, r.Partition, r.Offset, -1)
	answer, err := admin.DeleteRecords(deadline(), offsets)
	if err == nil {
		err = answer.Error()
	}
	return nil, err
}

func (agent) ListGroups(*agentloop.Request) (any, error) {
	groups, err := admin.ListGroups(deadline())
	return groups.Groups(), err
}

func (agent) DescribeGroup(r *agentloop.Request) (any, error) {
	groups, err := admin.DescribeGroups(deadline(), r.Group)
	if err != nil {
		return nil, err
	}
	group := groups[r.Group]
	return map[string]any{"state": group.State, "members": len(group.Members)}, group.Err
}

func (agent) DeleteGroup(r *agentloop.Request) (any, error) {
	_, err := admin.DeleteGroup(deadline(), r.Group)
	return nil, err
}

func (agent) Committed(r *agentloop.Request) (any, error) {
	offsets, err := admin.FetchOffsets(deadline(), r.Group)
	result := map[int32]int64{}
	for partition, offset := range offsets[r.Topic] {
		result[partition] = offset.At
	}
	return result, err
}

func (agent) DescribeProducers(r *agentloop.Request) (any, error) {
	wanted := kadm.TopicsSet{}
	wanted.Add(r.Topic, r.Partition)
	answer, err := admin.DescribeProducers(deadline(), wanted)
	sequences := []int32{}
	partition := answer[r.Topic].Partitions[r.Partition]
	for _, producer := range partition.ActiveProducers {
		sequences = append(sequences, producer.LastSequence)
	}
	if err == nil {
		err = partition.Err
	}
	return sequences, err
}

func producer(codec string, idempotent bool) (*kgo.Client, error) {
	name := fmt.Sprint(codec, idempotent)
	if client, found := producers[name]; found {
		return client, nil
	}
	options := []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codecs[codec]), kgo.ProducerLinger(20 * time.Millisecond),
		kgo.RequiredAcks(kgo.AllISRAcks())}
	if !idempotent {
		options = append(options, kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1))
	}
	client, err := newClient(options...)
	producers[name] = client
	return client, err
}

func (agent) Produce(r *agentloop.Request) (any, error) {
	client, err := producer(r.Codec, r.Idempotent)
	if err != nil {
		return nil, err
	}
	var records []*kgo.Record
	for _, from := range r.Records {
		record := &kgo.Record{Topic: r.Topic, Partition: from.Partition, Key: from.Key, Value: from.Value}
		if from.Timestamp != nil {
			record.Timestamp = time.UnixMilli(*from.Timestamp)
		}
		for _, header := range from.GetHeaders() {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
		records = append(records, record)
	}
	err = client.ProduceSync(deadline(), records...).FirstErr()
	var offsets []int64
	for _, record := range records {
		offsets = append(offsets, record.Offset)
	}
	return offsets, err
}

func toReply(record *kgo.Record) agentloop.Record {
	timestamp := record.Timestamp.UnixMilli()
	reply := agentloop.Record{Key: record.Key, Value: record.Value, Partition: record.Partition,
		Offset: record.Offset, Timestamp: &timestamp, Headers: [][]any{}}
	for _, header := range record.Headers {
		reply.AddHeader(header.Key, header.Value)
	}
	return reply
}

func (agent) Consume(r *agentloop.Request) (any, error) {
	start := map[string]map[int32]kgo.Offset{r.Topic: {r.Partition: kgo.NewOffset().At(r.Offset)}}
	client, err := newClient(kgo.ConsumePartitions(start), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	records := []agentloop.Record{}
	for waiting := deadline(); len(records) < r.Count; {
		fetches := client.PollRecords(waiting, r.Count-len(records))
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(record *kgo.Record) { records = append(records, toReply(record)) })
	}
	return records, nil
}

// own keeps what this member is assigned; the client calls it between polls only (BlockRebalanceOnPoll).
func own(add bool) func(context.Context, *kgo.Client, map[string][]int32) {
	return func(_ context.Context, _ *kgo.Client, change map[string][]int32) {
		for topic, partitions := range change {
			for _, partition := range partitions {
				if current[topic] == nil {
					current[topic] = map[int32]bool{}
				}
				current[topic][partition] = add
			}
		}
	}
}

func (agent) Join(r *agentloop.Request) (result any, err error) {
	member, err = newClient(kgo.ConsumerGroup(r.Group), kgo.ConsumeTopics(r.Topics...), kgo.ClientID(r.Member),
		kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(10*time.Second), kgo.HeartbeatInterval(time.Second),
		kgo.OnPartitionsAssigned(own(true)), kgo.OnPartitionsRevoked(own(false)), kgo.OnPartitionsLost(own(false)))
	return nil, err
}

func (agent) Poll(r *agentloop.Request) (any, error) {
	waiting, cancel := context.WithTimeout(context.Background(), time.Duration(r.WaitMs)*time.Millisecond)
	defer cancel()
	fetches := member.PollRecords(waiting, 500)
	records, owned := []agentloop.Record{}, [][]any{}
	fetches.EachRecord(func(record *kgo.Record) { records = append(records, toReply(record)) })
	for topic, partitions := range current {
		for partition, mine := range partitions {
			if mine {
				owned = append(owned, []any{topic, partition})
			}
		}
	}
	member.AllowRebalance()
	return map[string]any{"assigned": owned, "records": records}, nil
}

func (agent) Commit(*agentloop.Request) (any, error) {
	return nil, member.CommitUncommittedOffsets(deadline())
}

func (agent) Leave(*agentloop.Request) (any, error) {
	member.CloseAllowingRebalance()
	return nil, nil
}

func main() {
	agentloop.Serve(agent{}, "github.com/twmb/franz-go", "unknown_partition")
}

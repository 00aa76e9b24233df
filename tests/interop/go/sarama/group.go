// The group member of the sarama agent: the client pushes records, the test polls for them.
package main

import (
	"context"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"weir.tests/interop/agentloop"
)

// groupMember collects what the client's own goroutines hand over, until the test asks for it.
type groupMember struct {
	group   sarama.ConsumerGroup
	stop    context.CancelFunc
	stopped chan struct{}

	mutex    sync.Mutex
	session  sarama.ConsumerGroupSession // nil while the group rebalances
	received []*sarama.ConsumerMessage
}

func (m *groupMember) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session = session
	return nil
}

func (m *groupMember) Cleanup(sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session = nil
	return nil
}

func (m *groupMember) ConsumeClaim(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim,
) error {
	for {
		select {
		case message, more := <-claim.Messages():
			if !more {
				return nil
			}
			m.mutex.Lock()
			m.received = append(m.received, message)
			m.mutex.Unlock()
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

func (m *groupMember) run(running context.Context, topics []string) {
	defer close(m.stopped)
	for running.Err() == nil {
		if m.group.Consume(running, topics, m) != nil {
			time.Sleep(100 * time.Millisecond) // the broker is away: Consume returns at once
		}
	}
}

func (agent) Join(r *agentloop.Request) (any, error) {
	config := newConfig()
	config.ClientID = r.Member
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = 10 * time.Second
	config.Consumer.Group.Heartbeat.Interval = time.Second
	group, err := sarama.NewConsumerGroup([]string{address}, r.Group, config)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	member = &groupMember{group: group, stop: stop, stopped: make(chan struct{})}
	go member.run(running, r.Topics)
	return nil, nil
}

func (agent) Poll(r *agentloop.Request) (any, error) {
	time.Sleep(time.Duration(r.WaitMs) * time.Millisecond)
	member.mutex.Lock()
	defer member.mutex.Unlock()
	records, owned := []agentloop.Record{}, [][]any{}
	for _, message := range member.received {
		records = append(records, toReply(message))
	}
	member.received = nil
	if member.session != nil {
		for topic, partitions := range member.session.Claims() {
			for _, partition := range partitions {
				owned = append(owned, []any{topic, partition})
			}
		}
	}
	return map[string]any{"assigned": owned, "records": records}, nil
}

func (agent) Commit(*agentloop.Request) (any, error) {
	member.mutex.Lock()
	defer member.mutex.Unlock()
	if member.session != nil {
		member.session.Commit()
	}
	return nil, nil
}

func (agent) Leave(*agentloop.Request) (any, error) {
	member.stop()
	<-member.stopped
	return nil, member.group.Close()
}

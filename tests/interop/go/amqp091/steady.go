// A publisher that goes on over lost connections, as programs around this client do it.
package main

import (
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const pause = 50 * time.Millisecond

// steadyPublisher sends one number after the other, each until it is confirmed.
type steadyPublisher struct {
	queue   string
	mutex   sync.Mutex
	numbers []int
	stopped chan struct{}
	ended   chan struct{}
}

func startPublishing(queue string) *steadyPublisher {
	p := &steadyPublisher{queue: queue, stopped: make(chan struct{}), ended: make(chan struct{})}
	go p.run()
	return p
}

func (p *steadyPublisher) run() {
	defer close(p.ended)
	for !p.isStopped() {
		if connection, err := connect(); err == nil {
			p.publishOn(connection)
			connection.Close()
		}
		time.Sleep(pause)
	}
}

// publishOn returns when the connection is of no more use, or the publisher is stopped.
func (p *steadyPublisher) publishOn(connection *amqp.Connection) {
	channel, err := connection.Channel()
	if err != nil || channel.Confirm(false) != nil {
		return
	}
	closed := connection.NotifyClose(make(chan *amqp.Error, 1))
	for !p.isStopped() {
		next := len(p.confirmed())
		message := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: fmt.Append(nil, next)}
		confirmation, err := channel.PublishWithDeferredConfirm("", p.queue, false, false, message)
		if err != nil {
			return
		}
		select {
		case <-confirmation.Done():
			if !confirmation.Acked() {
				return
			}
			p.mutex.Lock()
			p.numbers = append(p.numbers, next)
			p.mutex.Unlock()
		case <-closed:
			return
		}
	}
}

func (p *steadyPublisher) isStopped() bool {
	select {
	case <-p.stopped:
		return true
	default:
		return false
	}
}

func (p *steadyPublisher) confirmed() []int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.numbers
}

func (p *steadyPublisher) stop() []int {
	close(p.stopped)
	<-p.ended
	return p.confirmed()
}

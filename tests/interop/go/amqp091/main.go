// The agent around amqp091-go, RabbitMQ's client for Go.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const confirmLimit = 60 * time.Second

type request struct {
	Op         string         `json:"op"`
	Address    string         `json:"address"`
	Connection string         `json:"connection"`
	Confirms   bool           `json:"confirms"`
	Channel    int            `json:"channel"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Durable    bool           `json:"durable"`
	Exclusive  bool           `json:"exclusive"`
	AutoDelete bool           `json:"auto_delete"`
	Passive    bool           `json:"passive"`
	Arguments  pairs          `json:"arguments"`
	Queue      string         `json:"queue"`
	Exchange   string         `json:"exchange"`
	Key        string         `json:"key"`
	Bodies     [][]byte       `json:"bodies"`
	Mandatory  bool           `json:"mandatory"`
	Properties map[string]any `json:"properties"`
	NoAck      bool           `json:"no_ack"`
	Count      int            `json:"count"`
	WaitMs     int            `json:"wait_ms"`
	Tag        any            `json:"tag"`
	Verdict    string         `json:"verdict"`
	Multiple   bool           `json:"multiple"`
	Requeue    bool           `json:"requeue"`
}

// delivery is a message on its way to the test.
type delivery struct {
	Tag         uint64         `json:"tag"`
	Redelivered bool           `json:"redelivered"`
	Exchange    string         `json:"exchange"`
	Key         string         `json:"key"`
	Count       *uint32        `json:"count"`
	Body        []byte         `json:"body"`
	Properties  map[string]any `json:"properties"`
}

type channel struct {
	*amqp.Channel
	arrived   chan amqp.Delivery
	returned  chan amqp.Return
	cancelled chan string
}

type said struct {
	Acked    int      `json:"acked"`
	Returned [][]byte `json:"returned"`
}

var (
	address     string
	connections = map[string]*amqp.Connection{}
	channels    []*channel
	publisher   *steadyPublisher
)

func connect() (*amqp.Connection, error) {
	return amqp.Dial("amqp://guest:guest@" + address + "/")
}

func hello(r *request) (any, error) {
	address = r.Address
	version := "of unknown version"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, linked := range info.Deps {
			if linked.Path == "github.com/rabbitmq/amqp091-go" {
				version = linked.Version
			}
		}
	}
	client, lacks := "amqp091-go "+version, []string{"follow"}
	return map[string]any{"client": client, "codecs": []string{}, "lacks": lacks}, nil
}

func openChannel(r *request) (any, error) {
	connection := connections[r.Connection]
	if connection == nil || connection.IsClosed() {
		opened, err := connect()
		if err != nil {
			return nil, err
		}
		connection = opened
		connections[r.Connection] = connection
	}
	opened, err := connection.Channel()
	if err != nil {
		return nil, err
	}
	its := &channel{Channel: opened, arrived: make(chan amqp.Delivery, 1<<16)}
	its.returned = opened.NotifyReturn(make(chan amqp.Return, 1<<10))
	its.cancelled = opened.NotifyCancel(make(chan string, 1<<10))
	channels = append(channels, its)
	if r.Confirms {
		err = opened.Confirm(false)
	}
	return len(channels) - 1, err
}

func queue(its *channel, r *request) (any, error) {
	declare := its.QueueDeclare
	if r.Passive {
		declare = its.QueueDeclarePassive
	}
	found, err := declare(r.Name, r.Durable, r.AutoDelete, r.Exclusive, false, r.Arguments.table())
	return []any{found.Name, found.Messages, found.Consumers}, err
}

func exchange(its *channel, r *request) (any, error) {
	declare := its.ExchangeDeclare
	if r.Passive {
		declare = its.ExchangeDeclarePassive
	}
	return nil, declare(r.Name, r.Kind, r.Durable, false, false, false, nil)
}

func publish(its *channel, r *request) (any, error) {
	closed := its.NotifyClose(make(chan *amqp.Error, 1))
	var waiting []*amqp.DeferredConfirmation
	for _, body := range r.Bodies {
		message := toPublishing(body, r.Properties)
		confirmation, err := its.PublishWithDeferredConfirm(r.Exchange, r.Key, r.Mandatory, false, message)
		if err != nil {
			return nil, err
		}
		if confirmation != nil {
			waiting = append(waiting, confirmation)
		}
	}
	result := said{Returned: [][]byte{}}
	for _, confirmation := range waiting {
		select {
		case <-confirmation.Done():
			if confirmation.Acked() {
				result.Acked++
			}
		case err := <-closed:
			return nil, err
		case <-time.After(confirmLimit):
			return nil, errors.New("no confirm came")
		}
	}
	select {
	case err := <-closed: // which has also ended the waiting
		if err != nil {
			return nil, err
		}
	default:
	}
	for len(its.returned) > 0 {
		result.Returned = append(result.Returned, (<-its.returned).Body)
	}
	result.Acked -= len(result.Returned)
	return result, nil
}

func get(its *channel, r *request) (any, error) {
	found, ok, err := its.Get(r.Queue, r.NoAck)
	if err != nil || !ok {
		return nil, err
	}
	got := toDelivery(&found)
	got.Count = &found.MessageCount
	return got, nil
}

func consume(its *channel, r *request) (any, error) {
	tag := r.Tag.(string)
	if tag == "" {
		tag = fmt.Sprintf("%s-%d", r.Queue, time.Now().UnixNano())
	}
	deliveries, err := its.Consume(r.Queue, tag, r.NoAck, r.Exclusive, false, false, nil)
	if err != nil {
		return nil, err
	}
	go func() {
		for one := range deliveries {
			its.arrived <- one
		}
	}()
	return tag, nil
}

func deliveries(its *channel, r *request) (any, error) {
	found := []*delivery{}
	limit := time.After(time.Duration(r.WaitMs) * time.Millisecond)
	for len(found) < r.Count {
		select {
		case one := <-its.arrived:
			found = append(found, toDelivery(&one))
		case <-limit:
			return found, nil
		}
	}
	return found, nil
}

func settle(its *channel, r *request) (any, error) {
	tag := uint64(r.Tag.(float64))
	switch r.Verdict {
	case "ack":
		return nil, its.Ack(tag, r.Multiple)
	case "nack":
		return nil, its.Nack(tag, r.Multiple, r.Requeue)
	default:
		return nil, its.Reject(tag, r.Requeue)
	}
}

func cancelled(its *channel, r *request) (any, error) {
	select {
	case tag := <-its.cancelled:
		return []string{tag}, nil
	case <-time.After(time.Duration(r.WaitMs) * time.Millisecond):
		return []string{}, nil
	}
}

var operations = map[string]func(*channel, *request) (any, error){
	"queue": queue, "exchange": exchange, "publish": publish, "get": get, "consume": consume,
	"deliveries": deliveries, "settle": settle, "cancelled": cancelled,
	"close_channel": func(its *channel, _ *request) (any, error) { return nil, its.Close() },
	"delete_queue": func(its *channel, r *request) (any, error) {
		return its.QueueDelete(r.Name, false, false, false)
	},
	"delete_exchange": func(its *channel, r *request) (any, error) {
		return nil, its.ExchangeDelete(r.Name, false, false)
	},
	"purge": func(its *channel, r *request) (any, error) { return its.QueuePurge(r.Name, false) },
	"bind": func(its *channel, r *request) (any, error) {
		return nil, its.QueueBind(r.Queue, r.Key, r.Exchange, false, r.Arguments.table())
	},
	"unbind": func(its *channel, r *request) (any, error) {
		return nil, its.QueueUnbind(r.Queue, r.Key, r.Exchange, nil)
	},
	"qos":    func(its *channel, r *request) (any, error) { return nil, its.Qos(r.Count, 0, false) },
	"cancel": func(its *channel, r *request) (any, error) { return nil, its.Cancel(r.Tag.(string), false) },
	"steady": func(_ *channel, r *request) (any, error) {
		publisher = startPublishing(r.Queue)
		return nil, nil
	},
	"confirmed": func(*channel, *request) (any, error) {
		return map[string]int{"count": len(publisher.confirmed())}, nil
	},
	"stop_steady": func(*channel, *request) (any, error) { return publisher.stop(), nil },
}

func run(r *request) (any, error) {
	if r.Op == "hello" {
		return hello(r)
	}
	if r.Op == "channel" {
		return openChannel(r)
	}
	operation, known := operations[r.Op]
	if !known {
		return nil, fmt.Errorf("unknown operation %q", r.Op)
	}
	var its *channel
	if r.Channel < len(channels) {
		its = channels[r.Channel]
	}
	return operation(its, r)
}

func code(err error) int {
	var failure *amqp.Error
	if errors.As(err, &failure) {
		return failure.Code
	}
	return -1
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var r request
		err := json.Unmarshal(input.Bytes(), &r)
		var result any
		if err == nil {
			result, err = run(&r)
		}
		if err != nil {
			output.Encode(map[string]any{"error": map[string]any{"code": code(err), "text": err.Error()}})
		} else {
			output.Encode(map[string]any{"ok": result})
		}
	}
}

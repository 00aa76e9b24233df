// Package agentloop is what the Go agents share: read a request, run the operation, write the reply.
package agentloop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// Record is one record on its way between a test and an agent; in JSON its bytes are base64, nil is null.
type Record struct {
	Key       []byte  `json:"key"`
	Value     []byte  `json:"value"`
	Headers   [][]any `json:"headers"`
	Partition int32   `json:"partition"`
	Offset    int64   `json:"offset"`
	Timestamp *int64  `json:"timestamp"`
}

// Header is a record's header.
type Header struct {
	Name  string
	Value []byte
}

// Request holds every field that an operation may have.
type Request struct {
	Op         string            `json:"op"`
	Address    string            `json:"address"`
	Topic      string            `json:"topic"`
	Topics     []string          `json:"topics"`
	Partitions int32             `json:"partitions"`
	Configs    map[string]string `json:"configs"`
	Total      int               `json:"total"`
	Key        string            `json:"key"`
	Value      string            `json:"value"`
	Partition  int32             `json:"partition"`
	Timestamp  int64             `json:"timestamp"`
	Offset     int64             `json:"offset"`
	Group      string            `json:"group"`
	Member     string            `json:"member"`
	Codec      string            `json:"codec"`
	Idempotent bool              `json:"idempotent"`
	Records    []Record          `json:"records"`
	Count      int               `json:"count"`
	WaitMs     int               `json:"wait_ms"`
}

// Agent is what each client must do: one operation a method, whose result becomes the reply's "ok".
type Agent interface {
	Hello(address string) error
	Code(error) int // Kafka's number for a client's error, or -1

	CreateTopic(*Request) (any, error)
	DeleteTopic(*Request) (any, error)
	ListTopics(*Request) (any, error)
	DescribeTopic(*Request) (any, error)
	AddPartitions(*Request) (any, error)
	DescribeConfig(*Request) (any, error)
	AlterConfig(*Request) (any, error)
	ListOffset(*Request) (any, error)
	DeleteRecords(*Request) (any, error)
	ListGroups(*Request) (any, error)
	DescribeGroup(*Request) (any, error)
	DeleteGroup(*Request) (any, error)
	Committed(*Request) (any, error)
	Produce(*Request) (any, error)
	Consume(*Request) (any, error)
	Join(*Request) (any, error)
	Poll(*Request) (any, error)
	Commit(*Request) (any, error)
	Leave(*Request) (any, error)
}

// ProducerDescriber is an Agent whose client knows DescribeProducers; the others lack "describe_producers".
type ProducerDescriber interface {
	DescribeProducers(*Request) (any, error)
}

type operation func(*Request) (any, error)

func operationsOf(agent Agent) map[string]operation {
	operations := map[string]operation{
		"create_topic": agent.CreateTopic, "delete_topic": agent.DeleteTopic, "list_topics": agent.ListTopics,
		"describe_topic": agent.DescribeTopic, "add_partitions": agent.AddPartitions,
		"describe_config": agent.DescribeConfig, "alter_config": agent.AlterConfig,
		"list_offset": agent.ListOffset, "delete_records": agent.DeleteRecords,
		"list_groups": agent.ListGroups, "describe_group": agent.DescribeGroup,
		"delete_group": agent.DeleteGroup, "committed": agent.Committed, "produce": agent.Produce,
		"consume": agent.Consume, "join": agent.Join, "poll": agent.Poll, "commit": agent.Commit,
		"leave": agent.Leave,
	}
	if describer, can := agent.(ProducerDescriber); can {
		operations["describe_producers"] = describer.DescribeProducers
	}
	return operations
}

// version is the client's, as it was linked in.
func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, linked := range info.Deps {
			if linked.Path == module {
				return linked.Version
			}
		}
	}
	return "of unknown version"
}

// GetHeaders returns a record's headers as the clients want them.
func (r *Record) GetHeaders() (headers []Header) {
	for _, pair := range r.Headers {
		encoded, _ := json.Marshal(pair[1])
		var value []byte
		if json.Unmarshal(encoded, &value) != nil {
			value = nil
		}
		headers = append(headers, Header{pair[0].(string), value})
	}
	return headers
}

// AddHeader appends a header to a record that goes to the test.
func (r *Record) AddHeader(name string, value []byte) {
	r.Headers = append(r.Headers, []any{name, value})
}

// Serve answers requests from standard input until it ends. module is the client's; lacks says what it can't
// do of what the scenario asks for.
func Serve(agent Agent, module string, lacks ...string) {
	operations := operationsOf(agent)
	operations["hello"] = func(r *Request) (any, error) {
		codecs := []string{"none", "gzip", "snappy", "lz4", "zstd"}
		client := module[strings.LastIndex(module, "/")+1:] + " " + version(module)
		return map[string]any{"client": client, "codecs": codecs, "lacks": lacks}, agent.Hello(r.Address)
	}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var request Request
		var result any
		err := json.Unmarshal(input.Bytes(), &request)
		if operation, known := operations[request.Op]; err == nil && known {
			result, err = operation(&request)
		} else if err == nil {
			err = fmt.Errorf("unknown operation %q", request.Op)
		}
		if err != nil {
			failure := map[string]any{"code": agent.Code(err), "text": err.Error()}
			output.Encode(map[string]any{"error": failure})
		} else {
			output.Encode(map[string]any{"ok": result})
		}
	}
}

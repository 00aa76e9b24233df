// Package agentloop is what the Go agents share: read a request, run the operation, write the reply.
package agentloop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
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

// Operation does what one request asks; its result becomes the reply's "ok".
type Operation func(*Request) (any, error)

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

// Serve answers requests from standard input until it ends. code gives Kafka's number for a client's error.
func Serve(operations map[string]Operation, code func(error) int) {
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
			failure := map[string]any{"code": code(err), "text": err.Error()}
			output.Encode(map[string]any{"error": failure})
		} else {
			output.Encode(map[string]any{"ok": result})
		}
	}
}

// Prints golden frames of APIs that kafka-python does not have, in the form in which
// tests/golden/kafka/make.py writes the others.
package main

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const correlation = 7

func frame(header, body []byte) []byte {
	size := binary.BigEndian.AppendUint32(nil, uint32(len(header)+len(body)))
	return append(append(size, header...), body...)
}

// Flexible versions only: tagged fields end the headers.
func printRequest(r kmsg.Request, values string) {
	header := binary.BigEndian.AppendUint16(nil, uint16(r.Key()))
	header = binary.BigEndian.AppendUint16(header, uint16(r.GetVersion()))
	header = binary.BigEndian.AppendUint32(header, correlation)
	header = binary.BigEndian.AppendUint16(header, uint16(len("golden")))
	header = append(append(header, "golden"...), 0)
	fmt.Printf("request v%d %s %x\n", r.GetVersion(), values, frame(header, r.AppendTo(nil)))
}

func printResponse(r kmsg.Response, values string) {
	header := append(binary.BigEndian.AppendUint32(nil, correlation), 0)
	fmt.Printf("response v%d %s %x\n", r.GetVersion(), values, frame(header, r.AppendTo(nil)))
}

func main() {
	fmt.Println("# Frames that franz-go's kmsg encodes, written by tests/interop/go/golden.")
	request := kmsg.NewUnregisterBrokerRequest()
	request.BrokerID = 19088744
	printRequest(&request, `{"broker_id":19088744}`)
	response := kmsg.NewUnregisterBrokerResponse()
	response.ThrottleMillis, response.ErrorCode = 19088744, 293
	printResponse(&response, `{"throttle_time_ms":19088744,"error_code":293,"error_message":null}`)
	message := "s3é"
	response.ErrorMessage = &message
	printResponse(&response, `{"throttle_time_ms":19088744,"error_code":293,"error_message":"s3é"}`)
}

// Properties and headers between the test's JSON and the client's types.
package main

import (
	"encoding/base64"
	"encoding/json"
	"sort"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// pairs is a table as the test writes it: [name, [type, value]] and so on.
type pairs []any

func (p pairs) table() amqp.Table {
	table := amqp.Table{}
	for _, one := range p {
		pair := one.([]any)
		table[pair[0].(string)] = toNative(pair[1].([]any))
	}
	return table
}

func toNative(pair []any) any {
	kind, value := pair[0].(string), pair[1]
	switch kind {
	case "int":
		return int64(value.(float64))
	case "bytes":
		decoded, _ := base64.StdEncoding.DecodeString(value.(string))
		return decoded
	case "time":
		return time.Unix(int64(value.(float64)), 0)
	case "decimal":
		digits := value.([]any)
		return amqp.Decimal{Scale: uint8(digits[0].(float64)), Value: int32(digits[1].(float64))}
	case "array":
		var array []any
		for _, item := range value.([]any) {
			array = append(array, toNative(item.([]any)))
		}
		return array
	case "table":
		return pairs(value.([]any)).table()
	}
	return value
}

func toPair(value any) []any {
	switch v := value.(type) {
	case nil:
		return []any{"null", nil}
	case bool:
		return []any{"bool", v}
	case string:
		return []any{"text", v}
	case float32, float64:
		return []any{"double", v}
	case []byte:
		return []any{"bytes", v} // base64 in JSON
	case time.Time:
		return []any{"time", v.Unix()}
	case amqp.Decimal:
		return []any{"decimal", []any{v.Scale, v.Value}}
	case amqp.Table:
		return []any{"table", toPairs(v)}
	case []any:
		array := []any{}
		for _, item := range v {
			array = append(array, toPair(item))
		}
		return []any{"array", array}
	}
	return []any{"int", value}
}

func toPairs(table amqp.Table) []any {
	names := []string{}
	for name := range table {
		names = append(names, name)
	}
	sort.Strings(names)
	all := []any{}
	for _, name := range names {
		all = append(all, []any{name, toPair(table[name])})
	}
	return all
}

// settings are the properties by the names that the test gives them.
type settings struct {
	ContentType     string `json:"content_type,omitempty"`
	ContentEncoding string `json:"content_encoding,omitempty"`
	DeliveryMode    uint8  `json:"delivery_mode,omitempty"`
	Priority        uint8  `json:"priority,omitempty"`
	CorrelationID   string `json:"correlation_id,omitempty"`
	ReplyTo         string `json:"reply_to,omitempty"`
	Expiration      string `json:"expiration,omitempty"`
	MessageID       string `json:"message_id,omitempty"`
	Timestamp       int64  `json:"timestamp,omitempty"`
	Type            string `json:"type,omitempty"`
	UserID          string `json:"user_id,omitempty"`
	AppID           string `json:"app_id,omitempty"`
	Headers         pairs  `json:"headers"`
}

func toPublishing(body []byte, properties map[string]any) amqp.Publishing {
	var given settings
	encoded, _ := json.Marshal(properties)
	json.Unmarshal(encoded, &given)
	message := amqp.Publishing{
		ContentType: given.ContentType, ContentEncoding: given.ContentEncoding,
		DeliveryMode: given.DeliveryMode, Priority: given.Priority, CorrelationId: given.CorrelationID,
		ReplyTo: given.ReplyTo, Expiration: given.Expiration, MessageId: given.MessageID, Type: given.Type,
		UserId: given.UserID, AppId: given.AppID, Headers: given.Headers.table(), Body: body,
	}
	if given.Timestamp != 0 {
		message.Timestamp = time.Unix(given.Timestamp, 0)
	}
	return message
}

func toDelivery(from *amqp.Delivery) *delivery {
	got := settings{
		ContentType: from.ContentType, ContentEncoding: from.ContentEncoding,
		DeliveryMode: from.DeliveryMode, Priority: from.Priority, CorrelationID: from.CorrelationId,
		ReplyTo: from.ReplyTo, Expiration: from.Expiration, MessageID: from.MessageId, Type: from.Type,
		UserID: from.UserId, AppID: from.AppId, Headers: toPairs(from.Headers),
	}
	if !from.Timestamp.IsZero() {
		got.Timestamp = from.Timestamp.Unix()
	}
	var properties map[string]any
	encoded, _ := json.Marshal(got)
	json.Unmarshal(encoded, &properties)
	body := from.Body
	if body == nil {
		body = []byte{}
	}
	return &delivery{
		Tag: from.DeliveryTag, Redelivered: from.Redelivered, Exchange: from.Exchange, Key: from.RoutingKey,
		Body: body, Properties: properties,
	}
}

// Streams: topics as the queues that AMQP clients take them for.
#pragma once

#include "broker/topic_table.hpp"
#include "protocols/management/call.hpp"

namespace weir::management {

using TopicPtr = std::shared_ptr<const broker::Topic>;

struct Stream {
    std::string host;
    std::string name;  // in the virtual host
    TopicPtr topic;
};
// Those of these virtual hosts, by their topics' names. A queue of the same name hides one.
std::vector<Stream> visible_streams(const Services& services,
                                    const std::vector<const topology::HostState*>& hosts);
std::optional<Stream> find_stream(const Services& services, std::string_view host, std::string_view name);

// As declared: what definition files say of it.
Json stream_json(const Stream& stream);
// With what is in them, in their order. Waits for the leaders of partitions that are not here.
std::vector<Json> streams_details(const Call& call, const std::vector<Stream>& streams);
// How many records they have together. Waits as above.
std::int64_t record_count(const Call& call, const std::vector<Stream>& streams);

// Whether that is to be a stream, by its own arguments.
bool is_stream(const topology::Queue& wanted);
// As make_queue() and remove_queue().
Result<bool> make_stream(Services& services, const topology::Queue& wanted);
Result<void> remove_stream(Services& services, const Stream& stream);
// What only queues can be asked for: the answer.
Error not_of_streams(std::string_view what, const Stream& stream);

// To the topic, if what the binding calls a queue is a stream.
topology::Binding with_stream(const Services& services, topology::Binding binding);

}  // namespace weir::management

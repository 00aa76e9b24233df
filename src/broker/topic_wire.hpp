// What nodes say to one another of topics that another one leads (docs/formats/topic_requests.md).
#pragma once

#include "broker/topic_access.hpp"
#include "rpc/frame.hpp"

namespace weir::broker {

inline constexpr rpc::Method topic_read_method{25};
inline constexpr rpc::Method topic_append_method{26};

inline constexpr std::uint8_t topic_wire_version = 1;

struct TopicAppend {
    Uuid topic;
    PartitionId partition;
    std::size_t batch_at = 0;  // where in the body it begins; it goes up to the body's end
};

Bytes encode(const TopicRead& request);
Bytes encode(const TopicPiece& piece);
Bytes encode_append(const Uuid& topic, PartitionId partition, ByteView batch);

// Errors: corrupt, unsupported (another version).
Result<TopicRead> decode_topic_read(ByteView body);
// The batches are a view of the body, which `owner` keeps; nobody has looked at them yet.
Result<TopicPiece> decode_topic_piece(ByteView body, std::shared_ptr<const void> owner);
Result<TopicAppend> decode_topic_append(ByteView body);

}  // namespace weir::broker

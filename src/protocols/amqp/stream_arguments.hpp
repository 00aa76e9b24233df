// What clients ask of streams: the arguments of their declaration, where a consumer begins, and what it
// wants.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/message/record_reader.hpp"
#include "broker/topic_reader.hpp"
#include "metadata/catalogue.hpp"
#include "metadata/requests.hpp"
#include "metadata/topology/requests.hpp"
#include "protocols/amqp/wire/field_table.hpp"

namespace weir::amqp {

inline constexpr std::string_view queue_type_argument = "x-queue-type";
inline constexpr std::string_view stream_type = "stream";

// "7D", "1h", "30s": years, months (of 30 days), days, hours, minutes, seconds; nothing for other texts.
std::optional<std::int64_t> interval_ms(std::string_view text);

// What of a queue's properties no stream can have: the explanation of a 406.
std::optional<std::string> stream_mistake(const topology::Queue& queue);
// The settings of a topic that is declared as a stream with these arguments, or what is wrong with one of
// them, likewise.
std::variant<metadata::Overrides, std::string> stream_settings(const topology::Queue& queue);
// The topic itself: as many replicas as x-initial-cluster-size says, else as queues have
// (weir.queues.replicas) or topics by default, if that is more, as far as there are nodes. What is confirmed
// is with most of them.
metadata::CreateTopic stream_topic(const topology::Queue& queue, metadata::Overrides settings,
                                   const metadata::Catalogue& catalogue);
// With which arguments a stream of these settings is declared; `overrides` are the topic's own.
topology::Table stream_arguments(const metadata::TopicSettings& settings,
                                 const metadata::Overrides& overrides);

// The first argument that is given and that the topic's settings contradict, and what they amount to.
std::optional<topology::Difference> stream_difference(const topology::Table& arguments,
                                                      const metadata::TopicSettings& settings,
                                                      const metadata::Overrides& overrides);

// Which records a consumer wants: those whose x-stream-filter-value is one of these.
struct StreamFilter {
    std::vector<std::string> values;
    bool takes_unfiltered = false;  // records without one, too
    bool operator==(const StreamFilter&) const = default;

    bool wants(const message::RecordView& record) const;
};
// Nothing: all. As RabbitMQ reads the arguments: what is neither a text nor a list of some asks for nothing.
std::optional<StreamFilter> stream_filter(const Table& arguments);

// Where a consumer with these arguments begins; nothing if its x-stream-offset can't be read.
std::optional<broker::Start> stream_start(const Table& arguments, std::int64_t now_ms);

}  // namespace weir::amqp

// The names that virtual hosts' streams have among the topics, and their subscriptions among the consumer
// groups (docs/protocols/mapping.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/topic_table.hpp"

namespace weir::broker {

// The virtual host whose streams are called as the topics are; those of others have names of their own.
inline constexpr std::string_view plain_topics_host = "/";
inline constexpr std::string_view foreign_topic_prefix = "vhost.";

// What is called so in the virtual host; no two have one topic, but for names that split_topic_name() gives
// to another virtual host.
std::string topic_name(std::string_view host, std::string_view name);

struct NameInHost {
    std::string host;
    std::string name;
    bool operator==(const NameInHost&) const = default;
};
// The one virtual host that a topic belongs to, and its name there.
NameInHost split_topic_name(std::string_view topic);
// Whether what is called so in the virtual host has that topic's name to itself: see above.
bool is_name_in_host(std::string_view host, std::string_view name);
// The topic that is called so in the virtual host, as its clients see it: weir's own are none, nor are those
// of other virtual hosts. Null: there is none.
std::shared_ptr<const Topic> find_in_host(const TopicTable& topics, std::string_view host,
                                          std::string_view name);

}  // namespace weir::broker

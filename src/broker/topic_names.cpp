// "vhost.", the virtual host's name with all but letters and digits as -XX, ".", and the name.
#include "broker/topic_names.hpp"

#include <fmt/format.h>

#include <charconv>

namespace weir::broker {
namespace {

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string escaped(std::string_view host) {
    std::string out;
    for (const char c : host)
        is_plain(c) ? out += c : out += fmt::format("-{:02X}", static_cast<unsigned char>(c));
    return out;
}

// What is no escape stays as it is: then the name is not the one that topic_name() makes.
std::string unescaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        unsigned char byte = 0;
        const auto digits = text.substr(1, 2);
        const bool is_escape =
            text.front() == '-' && digits.size() == 2 &&
            std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr == digits.data() + 2;
        out += is_escape ? static_cast<char>(byte) : text.front();
        text.remove_prefix(is_escape ? 3 : 1);
    }
    return out;
}

}  // namespace

std::string topic_name(std::string_view host, std::string_view name) {
    if (host == plain_topics_host) return std::string{name};
    return fmt::format("{}{}.{}", foreign_topic_prefix, escaped(host), name);
}

NameInHost split_topic_name(std::string_view topic) {
    const NameInHost plain{std::string{plain_topics_host}, std::string{topic}};
    if (!topic.starts_with(foreign_topic_prefix)) return plain;
    const auto rest = topic.substr(foreign_topic_prefix.size());
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos || dot + 1 == rest.size()) return plain;
    NameInHost out{unescaped(rest.substr(0, dot)), std::string{rest.substr(dot + 1)}};
    return out.host != plain_topics_host && topic_name(out.host, out.name) == topic ? out : plain;
}

bool is_name_in_host(std::string_view host, std::string_view name) {
    const auto found = split_topic_name(topic_name(host, name));
    return found.host == host && found.name == name;
}

std::shared_ptr<const Topic> find_in_host(const TopicTable& topics, std::string_view host,
                                          std::string_view name) {
    auto topic = topics.find(topic_name(host, name));
    if (!topic || topic->info->is_internal) return nullptr;
    return split_topic_name(topic->name()).host == host ? topic : nullptr;
}

}  // namespace weir::broker

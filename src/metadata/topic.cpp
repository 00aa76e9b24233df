// Which topic names are good ones.
#include "metadata/topic.hpp"

#include "base/bytes.hpp"

namespace weir::metadata {

namespace {

char collapsed(char c) {
    return c == '.' ? '_' : c;
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

Result<void> check_topic_name(std::string_view name) {
    if (name.empty()) return Error{Errc::invalid_name, "a topic's name can't be empty"};
    if (name == "." || name == "..") return Error{Errc::invalid_name, "a topic's name can't be '.' or '..'"};
    if (name.size() > max_topic_name_bytes) {
        return Error{Errc::invalid_name,
                     fmt::format("a topic's name has at most {} characters, this one has {}",
                                 max_topic_name_bytes, name.size())};
    }
    if (!std::ranges::all_of(name, is_name_character)) {
        return Error{Errc::invalid_name, "a topic's name is made of a-z, A-Z, 0-9, '.', '_' and '-' only"};
    }
    return {};
}

bool names_collide(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, collapsed, collapsed);
}

std::uint64_t topic_name_hash(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(collapsed(c))) * 0x100000001b3u;
    return hash * 0x9e3779b97f4a7c15u;  // so that the top bits, which pick the bucket, are good ones
}

std::uint64_t topic_id_hash(const Uuid& id) {
    return (load_little<std::uint64_t>(id.bytes.data()) ^ load_little<std::uint64_t>(id.bytes.data() + 8)) *
           0x9e3779b97f4a7c15u;
}

}  // namespace weir::metadata

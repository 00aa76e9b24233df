// Percent encoding as of RFC 3986; in a query a plus sign is a space.
#include "protocols/management/target.hpp"

#include <fmt/format.h>

namespace weir::management {

namespace {

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Calls `take` with what lies between the separators.
template <class Take>
Result<void> split(std::string_view text, char separator, Take take) {
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (auto taken = take(text.substr(0, end)); !taken) return taken;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

Error too_many(std::string_view what) {
    return {Errc::invalid_argument, fmt::format("the address has too many {}", what)};
}

}  // namespace

Result<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[at] != '%') {
            out += text[at];
        } else {
            const int high = at + 2 < text.size() ? digit(text[at + 1]) : -1;
            const int low = at + 2 < text.size() ? digit(text[at + 2]) : -1;
            if (high < 0 || low < 0)
                return Error{Errc::invalid_argument, "a percent sign in the address has no two digits"};
            out += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += is_unreserved(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

Result<Target> parse_target(std::string_view text) {
    Target out;
    if (!text.starts_with('/')) return Error{Errc::invalid_argument, "the address has no path"};
    const auto question = std::min(text.find('?'), text.size());
    const auto add_segment = [&](std::string_view part) -> Result<void> {
        if (out.path.size() == max_path_segments) return too_many("parts");
        auto segment = percent_decoded(part, false);
        if (!segment) return segment.error();
        out.path.push_back(std::move(*segment));
        return {};
    };
    const auto add_parameter = [&](std::string_view part) -> Result<void> {
        if (out.query.size() == max_query_parameters) return too_many("parameters");
        const auto equals = std::min(part.find('='), part.size());
        auto name = percent_decoded(part.substr(0, equals), true);
        auto value = percent_decoded(part.substr(std::min(equals + 1, part.size())), true);
        if (!name || !value) return name ? value.error() : name.error();
        out.query.insert_or_assign(std::move(*name), std::move(*value));
        return {};
    };
    if (auto done = split(text.substr(1, question - 1), '/', add_segment); !done) return done.error();
    if (question == text.size()) return out;
    if (auto done = split(text.substr(question + 1), '&', add_parameter); !done) return done.error();
    return out;
}

}  // namespace weir::management

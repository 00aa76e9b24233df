// Lists are made whole, then cut: sorting needs them so.
#include "protocols/management/listing.hpp"

#include <algorithm>
#include <charconv>

namespace weir::management {

namespace {

std::vector<std::string> parts(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (end > 0) out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

// "a.b" is the b of a; null if it is not there.
const Json* at_path(const Json& item, const std::vector<std::string>& path) {
    const auto* at = &item;
    for (const auto& name : path) {
        const auto next = at->is_object() ? at->find(name) : at->end();
        if (!at->is_object() || next == at->end()) return nullptr;
        at = &*next;
    }
    return at;
}

Json with_columns(const Json& item, const std::vector<std::vector<std::string>>& columns) {
    auto out = Json::object();
    for (const auto& path : columns) {
        const auto* value = at_path(item, path);
        if (value == nullptr) continue;
        auto* to = &out;
        for (const auto& name : path) to = &(*to)[name];
        *to = *value;
    }
    return out;
}

std::vector<std::vector<std::string>> columns_of(const Call& call) {
    std::vector<std::vector<std::string>> out;
    for (const auto& column : parts(call.parameter("columns"), ',')) out.push_back(parts(column, '.'));
    return out;
}

Result<void> filter(const Call& call, std::vector<Json>& items) {
    const auto wanted = call.parameter("name");
    if (wanted.empty()) return {};
    const bool is_pattern = call.is_set("use_regex");
    const auto pattern = topology::Pattern::compile(is_pattern ? wanted : topology::quoted_pattern(wanted));
    if (!pattern) return pattern.error();
    std::erase_if(items, [&](const Json& item) {
        const auto* name = at_path(item, {"name"});
        return name == nullptr || !name->is_string() ||
               !pattern->matches(name->get_ref<const std::string&>());
    });
    return {};
}

void sort(const Call& call, std::vector<Json>& items) {
    const auto path = parts(call.parameter("sort"), '.');
    if (path.empty()) return;
    static const Json nothing;
    const auto key = [&](const Json& item) -> const Json& {
        const auto* at = at_path(item, path);
        return at != nullptr ? *at : nothing;
    };
    const bool is_reverse = call.is_set("sort_reverse");
    // Places tell equal ones apart, so that these keep their order.
    std::vector<std::pair<Json, std::size_t>> order;
    for (std::size_t at = 0; at < items.size(); ++at) order.emplace_back(key(items[at]), at);
    std::ranges::sort(order, [&](const auto& a, const auto& b) {
        if (a.first == b.first) return a.second < b.second;
        return is_reverse ? b.first < a.first : a.first < b.first;
    });
    std::vector<Json> sorted;
    for (const auto& [value, at] : order) sorted.push_back(std::move(items[at]));
    items = std::move(sorted);
}

Result<std::int64_t> page_number(const Call& call, std::string_view name, std::int64_t otherwise,
                                 std::int64_t most) {
    const auto text = call.parameter(name);
    if (text.empty()) return otherwise;
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || out < 1 || out > most)
        return bad_request(fmt::format("{} is a number from 1 to {}", name, most));
    return out;
}

struct Page {
    std::int64_t number = 1, size = default_page_size;
};

Result<std::optional<Page>> page_of(const Call& call) {
    if (!call.query.contains("page") && !call.is_set("pagination")) return std::optional<Page>{};
    const auto number = page_number(call, "page", 1, INT32_MAX);
    if (!number) return number.error();
    const auto size = page_number(call, "page_size", default_page_size, max_page_size);
    if (!size) return size.error();
    return std::optional{Page{*number, *size}};
}

}  // namespace

Result<Answer> listed(const Call& call, std::vector<Json> items) {
    const auto page = page_of(call);
    if (!page) return page.error();
    const auto total = items.size();
    if (auto done = filter(call, items); !done) return done.error();
    sort(call, items);
    const auto chosen = items.size();
    std::size_t begin = 0, end = chosen;
    if (*page) {
        const auto size = static_cast<std::size_t>((*page)->size);
        begin = (static_cast<std::size_t>((*page)->number) - 1) * size;
        if (begin >= chosen && begin > 0)
            return bad_request(fmt::format("page_out_of_range: there is no page {}", (*page)->number));
        end = std::min(begin + size, chosen);
    }
    auto out = Json::array();
    const auto columns = columns_of(call);
    for (auto at = begin; at < end; ++at)
        out.push_back(columns.empty() ? std::move(items[at]) : with_columns(items[at], columns));
    if (!*page) return ok(std::move(out));
    const auto size = static_cast<std::size_t>((*page)->size);
    return ok({{"items", std::move(out)},
               {"item_count", end - begin},
               {"filtered_count", chosen},
               {"total_count", total},
               {"page", (*page)->number},
               {"page_size", size},
               {"page_count", std::max<std::size_t>((chosen + size - 1) / size, 1)}});
}

Answer shown(const Call& call, const Json& item) {
    const auto columns = columns_of(call);
    return ok(columns.empty() ? item : with_columns(item, columns));
}

}  // namespace weir::management

// The table of APIs, made of what the messages declare.
#include "protocols/kafka/wire/apis.hpp"

#include <algorithm>
#include <array>

#include "protocols/kafka/wire/messages.hpp"

namespace weir::kafka {

namespace {

constexpr std::size_t api_count = [] {
    std::size_t count = 0;
    for_each_api([&](auto, auto) { ++count; });
    return count;
}();

constexpr auto table = [] {
    std::array<Api, api_count> all;
    std::size_t next = 0;
    for_each_api([&]<class Request, class Response>(MessageType<Request>, MessageType<Response>) {
        static_assert(Request::api.key == Response::api.key);
        all[next++] = Request::api;
    });
    return all;
}();
static_assert(std::ranges::is_sorted(table, std::less{}, &Api::key));

}  // namespace

std::span<const Api> apis() {
    return table;
}

const Api* find_api(std::int16_t key) {
    const auto at = std::ranges::lower_bound(table, key, std::less{}, &Api::key);
    return at != table.end() && at->key == key ? &*at : nullptr;
}

}  // namespace weir::kafka

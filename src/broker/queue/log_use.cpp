// A referred message needs two places: its content, and the record that tells its history.
#include "broker/queue/log_use.hpp"

#include <algorithm>

namespace weir::queue {

void LogUse::count(Offset position, std::uint64_t bytes, int sign) {
    const auto most_often = stretches_.end();  // it is the last one
    const auto at = stretches_.try_emplace(most_often, position.value / stretch);
    at->second.references += static_cast<std::uint64_t>(sign);
    at->second.bytes += static_cast<std::uint64_t>(sign) * bytes;
    if (at->second.references == 0) stretches_.erase(at);
}

void LogUse::count(const IndexEntry& entry, int sign) {
    count(entry.content(), entry.bytes, sign);
    if (entry.content_back != 0) count(entry.position, 0, sign);
}

Offset LogUse::first_used(Offset end) const {
    return stretches_.empty() ? end : std::min(end, Offset{stretches_.begin()->first * stretch});
}

LogUse::Use LogUse::between(Offset from, Offset to) const {
    Use total;
    for (auto at = stretches_.lower_bound(from.value / stretch);
         at != stretches_.end() && at->first * stretch < to.value; ++at) {
        total.references += at->second.references;
        total.bytes += at->second.bytes;
    }
    return total;
}

}  // namespace weir::queue

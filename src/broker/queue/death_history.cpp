// Deaths are few: all is searched from the front.
#include "broker/queue/death_history.hpp"

#include <algorithm>

namespace weir::queue {
namespace {

constexpr std::size_t smallest_death_bytes = 7;

Death read_death(FieldReader& in) {
    Death death;
    death.queue = in.text();
    death.reason = static_cast<Reason>(in.number_up_to(reason_count - 1));
    death.count = in.number();
    death.first_time_ms = in.signed_number();
    death.exchange = in.text();
    death.keys.resize(in.count());
    for (auto& key : death.keys) key = in.text();
    death.original_ttl_ms = in.signed_number();
    return death;
}

}  // namespace

void add_death(History& history, Death death) {
    const auto same = std::ranges::find_if(history, [&](const Death& known) {
        return known.queue == death.queue && known.reason == death.reason;
    });
    if (same != history.end()) {
        ++same->count;
        std::rotate(history.begin(), same, same + 1);
        return;
    }
    if (history.size() >= max_deaths) history.pop_back();
    history.insert(history.begin(), std::move(death));
}

bool closes_cycle(const History& history, Reason reason, std::string_view queue) {
    if (reason == Reason::rejected) return false;
    for (const Death& death : history) {
        if (death.reason == Reason::rejected) return false;
        if (death.queue == queue) return true;
    }
    return false;
}

void write(FieldWriter& out, const History& history) {
    out.number(history.size());
    for (const auto& death : history) {
        out.text(death.queue).number(static_cast<std::uint8_t>(death.reason)).number(death.count);
        out.signed_number(death.first_time_ms).text(death.exchange).number(death.keys.size());
        for (const auto& key : death.keys) out.text(key);
        out.signed_number(death.original_ttl_ms);
    }
}

History read_history(FieldReader& in) {
    History history(in.number_up_to(std::min(max_deaths, in.remaining() / smallest_death_bytes)));
    for (auto& death : history) death = read_death(in);
    return history;
}

}  // namespace weir::queue

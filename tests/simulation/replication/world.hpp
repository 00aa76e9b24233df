// The simulated world: time, chance and a network, all from one seed.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <functional>
#include <queue>
#include <random>

#include "base/time.hpp"

namespace weir::simulation {

inline constexpr int node_count = 3;
inline constexpr int controller_place = node_count;  // on the network

// What is left out on purpose, to see that the checks find it.
enum class Planted {
    nothing,
    ack_at_once,                 // the leader acknowledges what it has appended
    count_unsynced,              // a follower counts with what it has not synced
    no_truncation,               // logs are not compared by epoch
    truncate_to_high_watermark,  // as before KIP-101
    shrink_early,                // a smaller in-sync set takes effect before it is committed
    expand_late,                 // a proposed member is not waited for
    stale_change,                // the controller takes proposals of any epoch
    ignore_min_in_sync,          // the high watermark moves however few are in sync
    watermark_at_election,       // a new leader shows its high watermark at once
    unclean_election,            // anybody may lead
    keeps_place,                 // page cache: a node that starts stays in the in-sync set
    no_broker_epoch,             // page cache: the controller does not look at incarnations
    old_incarnation,             // page cache: a late fetch of an older incarnation counts
    leads_on,                    // page cache: a leader that starts goes on in its epoch
};

class World final : public Clock {
  public:
    explicit World(std::uint64_t seed) : random_(seed * 0x9e3779b97f4a7c15u + 17) {}

    std::int64_t wall_ms() const override { return 1'700'000'000'000 + now_us_ / 1000; }
    std::int64_t monotonic_us() const override { return now_us_; }
    std::int64_t now_ms() const { return now_us_ / 1000; }

    // What happens, for who follows one seed.
    template <class... Arguments>
    void note(fmt::format_string<Arguments...> text, Arguments&&... arguments) const {
        if (!traced) return;
        std::printf("%8.3f  %s\n", static_cast<double>(now_us_) / 1000,
                    fmt::format(text, std::forward<Arguments>(arguments)...).c_str());
    }
    bool traced = false;

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    bool chance(std::uint64_t percent) { return pick(100) < percent; }
    int pick_node() { return static_cast<int>(pick(node_count)); }

    void after_us(std::int64_t us, std::function<void()> what) {
        events_.push({now_us_ + us, next_++, std::move(what)});
    }
    void run_until_ms(std::int64_t ms) {
        while (!events_.empty() && events_.top().at_us <= ms * 1000) {
            const auto event = events_.top();
            events_.pop();
            now_us_ = event.at_us;
            event.what();
        }
        now_us_ = ms * 1000;
    }

  private:
    struct Event {
        std::int64_t at_us;
        std::uint64_t number;
        std::function<void()> what;
        bool operator<(const Event& other) const {
            return std::tie(at_us, number) > std::tie(other.at_us, other.number);
        }
    };

    std::mt19937_64 random_;
    std::int64_t now_us_ = 1'000'000;
    std::uint64_t next_ = 0;
    std::priority_queue<Event> events_;
};

// Messages are lost, held up and overtake one another; each direction between two places can be cut.
class Network {
  public:
    explicit Network(World& world) : world_(world) {}

    void send(int from, int to, std::function<void()> deliver) {
        if (cut_[from][to] || world_.chance(loss_percent)) return;
        auto delay_us = static_cast<std::int64_t>(100 + world_.pick(static_cast<std::uint64_t>(slowest_us)));
        if (world_.chance(late_percent)) delay_us += static_cast<std::int64_t>(world_.pick(1'500'000));
        world_.after_us(delay_us, std::move(deliver));
    }
    void cut(int from, int to) { cut_[from][to] = true; }
    void isolate(int place) {
        for (int other = 0; other <= node_count; ++other) cut_[place][other] = cut_[other][place] = true;
    }
    void heal() { cut_ = {}; }

    std::uint64_t loss_percent = 0;
    std::uint64_t late_percent = 0;
    std::int64_t slowest_us = 2000;

  private:
    World& world_;
    std::array<std::array<bool, node_count + 1>, node_count + 1> cut_{};
};

}  // namespace weir::simulation

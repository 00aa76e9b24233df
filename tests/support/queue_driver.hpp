// Drives a machine of queues by hand: requests, time, commits, restarts; and checks after every step that the
// log's records make the same state in a machine that only applies them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/queue/queue_machine.hpp"

namespace weir::test {

inline constexpr queue::QueueId orders{7};
inline constexpr queue::HolderId channel{1};

class QueueDriver {
  public:
    explicit QueueDriver(queue::MachineLimits limits = {}) : limits_(limits) { restart(); }

    // ---- requests, each with all that follows from it

    queue::Answer declare(queue::QueueId id, const queue::QueueConfig& config = {}) {
        queue::Effects effects;
        const auto answer =
            machine_->declare(id, "queue-" + std::to_string(id.value), config, now_ms, effects);
        perform(std::move(effects));
        return answer;
    }
    queue::PublishReply publish(queue::PublishRequest request) {
        queue::Effects effects;
        auto reply = machine_->publish(request, now_ms, effects);
        perform(std::move(effects), request.content_bytes);
        return reply;
    }
    // Publishes `count` messages of 10 bytes to one queue.
    void fill(queue::QueueId id, int count) {
        for (int i = 0; i < count; ++i) publish({.targets = {id}, .content_bytes = 10});
    }
    queue::Answer consume(queue::QueueId id, queue::Consumer consumer) {
        queue::Effects effects;
        const auto answer = machine_->consume({id, consumer}, now_ms, effects);
        perform(std::move(effects));
        return answer;
    }
    queue::GetReply get(queue::QueueId id, queue::HolderId holder, bool settles_at_send = false) {
        queue::Effects effects;
        auto reply = machine_->get(id, holder, settles_at_send, now_ms, effects);
        perform(std::move(effects));
        return reply;
    }
    std::size_t settle(queue::SettleRequest request) {
        queue::Effects effects;
        const auto count = machine_->settle(request, now_ms, effects);
        perform(std::move(effects));
        return count;
    }
    std::size_t accept(const queue::Delivery& one) {
        return settle({.holder = one.holder, .messages = {one.message}});
    }
    std::size_t release(const queue::Delivery& one, std::int64_t delay_ms = -1) {
        return settle({.holder = one.holder,
                       .verdict = queue::Verdict::release,
                       .messages = {one.message},
                       .delay_ms = delay_ms});
    }
    std::size_t reject(const queue::Delivery& one) {
        return settle({.holder = one.holder, .verdict = queue::Verdict::reject, .messages = {one.message}});
    }
    // Any other step of the machine: call(effects).
    template <class Call>
    auto step(Call call) {
        queue::Effects effects;
        auto reply = call(effects);
        perform(std::move(effects));
        return reply;
    }
    queue::Answer refer(const queue::ReferRequest& request) {
        return step([&](auto& effects) { return machine_->refer(request, effects); });
    }

    // Time passes; what is due on the way happens when it is due.
    void advance(std::int64_t ms) {
        const auto end_ms = now_ms + ms;
        while (machine_->next_deadline_ms() <= end_ms) {
            now_ms = std::max(now_ms, machine_->next_deadline_ms());
            queue::Effects effects;
            machine_->on_time(now_ms, effects);
            perform(std::move(effects));
        }
        now_ms = end_ms;
    }

    // Everything in the log becomes committed.
    void commit() {
        queue::Effects effects;
        machine_->committed(Offset{end_}, effects);
        perform(std::move(effects));
    }
    bool commits = true;  // at once, with each step

    // The process dies; a new one loads the last checkpoint and replays what came after it.
    void restart() {
        machine_ = std::make_unique<queue::QueueMachine>(limits_);
        ASSERT_TRUE(checkpoint_.empty() || machine_->load(checkpoint_));
        replay_into(*machine_, checkpoint_at_);
        machine_->start(now_ms);
        deliveries.clear();
        dead_letters.clear();
        notices.clear();
        if (!shadow_) shadow_ = std::make_unique<queue::QueueMachine>(limits_);
        queue::Effects effects;
        perform(std::move(effects));
    }
    void checkpoint() {
        checkpoint_ = machine_->snapshot();
        checkpoint_at_ = log_.size();
    }

    std::vector<queue::Delivery> take_deliveries() { return std::exchange(deliveries, {}); }
    queue::QueueStatus status(queue::QueueId id) const { return machine_->status(id).value(); }
    queue::QueueMachine& machine() { return *machine_; }
    const queue::QueueMachine& machine() const { return *machine_; }
    std::int64_t end() const { return end_; }
    std::size_t log_bytes() const {
        std::size_t total = 0;
        for (const auto& entry : log_) total += entry.key.size();
        return total;
    }

    std::int64_t now_ms = 1'700'000'000'000;
    std::vector<queue::Delivery> deliveries;
    std::vector<queue::DeadLetter> dead_letters;
    std::vector<queue::Notice> notices;
    bool checks = true;  // the state after every step, which takes time

  private:
    struct Logged {
        Bytes key;
        std::int64_t timestamp_ms;
        std::uint64_t content_bytes;
    };

    void replay_into(queue::QueueMachine& machine, std::size_t from) const {
        for (std::size_t i = from; i < log_.size(); ++i) {
            const Offset position{static_cast<std::int64_t>(i)};
            ASSERT_TRUE(machine.apply({position, log_[i].timestamp_ms, log_[i].key, log_[i].content_bytes}));
        }
    }
    void append(const queue::QueueRecord& record, std::uint64_t content_bytes) {
        const bool has_content = std::holds_alternative<queue::PublishRecord>(record);
        log_.push_back({encode(record), now_ms, has_content ? content_bytes : 0});
        machine_->apply(record, Offset{end_}, now_ms, log_.back().content_bytes);
        replay_into(*shadow_, static_cast<std::size_t>(end_));
        ++end_;
    }
    void perform(queue::Effects effects, std::uint64_t content_bytes = 0) {
        for (bool is_done = false; !is_done || !effects.records.empty();) {
            for (const auto& record : effects.records) append(record, content_bytes);
            const auto keep = [](auto& all, auto& some) { all.insert(all.end(), some.begin(), some.end()); };
            keep(deliveries, effects.deliveries);
            keep(dead_letters, effects.dead_letters);
            keep(notices, effects.notices);
            effects = {};
            if (commits) machine_->committed(Offset{end_}, effects);
            is_done = machine_->dispatch(now_ms, effects);
        }
        for (const auto& delivery : effects.deliveries) deliveries.push_back(delivery);
        for (const auto& dead : effects.dead_letters) dead_letters.push_back(dead);
        for (const auto& notice : effects.notices) notices.push_back(notice);
        if (!checks) return;
        EXPECT_EQ(machine_->snapshot(), shadow_->snapshot()) << "replaying the log gives another state";
        EXPECT_EQ(machine_->log_use(), shadow_->log_use());
    }

    queue::MachineLimits limits_;
    std::unique_ptr<queue::QueueMachine> machine_;
    std::unique_ptr<queue::QueueMachine> shadow_;  // only ever applies
    std::vector<Logged> log_;
    std::int64_t end_ = 0;
    Bytes checkpoint_;
    std::size_t checkpoint_at_ = 0;
};

}  // namespace weir::test

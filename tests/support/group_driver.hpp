// Drives a machine of consumer groups by hand: requests, time, restarts; and checks after every step that the
// records replay to the same state and that no token is answered twice.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/stream/group_machine.hpp"

namespace weir::test {

// A consumer's metadata: version 1, these topics, no user data, no owned partitions.
inline Bytes subscription(const std::vector<std::string>& topics, std::string_view extra = "") {
    Bytes out(6);
    store_big<std::int16_t>(out.data(), 1);
    store_big(out.data() + 2, static_cast<std::int32_t>(topics.size()));
    for (const auto& topic : topics) {
        out.resize(out.size() + 2);
        store_big(out.data() + out.size() - 2, static_cast<std::int16_t>(topic.size()));
        out.insert(out.end(), topic.begin(), topic.end());
    }
    out.insert(out.end(), 8, std::uint8_t{0});
    out.insert(out.end(), extra.begin(), extra.end());
    return out;
}

inline Bytes bytes_of(std::string_view text) {
    return Bytes(text.begin(), text.end());
}

class GroupDriver {
  public:
    explicit GroupDriver(stream::GroupConfig config = {}) : config_(config) {
        machine_ = std::make_unique<stream::GroupMachine>(config_);
        machine_->start(now);
        shadow_ = std::make_unique<stream::GroupMachine>(config_);
    }

    template <class R>
    stream::Token send(R request) {
        if constexpr (std::is_same_v<R, stream::JoinRequest>) {
            request.unique_suffix = std::to_string(++members_made_);
        }
        const stream::Token token = ++last_token_;
        open_.insert(token);
        absorb(machine_->handle(token, std::move(request), now));
        return token;
    }
    // The answer, if there is one by now; given once.
    template <class R>
    std::optional<typename R::Reply> take(stream::Token token) {
        const auto at = answers_.find(token);
        if (at == answers_.end()) return std::nullopt;
        auto reply = std::get<typename R::Reply>(std::move(at->second));
        answers_.erase(at);
        return reply;
    }
    // For what must be answered at once.
    template <class R>
    typename R::Reply ask(R request) {
        auto reply = take<R>(send(std::move(request)));
        if (!reply) throw std::logic_error("not answered at once");
        return *std::move(reply);
    }

    // Time passes; what is due on the way happens when it is due.
    void advance(std::int64_t ms) {
        const std::int64_t end_ms = now.steady_ms + ms;
        while (machine_->next_deadline_ms() <= end_ms) {
            const std::int64_t step_ms =
                std::max<std::int64_t>(machine_->next_deadline_ms() - now.steady_ms, 0);
            pass(step_ms);
            absorb(machine_->on_time(now));
        }
        pass(end_ms - now.steady_ms);
    }

    // The process dies and a new one reads the log; nobody who waited gets an answer.
    void restart() {
        machine_ = std::make_unique<stream::GroupMachine>(config_);
        for (const auto& record : log) apply(*machine_, record);
        machine_->start(now);
        open_.clear();
    }

    bool refuse_records = false;  // the log is full: records are neither kept nor applied
    const stream::Group* group(const std::string& name) const { return machine_->find(name); }
    const std::set<stream::Token>& open() const { return open_; }
    static std::vector<stream::EncodedRecord> state_of(const stream::GroupMachine& machine) {
        std::vector<stream::EncodedRecord> all;
        stream::RecordCursor cursor;
        machine.visit_records(cursor, [&](stream::EncodedRecord record) {
            all.push_back(std::move(record));
            return true;
        });
        return all;
    }
    std::vector<stream::EncodedRecord> state() const { return state_of(*machine_); }
    stream::GroupMachine& machine() { return *machine_; }

    stream::Instant now{1'000'000, 1'700'000'000'000};
    std::vector<stream::EncodedRecord> log;

  private:
    void pass(std::int64_t ms) {
        now.steady_ms += ms;
        now.wall_ms += ms;
    }
    static void apply(stream::GroupMachine& machine, const stream::EncodedRecord& record) {
        const auto value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt;
        ASSERT_TRUE(machine.apply(record.key, value));
    }
    void absorb(stream::Effects effects) {
        for (auto& record : effects.records) {
            if (refuse_records) break;
            apply(*machine_, record);
            apply(*shadow_, record);
            log.push_back(std::move(record));
        }
        for (auto& [token, reply] : effects.replies) {
            EXPECT_EQ(open_.erase(token), 1u) << "token " << token << " was answered twice";
            answers_.emplace(token, std::move(reply));
        }
        EXPECT_EQ(state(), state_of(*shadow_)) << "replaying the records gives another state";
    }

    stream::GroupConfig config_;
    std::unique_ptr<stream::GroupMachine> machine_;
    std::unique_ptr<stream::GroupMachine> shadow_;  // only ever replays
    std::map<stream::Token, stream::GroupReply> answers_;
    std::set<stream::Token> open_;
    stream::Token last_token_ = 0;
    int members_made_ = 0;
};

}  // namespace weir::test

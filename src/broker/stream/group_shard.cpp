// Decide, append, apply, and answer when the append is committed.
#include "broker/stream/group_shard.hpp"

#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "broker/message/batch_builder.hpp"

namespace weir::stream {
namespace {

// What clients of a group can do about a failing log: try again. Doors need not know why.
Error unavailable(const Error& error) {
    if (error.code == Errc::batch_too_large) {
        return {Errc::internal, "the group's members and their shares are too large for one record"};
    }
    return {Errc::coordinator_not_available, "the group's log is failing: " + error.message};
}

Error stopping(Errc why) {
    if (why == Errc::not_coordinator) return {why, "another node looks after the group by now"};
    return {why, "the broker is shutting down"};
}

}  // namespace

GroupShard::GroupShard(const CoordinatorOptions& options, const Clock& clock, ShardPlace place,
                       std::function<std::string()> unique_suffix)
    : options_(options), clock_(clock), place_(std::move(place)), unique_suffix_(std::move(unique_suffix)) {
    ASSERT(place_.log && place_.executor);
}

GroupShard::~GroupShard() = default;

void GroupShard::post(std::function<void(GroupShard&)> action) {
    place_.executor->post([weak = weak_from_this(), action = std::move(action)] {
        if (const auto here = weak.lock()) action(*here);
    });
}

Instant GroupShard::now() const {
    return {clock_.monotonic_ms(), clock_.wall_ms()};
}

void GroupShard::start(std::function<void()> tried) {
    if (state_ != State::loading) return tried();
    tried_ = std::move(tried);
    begin_load();
}

void GroupShard::stop(Errc why) {
    state_ = State::stopped;
    stopped_ = stopping(why);
    if (tried_) std::exchange(tried_, nullptr)();
    timer_.reset();
    machine_.reset();
    rewrite_.reset();
    fail_all(stopped_);
}

void GroupShard::handle(GroupRequest request, Done done) {
    if (state_ != State::ready) {
        const auto error = state_ == State::stopped
                               ? stopped_
                               : Error{Errc::coordinator_loading, "the group's log is being read"};
        return done(failed_reply(request, error));
    }
    if (auto* join = std::get_if<JoinRequest>(&request)) join->unique_suffix = unique_suffix_();
    const Token token = ++last_token_;
    asked_.emplace(token, Asked{std::move(done), failed_reply(request, Errc::internal)});
    perform(machine_->handle(token, std::move(request), now()));
}

void GroupShard::perform(Effects effects) {
    if (const auto appended = append(effects.records); !appended) {
        if (!std::exchange(log_refuses_, true)) {
            log_warning("groups: the log refuses records, so commits fail until it takes them again: {}",
                        appended.error().message);
        }
        for (auto& [token, reply] : effects.replies) {
            std::visit([&](auto& known) { known.error = unavailable(appended.error()); }, reply);
        }
    } else if (!effects.records.empty()) {
        log_refuses_ = false;
    }
    answer(effects);
    rewrite_if_large();
    arm_timer();
}

// Appends and applies batch by batch: after a refusal, what was taken before it is in effect.
Result<void> GroupShard::append(std::span<const EncodedRecord> records) {
    while (!records.empty()) {
        std::size_t count = 0;
        for (std::size_t bytes = 0; count < records.size() && bytes < options_.batch_bytes; ++count) {
            bytes += records[count].size();
        }
        if (auto appended = append_batch(records.first(count)); !appended) return appended;
        for (const auto& record : records.first(count)) {
            const auto value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt;
            ASSERT(machine_->apply(record.key, value).has_value());
        }
        records = records.subspan(count);
    }
    return {};
}

Result<void> GroupShard::append_batch(std::span<const EncodedRecord> records) {
    const auto wall_ms = clock_.wall_ms();
    message::BatchBuilder builder;
    for (const auto& record : records) {
        const auto value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt;
        builder.add(wall_ms, ByteView(record.key), value);
    }
    const auto batch = std::make_shared<Bytes>(builder.finish());
    const auto appended = place_.log->append({batch, *batch}, place_.epoch, wall_ms);
    if (!appended) return appended.error();
    last_end_ = appended->base_offset + static_cast<std::int64_t>(records.size());
    log_bytes_ += batch->size();
    return {};
}

// Replies go out in the order in which they were decided, each after all that was appended before it.
void GroupShard::answer(Effects& effects) {
    if (effects.replies.empty()) return;
    const bool at_once = last_end_ <= place_.log->readable_end();
    Waiting batch{last_end_, {}};
    for (auto& [token, reply] : effects.replies) {
        auto asked = asked_.extract(token);
        ASSERT(!asked.empty());
        batch.replies.emplace_back(std::move(asked.mapped().done), std::move(reply));
    }
    if (!at_once) {
        waiting_.push_back(std::move(batch));
        return;
    }
    for (auto& [done, reply] : batch.replies) done(std::move(reply));
}

void GroupShard::on_advance() {
    const auto committed = place_.log->readable_end();
    if (state_ != State::ready) {
        if (state_ == State::loading && !machine_) begin_load();
        return;
    }
    while (!waiting_.empty() && waiting_.front().end <= committed) {
        auto replies = std::move(waiting_.front().replies);
        waiting_.pop_front();
        for (auto& [done, reply] : replies) done(std::move(reply));
    }
    if (rewrite_ && rewrite_->end <= committed) rewrite_->is_complete ? finish_rewrite() : rewrite_more();
}

void GroupShard::on_lost(const Error& error) {
    if (state_ == State::stopped) return;
    log_error("groups: the log lost what it had taken ({}); reading it again", error.message);
    timer_.reset();
    timer_ms_ = never_ms;
    rewrite_.reset();
    state_ = State::loading;
    fail_all(unavailable(error));
    begin_load();
}

void GroupShard::fail_all(const Error& error) {
    // A callback must find nothing half done.
    auto waiting = std::exchange(waiting_, {});
    auto asked = std::exchange(asked_, {});
    for (auto& batch : waiting) {
        for (auto& [done, reply] : batch.replies) {
            std::visit([&](auto& known) { known.error = error; }, reply);
            done(std::move(reply));
        }
    }
    for (auto& [token, parked] : asked) {
        std::visit([&](auto& known) { known.error = error; }, parked.failure);
        parked.done(std::move(parked.failure));
    }
}

void GroupShard::arm_timer() {
    const std::int64_t next_ms = machine_->next_deadline_ms();
    if (next_ms >= timer_ms_ || next_ms == never_ms) return;
    timer_ms_ = next_ms;
    timer_ = place_.executor->run_after(std::max<std::int64_t>(next_ms - clock_.monotonic_ms(), 0), [this] {
        timer_ms_ = never_ms;
        perform(machine_->on_time(now()));
    });
}

// The live state goes to the end of the log once more; then what lies before it is of no use.
void GroupShard::rewrite_if_large() {
    if (rewrite_ || log_bytes_ < live_bytes_ + options_.rewrite_bytes) return;
    rewrite_ = Rewrite{.start = place_.log->end(), .bytes_before = log_bytes_};
    rewrite_more();
}

void GroupShard::rewrite_more() {
    std::vector<EncodedRecord> records;
    std::size_t bytes = 0;
    rewrite_->is_complete = machine_->visit_records(rewrite_->cursor, [&](EncodedRecord record) {
        bytes += record.size();
        records.push_back(std::move(record));
        return records.size() < options_.slice_records && bytes < options_.slice_bytes;
    });
    const auto bytes_before = log_bytes_;
    if (const auto appended = records.empty() ? Result<void>{} : append_batch(records); !appended) {
        log_warning("groups: the log could not be rewritten: {}", appended.error().message);
        live_bytes_ = log_bytes_;  // tries again when it has grown as much once more
        return rewrite_.reset();
    }
    rewrite_->written_bytes += log_bytes_ - bytes_before;
    rewrite_->end = last_end_;
    if (rewrite_->is_complete && rewrite_->end <= place_.log->readable_end()) finish_rewrite();
}

void GroupShard::finish_rewrite() {
    const auto deleted = place_.log->delete_before(rewrite_->start);
    if (deleted) {
        log_bytes_ -= rewrite_->bytes_before;
        live_bytes_ = rewrite_->written_bytes;
    } else {
        log_warning("groups: the log's old part could not be deleted: {}", deleted.error().message);
        live_bytes_ = log_bytes_;
    }
    rewrite_.reset();
}

}  // namespace weir::stream

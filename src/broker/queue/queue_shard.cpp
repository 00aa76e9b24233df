// Decide, append, apply, hand out; and answer when the append is committed.
#include "broker/queue/queue_shard.hpp"

#include "base/assert.hpp"
#include "base/log_line.hpp"

namespace weir::queue {

QueueShard::QueueShard(const ShardOptions& options, const Clock& clock, ShardPlace place, ShardSeams seams)
    : options_(options),
      clock_(clock),
      place_(std::move(place)),
      seams_(std::move(seams)),
      messages_(*place_.log),
      old_messages_(*place_.log, kept_old_bytes),
      records_(seams_.find_topic) {
    ASSERT(place_.executor != nullptr);
}

void QueueShard::post(std::function<void(QueueShard&)> action) {
    place_.executor->post([weak = weak_from_this(), action = std::move(action)] {
        if (const auto here = weak.lock()) action(*here);
    });
}

void QueueShard::submit(std::function<void(QueueShard&)> action) {
    post([action = std::move(action)](QueueShard& here) {
        here.state_ == State::loading ? here.deferred_.push_back(action) : action(here);
    });
}

void QueueShard::run_deferred() {
    for (const auto& action : std::exchange(deferred_, {})) action(*this);
}

void QueueShard::stop(const Error& why) {
    state_ = State::stopped;
    stopped_ = why;
    forget_state();
    machine_.reset();
    fail_all({Errc::outcome_unknown, why.message});
    run_deferred();
}

// ---- steps

void QueueShard::step(const Decide& decide, Done done) {
    if (state_ != State::ready) {
        return done(state_ == State::stopped ? stopped_
                                             : Error{Errc::not_leader, "the queues' log is being read"});
    }
    Effects effects;
    decide(*machine_, now_ms(), effects);
    perform(std::move(effects));
    answer(std::move(done));
}

void QueueShard::publish(const PublishRequest& request, const Message& message,
                         std::function<void(Result<PublishReply>)> done) {
    if (state_ != State::ready) {
        return step({}, [&](const Result<void>& result) { done(result.error()); });
    }
    Effects effects;
    auto reply = machine_->publish(request, now_ms(), effects);
    perform(std::move(effects), &message);
    answer([reply = std::move(reply), done = std::move(done)](const Result<void>& result) {
        result ? done(reply) : done(result.error());
    });
}

// What the queues can hand out is looked for once, behind the last.
void QueueShard::publish_all(const std::vector<EnqueueRequest>& publishes,
                             std::function<void(Result<TransactReply>)> done) {
    if (state_ != State::ready) {
        return step({}, [&](const Result<void>& result) { done(result.error()); });
    }
    auto reply = std::make_shared<TransactReply>();
    reply->publishes.reserve(publishes.size());
    Effects effects;
    const auto now = now_ms();
    for (const auto& [publish, message] : publishes) {
        reply->publishes.push_back(machine_->publish(publish, now, effects));
        add_all(effects.records, message.get());
        effects.records.clear();
        if (state_ != State::ready) break;  // the log refused them
    }
    if (state_ == State::ready) perform(std::move(effects));
    answer([reply = std::move(reply), done = std::move(done)](const Result<void>& result) {
        result ? done(std::move(*reply)) : done(result.error());
    });
}

void QueueShard::close(HolderId holder, Done done) {
    receivers_.erase(holder);
    unread_.erase(holder);
    step([holder](QueueMachine& machine, std::int64_t now,
                  Effects& effects) { machine.close(holder, now, effects); },
         std::move(done));
}

void QueueShard::perform(Effects effects, const Message* content) {
    for (bool is_done = false; !is_done || !effects.records.empty();) {
        add_all(effects.records, content);
        if (state_ != State::ready) return;  // the log refused them
        content = nullptr;
        collect(effects);
        effects = {};
        is_done = machine_->dispatch(now_ms(), effects);
    }
    collect(effects);
    hand_out();
    if (state_ != State::ready) return;
    bury_later();
    arm_timer();
}

void QueueShard::add_all(const std::vector<QueueRecord>& records, const Message* content) {
    for (const auto& record : records) {
        add(record, content);
        if (state_ != State::ready) return;
    }
}

void QueueShard::add(const QueueRecord& record, const Message* content) {
    put(record, content);
    builder_.size() >= options_.batch_bytes ? flush() : flush_later();
}

// Applied at the position where it will lie: nobody else appends.
void QueueShard::put(const QueueRecord& record, const Message* content) {
    const auto* publish = std::get_if<PublishRecord>(&record);
    const bool is_publish = publish != nullptr;
    is_wanted_soon_ |= is_publish ? publish->deliver_at_ms < 0 : std::holds_alternative<ReferRecord>(record);
    const auto now = now_ms();
    key_ = encode(record, std::move(key_));
    if (is_publish) {
        ASSERT(content != nullptr);
        builder_.add(now, ByteView(key_), ByteView(content->body), content->headers());
    } else {
        builder_.add(now, ByteView(key_), std::nullopt);
    }
    if (const auto* deleted = std::get_if<DeleteRecord>(&record); deleted && seams_.on_deleted) {
        const Queue* queue = machine_->find(deleted->queue);
        if (queue) seams_.on_deleted(deleted->queue, queue->name);
    }
    const auto* declared = std::get_if<DeclareRecord>(&record);
    machine_->apply(record, next_, now, is_publish ? content->body.size() : 0);
    next_ = next_ + 1;
    if (declared && declared->config.source_topic && seams_.on_subscribed)
        seams_.on_subscribed(*this, declared->queue);
}

void QueueShard::collect(Effects& effects) {
    dead_letters_.insert(dead_letters_.end(), effects.dead_letters.begin(), effects.dead_letters.end());
    if (deliveries_.empty())
        deliveries_.swap(effects.deliveries);
    else
        deliveries_.insert(deliveries_.end(), effects.deliveries.begin(), effects.deliveries.end());
    notices_.insert(notices_.end(), effects.notices.begin(), effects.notices.end());
}

// ---- the log

// What the tasks do that are queued already goes into the same batch.
void QueueShard::flush_later() {
    if (std::exchange(flush_queued_, true)) return;
    post([](QueueShard& here) {
        here.flush_queued_ = false;
        here.flush_if_due();
    });
}

// While a batch is on its way to the disk the next one grows: what it waits for it would wait for anyway.
void QueueShard::flush_if_due() {
    const bool is_writing = next_ - builder_.record_count() > place_.log->durable_end();
    if (!is_writing && !pause_) flush();
}

void QueueShard::pause(std::int64_t records) {
    const auto pause_ms = std::min(options_.most_pause_ms, records / options_.records_a_pause_ms);
    if (pause_ms == 0) return;
    pause_ = place_.executor->run_after(pause_ms, [this] {
        const auto timer = std::move(pause_);
        flush_if_due();
    });
}

void QueueShard::flush() {
    if (state_ != State::ready || builder_.record_count() == 0) return;
    Effects notes;
    machine_->note_delivered(notes);
    for (const auto& note : notes.records) put(note, nullptr);
    const auto count = builder_.record_count();
    const auto batch = std::make_shared<Bytes>(builder_.finish());
    const auto appended = place_.log->append({batch, *batch}, place_.epoch, now_ms());
    if (!appended) return on_lost(appended.error());
    if (appended->base_offset != next_ - count) {
        return on_lost({Errc::internal, "somebody else has written to the queues' log"});
    }
    if (std::exchange(is_wanted_soon_, false)) messages_.keep(appended->base_offset, count, batch);
    log_bytes_ += batch->size();
    pause(count);
    snapshot_if_long();
}

void QueueShard::answer(Done done) {
    if (state_ != State::ready) return done(Error{Errc::outcome_unknown, "the queues' log is failing"});
    if (next_ <= committed_) return done({});
    waiting_.push_back({next_, std::move(done)});
}

void QueueShard::answer_waiting() {
    while (!waiting_.empty() && waiting_.front().end <= committed_) {
        const auto done = std::move(waiting_.front().done);
        waiting_.pop_front();
        done({});
    }
}

void QueueShard::on_advance() {
    if (state_ == State::loading) return machine_ ? load_committed() : begin_load();
    if (state_ != State::ready) return;
    Effects effects;
    committed_ = place_.log->readable_end();
    machine_->committed(committed_, effects);
    perform(std::move(effects));
    answer_waiting();
    if (state_ == State::ready) answer_reads();
    if (state_ != State::ready) return;
    shorten();
    flush_if_due();
}

void QueueShard::on_lost(const Error& error) {
    if (state_ == State::stopped) return;
    log_error("queues: the log lost or refused records ({}); reading it again", error.message);
    state_ = State::loading;
    forget_state();
    machine_.reset();
    fail_all({Errc::outcome_unknown, "the queues' log is failing: " + error.message});
    post([](QueueShard& here) {
        if (here.state_ == State::loading && !here.machine_) here.begin_load();
    });
}

void QueueShard::forget_state() {
    timer_.reset();
    timer_ms_ = never_ms;
    note_timer_.reset();
    load_timer_.reset();
    pause_.reset();
    builder_ = message::BatchBuilder{};
    is_wanted_soon_ = false;
    snapshot_at_.reset();
    messages_.clear();
    old_messages_.clear();
    deliveries_.clear();
    unread_.clear();
    fetches_.clear();
    notices_.clear();
    dead_letters_.clear();
    unburied_.clear();
    bury_timer_.reset();
}

void QueueShard::fail_all(const Error& error) {
    // A callback must find nothing half done.
    for (const auto& waiting : std::exchange(waiting_, {})) waiting.done(error);
    for (const auto& [id, read] : std::exchange(reads_, {})) read.done(error);
    fail_gettings(error);
    for (const auto& [holder, receiver] : std::exchange(receivers_, {})) receiver->on_lost(error);
}

// ---- time

void QueueShard::arm_timer() {
    const auto next_ms = machine_->next_deadline_ms();
    if (next_ms >= timer_ms_ || next_ms == never_ms) return;
    timer_ms_ = next_ms;
    timer_ = place_.executor->run_after(std::max<std::int64_t>(next_ms - now_ms(), 0), [this] {
        timer_ms_ = never_ms;
        Effects effects;
        machine_->on_time(now_ms(), effects);
        perform(std::move(effects));
    });
}

void QueueShard::note_later() {
    if (note_timer_ || state_ != State::ready) return;
    note_timer_ = place_.executor->run_after(options_.note_ms, [this] {
        const auto timer = std::move(note_timer_);
        Effects effects;
        machine_->note_delivered(effects);
        perform(std::move(effects));
    });
}

}  // namespace weir::queue

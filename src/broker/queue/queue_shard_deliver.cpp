// Messages go to their holders with their content. A record of a topic that another node leads is fetched
// first; what comes behind it for the same holder waits, so that the order stays.
#include "base/log_line.hpp"
#include "broker/queue/queue_shard.hpp"

namespace weir::queue {

namespace {

bool is_elsewhere(const Result<StoredMessage>& message, const Delivery& delivery) {
    return !message && delivery.source_topic && message.error().code == Errc::not_leader;
}

RecordPosition position_of(const Delivery& delivery) {
    return RecordPosition::unpacked(delivery.content);
}

}  // namespace

// ---- to consumers

void QueueShard::hand_out() {
    Arrivals arrivals;
    for (const auto& delivery : std::exchange(deliveries_, {})) {
        if (const auto behind = unread_.find(delivery.holder); behind != unread_.end()) {
            behind->second.push_back(delivery);
            continue;
        }
        auto message = content_of(delivery);
        if (message) {
            arrivals[delivery.holder].push_back({delivery, std::move(*message)});
        } else if (is_elsewhere(message, delivery)) {
            unread_[delivery.holder].push_back(delivery);
            fetch_first(delivery.holder);
        } else if (delivery.source_topic) {
            pass_over_later(delivery, message.error());
        } else {
            return on_lost(message.error());
        }
    }
    give(std::move(arrivals));
    for (const auto& notice : std::exchange(notices_, {})) {
        const auto at = receivers_.find(notice.holder);
        if (at != receivers_.end()) at->second->on_notice(notice);
    }
}

void QueueShard::give(Arrivals arrivals) {
    for (auto& [holder, some] : arrivals) {
        const auto at = receivers_.find(holder);
        if (at != receivers_.end()) at->second->on_arrivals(std::move(some));
    }
    if (!arrivals.empty()) note_later();
}

Result<StoredMessage> QueueShard::content_of(const Delivery& delivery) {
    return delivery.source_topic ? records_.find(*delivery.source_topic, delivery.content)
                                 : messages_.find(delivery.position, delivery.content);
}

// A subscription's record: its topic has dropped it, or can't be read now.
void QueueShard::pass_over_later(const Delivery& delivery, const Error& why) {
    const bool is_gone = why.code == Errc::not_found;
    if (!is_gone) log_warning("a record of a subscription's topic can't be read: {}", why.message);
    post([delivery, is_gone](QueueShard& here) { here.pass_over(delivery, is_gone); });
}

void QueueShard::pass_over(const Delivery& delivery, bool is_gone) {
    step([&](QueueMachine& machine, std::int64_t now,
             Effects& effects) { machine.pass_over(delivery, is_gone, now, effects); },
         [](auto&&) {});
}

// ---- what another node has

void QueueShard::keep(const log::LogKey& log,
                      const std::vector<std::shared_ptr<const message::StoredBatch>>& batches) {
    for (const auto& batch : batches) records_.keep(log, batch);
}

// One at a time of each partition: whoever comes meanwhile may find what it wants in the answer.
void QueueShard::fetch(const Delivery& delivery, std::function<void(const Fetched&)> then) {
    const auto [partition, offset] = position_of(delivery);
    const log::LogKey key{*delivery.source_topic, partition};
    auto& waiting = fetches_[key];
    waiting.push_back(std::move(then));
    if (waiting.size() > 1) return;
    seams_.fetch_records(key.topic_id, partition, offset, [weak = weak_from_this(), key](Fetched fetched) {
        const auto here = weak.lock();
        if (!here) return;
        here->post([key, fetched = std::move(fetched)](QueueShard& at) { at.on_fetched(key, fetched); });
    });
}

void QueueShard::on_fetched(const log::LogKey& log, const Fetched& fetched) {
    if (fetched) keep(log, fetched->batches);
    auto waiting = fetches_.extract(log);
    if (waiting.empty()) return;
    for (const auto& then : waiting.mapped()) then(fetched);
}

// Also if somebody else's answer had not what is wanted: then it is elsewhere still.
Result<StoredMessage> QueueShard::content_from(const Delivery& delivery, const Fetched& fetched) {
    auto message = content_of(delivery);
    if (!is_elsewhere(message, delivery)) return message;
    const auto offset = position_of(delivery).offset;
    if (!fetched)
        return Error{fetched.error().code == Errc::not_found ? Errc::not_found : Errc::unavailable,
                     fetched.error().message};
    if (fetched->lacks(offset)) return Error{Errc::not_found, "the record is gone"};
    if (fetched->from == offset) return Error{Errc::unavailable, "its leader does not have the record yet"};
    return message;
}

void QueueShard::fetch_first(HolderId holder) {
    fetch(unread_.at(holder).front(),
          [this, holder](const Fetched& fetched) { hand_out_unread(holder, fetched); });
}

void QueueShard::hand_out_unread(HolderId holder, const Fetched& fetched) {
    const auto at = unread_.find(holder);
    if (at == unread_.end() || state_ != State::ready) return;
    auto& deliveries = at->second;
    Arrivals arrivals;
    const auto partition = position_of(deliveries.front()).partition;
    for (bool is_first = true; !deliveries.empty(); is_first = false) {
        const auto& delivery = deliveries.front();
        // A partition that can't be reached is not waited for anew by each of its messages.
        const bool is_meant = is_first || (!fetched && position_of(delivery).partition == partition);
        auto message = is_meant ? content_from(delivery, fetched) : content_of(delivery);
        if (is_elsewhere(message, delivery)) break;
        if (message)
            arrivals[holder].push_back({delivery, std::move(*message)});
        else
            pass_over_later(delivery, message.error());
        deliveries.pop_front();
    }
    deliveries.empty() ? void(unread_.erase(at)) : fetch_first(holder);
    give(std::move(arrivals));
}

// ---- to who asks for one

struct QueueShard::Getting {
    QueueId queue;
    HolderId holder;
    bool settles = false;
    Got got;
    GetReply reply{};
    Result<StoredMessage> message = StoredMessage{};
};

void QueueShard::get(QueueId queue, HolderId holder, bool settles, const Got& done) {
    const auto getting = std::make_shared<Getting>(queue, holder, settles, done);
    step(
        [&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            do {
                getting->reply = machine.get(queue, holder, settles, now, effects);
                getting->message = StoredMessage{};  // whatever was passed over before
                if (!getting->reply.delivery) return;
                getting->message = content_of(*getting->reply.delivery);
                if (getting->message || getting->message.error().code != Errc::not_found) return;
                machine.pass_over(*getting->reply.delivery, true, now, effects);
            } while (true);
        },
        [this, getting](const Result<void>& result) {
            result ? got(getting) : getting->got(result.error(), {});
        });
    if (getting->reply.delivery) note_later();
}

void QueueShard::got(const std::shared_ptr<Getting>& getting) {
    const auto& delivery = getting->reply.delivery;
    if (delivery && is_elsewhere(getting->message, *delivery)) {
        gettings_.insert(getting);
        return fetch(*delivery, [this, getting](const Fetched& fetched) { got(getting, fetched); });
    }
    if (!getting->message) return getting->got(getting->message.error(), {});
    getting->got(std::move(getting->reply), std::move(*getting->message));
}

void QueueShard::got(const std::shared_ptr<Getting>& getting, const Fetched& fetched) {
    if (gettings_.erase(getting) == 0) return;
    getting->message = content_from(*getting->reply.delivery, fetched);
    if (getting->message || is_elsewhere(getting->message, *getting->reply.delivery)) return got(getting);
    const bool is_gone = getting->message.error().code == Errc::not_found;
    pass_over(*getting->reply.delivery, is_gone);
    is_gone ? get(getting->queue, getting->holder, getting->settles, getting->got) : got(getting);
}

void QueueShard::fail_gettings(const Error& error) {
    for (const auto& getting : std::exchange(gettings_, {})) getting->got(error, {});
}

}  // namespace weir::queue

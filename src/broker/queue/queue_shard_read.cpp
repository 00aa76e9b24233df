// Queues that keep what is acknowledged are read like a topic: by number, as often and by whomever.
#include <algorithm>

#include "broker/queue/queue_shard.hpp"

namespace weir::queue {

namespace {

// What an answer's bound counts for a message besides its body.
constexpr std::uint64_t message_overhead = 128;

const MessageIndex& nothing() {
    static const MessageIndex none;
    return none;
}

}  // namespace

// What there is of one lane.
struct QueueShard::Kept {
    bool is_there = false;
    const MessageIndex* index = &nothing();
    std::uint64_t first = 0;
    std::uint64_t end = 0;  // of what is committed
};

QueueShard::Kept QueueShard::kept(const ReadRequest& request) const {
    const auto* queue = machine_->find(request.queue);
    if (queue == nullptr || !queue->config->retains()) return {};
    const auto* lane = queue->find_lane(request.lane);
    if (lane == nullptr) return {.is_there = true};  // no message has come with this priority
    Kept out{.is_there = true, .index = &lane->index, .first = lane->index.first_kept(), .end = lane->end()};
    if (lane->cursor) out.end = std::min(out.end, lane->cursor->visible);
    while (out.end > out.first && out.index->at(out.end - 1).position >= committed_) --out.end;
    return out;
}

// By blocks first, whose times the index has.
Result<std::uint64_t> QueueShard::number_at(const Kept& kept, std::int64_t time_ms) {
    constexpr auto block = MessageIndex::block_entries;
    const auto block_end = [&](std::uint64_t number) {
        return std::min((number / block + 1) * block, kept.end);
    };
    auto number = kept.first;
    while (number < kept.end && kept.index->block_time_ms(number) < time_ms) number = block_end(number);
    for (const auto end = block_end(number); number < end; ++number) {
        const auto position = kept.index->at(number).position;
        const auto time = old_messages_.time_ms(position);
        if (!time) return time.error();
        if (*time >= time_ms) break;
    }
    return std::min(number, kept.end);
}

Result<std::uint64_t> QueueShard::number_of(const Kept& kept, const ReadStart& start) {
    switch (start.kind) {
        case ReadStart::Kind::number: return static_cast<std::uint64_t>(start.value);
        case ReadStart::Kind::first: return kept.first;
        case ReadStart::Kind::last:
            return std::max(kept.first, kept.end - std::min<std::uint64_t>(kept.end, 1));
        case ReadStart::Kind::next: return kept.end;
        case ReadStart::Kind::at_time: return number_at(kept, start.value);
    }
    return kept.end;
}

Result<ReadReply> QueueShard::read_now(const ReadRequest& request) {
    const auto there = kept(request);
    if (!there.is_there) return ReadReply{.answer = Answer::no_such_queue};
    const auto from = number_of(there, request.from);
    if (!from) return from.error();
    ReadReply reply{.first = there.first, .end = there.end, .from = *from};
    const auto limit = std::min(request.most_bytes, max_read_bytes);
    std::uint64_t bytes = 0;
    for (auto number = *from; number >= there.first && number < there.end && bytes < limit; ++number) {
        const auto entry = there.index->at(number);
        bytes += entry.bytes + message_overhead;
        if (bytes > limit && !reply.messages.empty()) break;
        const auto time = old_messages_.time_ms(entry.position);
        if (!time) return time.error();
        auto message = old_messages_.find(entry.position, entry.content());
        if (!message) return message.error();
        reply.messages.push_back({*time, std::move(*message)});
    }
    return reply;
}

void QueueShard::read(const ReadRequest& request, Read done) {
    if (state_ != State::ready) {
        return step({}, [&](const Result<void>& result) { done(result.error()); });
    }
    auto reply = read_now(request);
    const bool may_wait = request.wait_ms > 0 && request.most_bytes > 0 && reply &&
                          reply->answer == Answer::done && reply->from == reply->end;
    if (!may_wait) return done(std::move(reply));
    const auto id = ++last_read_;
    auto& waiting = reads_[id];
    waiting.request = request;
    waiting.request.from = {ReadStart::Kind::number, static_cast<std::int64_t>(reply->from)};
    waiting.done = std::move(done);
    waiting.timer = place_.executor->run_after(request.wait_ms, [this, id] { answer_read(id); });
}

// Of those whose messages have come, or whose queue is gone.
void QueueShard::answer_reads() {
    std::vector<std::uint64_t> answered;
    for (const auto& [id, waiting] : reads_) {
        const auto there = kept(waiting.request);
        if (there.is_there && there.end == static_cast<std::uint64_t>(waiting.request.from.value)) continue;
        answered.push_back(id);
    }
    for (const auto id : answered) answer_read(id);
}

void QueueShard::answer_read(std::uint64_t id) {
    const auto waiting = reads_.extract(id);
    if (!waiting.empty() && state_ == State::ready) waiting.mapped().done(read_now(waiting.mapped().request));
}

}  // namespace weir::queue

// Collecting answers, and waiting for more.
#include "replication/fetch_server.hpp"

namespace weir::replication {

namespace {

// Whether what is to be sent holds. If not, the log is a damaged one by now.
bool holds(log::PartitionLog& log, Offset from, const FetchAnswer& answer) {
    const auto end = answer.ranges.empty() ? from : answer.ranges.back().next;
    while (from < end) {
        const auto verified = log.verify(from, answer.reply.batch_bytes);
        if (!verified || verified->bytes == 0) return false;
        from = verified->next;
    }
    return true;
}

// Ranges that are smaller on average are read and sent together: a sendfile for each costs more than the
// copy.
constexpr std::uint64_t copied_bytes = 16 * 1024;

// Appends what the ranges hold, or nothing.
template <class Range>
bool read_all(const std::vector<Range>& ranges, Bytes& bytes) {
    const auto before = bytes.size();
    for (const auto& range : ranges) {
        const auto at = bytes.size();
        bytes.resize(at + range.size);
        const auto got = range.file->read(range.position, ByteSpan{bytes}.subspan(at));
        if (got && *got == range.size) continue;
        bytes.resize(before);
        return false;
    }
    return true;
}

}  // namespace

void FetchServer::serve(NodeId peer, ByteView bytes, Answer done) {
    auto request = decode_fetch_request(bytes);
    if (!request) return done(request.error());
    if (request->node != peer) {
        return done(Error{Errc::not_authorized, fmt::format("node {} fetches in the name of node {}",
                                                            peer.value, request->node.value)});
    }
    const auto found = follower_for(peer, *request);
    if (!found) return done(found.error());
    auto* follower = *found;
    if (follower == nullptr) return done(OutgoingReply{encode({.is_session_known = false}), {}});
    if (follower->held) answer(peer, *follower, true);
    if (auto taken = follower->session.take(*request); !taken) return done(taken.error());
    follower->heard_ms = clock_.monotonic_ms();
    const auto most = std::min(static_cast<std::size_t>(request->max_bytes), max_reply_bytes / 2);
    follower->held = {.until_ms = follower->heard_ms + std::min(request->max_wait_ms, options_.max_wait_ms),
                      .min_bytes = static_cast<std::size_t>(request->min_bytes),
                      .max_bytes = most,
                      .answer = std::move(done)};
    answer(peer, *follower, request->max_wait_ms == 0);
}

// Whose session the request belongs to, begun if it begins one; null if there is none that it continues.
Result<FetchServer::Follower*> FetchServer::follower_for(NodeId peer, const ReplicaFetchRequest& request) {
    auto found = followers_.find(peer);
    if (request.sequence == 0) {
        if (found == followers_.end() && followers_.size() >= options_.max_sessions)
            return Error{Errc::limit_exceeded, "too many nodes fetch from this one"};
        auto& follower = followers_[peer];
        if (follower.held) answer(peer, follower, true);
        follower.session = FetchSession{request};
        return &follower;
    }
    const bool continues = found != followers_.end() && found->second.session.continues(request);
    return continues ? &found->second : nullptr;
}

// If there is enough to answer with, or it has to be `at_once`.
void FetchServer::answer(NodeId node, Follower& follower, bool at_once) {
    Collected collected;
    collect(node, follower, collected);
    const auto& partitions = collected.reply.partitions;
    if (!at_once && !collected.has_news && collected.bytes < follower.held->min_bytes) {
        for (const auto& partition : partitions) follower.session.put_off(partition.key);
        return;
    }
    for (const auto& partition : partitions) follower.session.on_told(partition);
    const auto told = partitions.size();
    follower.session.resume();
    collect(node, follower, collected);
    for (auto i = told; i < partitions.size(); ++i) follower.session.on_told(partitions[i]);
    const auto done = std::move(follower.held->answer);
    follower.held.reset();
    auto head = encode(collected.reply);
    head.insert(head.end(), collected.read.begin(), collected.read.end());
    if (collected.bytes < copied_bytes * collected.batches.size()) {
        head.reserve(head.size() + collected.bytes);
        // A wary session, which is next, finds out which partition it is.
        if (!read_all(collected.batches, head)) return done(Error{Errc::io_error, "batches can't be read"});
        collected.batches.clear();
    }
    done(OutgoingReply{std::move(head), std::move(collected.batches)});
}

void FetchServer::collect(NodeId node, Follower& follower, Collected& all) {
    follower.session.visit_due(
        [&](FetchSession::Partition& partition) { collect_one(node, follower, partition, all); });
}

void FetchServer::collect_one(NodeId node, Follower& follower, FetchSession::Partition& partition,
                              Collected& all) {
    const auto& key = partition.fetch.key;
    const auto left = follower.held->max_bytes - std::min(follower.held->max_bytes, all.bytes);
    if (left == 0) follower.session.on_change(key);  // its turn is next
    if (left == 0 && partition.is_counted) return;
    auto* replica = find_(key);
    if (replica == nullptr) {
        all.has_news = true;
        all.reply.partitions.push_back({.key = key, .error = FetchError::not_found});
        return;
    }
    const auto room = std::min(left, room_for(node, follower, *replica, key));
    auto answer =
        replica->answer(node, follower.session.broker_epoch(), partition.fetch, room, clock_.monotonic_ms());
    if (replica->is_throttled_for(node)) throttle_.take(answer.reply.batch_bytes);
    partition.is_counted = true;
    if (follower.session.is_wary() && !holds(replica->log(), partition.fetch.fetch_offset, answer)) {
        answer.reply.error = FetchError::storage;
        answer.reply.batch_bytes = 0;
        answer.ranges.clear();
    }
    if (answer.advanced) {
        for (auto& [other, each] : followers_) {
            if (other != node) each.session.on_change(key);
        }
        on_advance_(key);
    }
    const bool is_new = answer.reply.high_watermark != partition.told_high_watermark ||
                        answer.reply.log_start != partition.told_log_start;
    if (is_new || is_news(answer.reply)) add(std::move(answer), follower.session.is_wary(), all);
}

// What is held back by the throttle stays due: the next tick looks again.
std::size_t FetchServer::room_for(NodeId node, Follower& follower, const Replica& replica,
                                  const log::LogKey& key) {
    if (!replica.is_throttled_for(node)) return options_.partition_bytes;
    const auto available = throttle_.available(clock_.monotonic_ms());
    if (available > 0) return std::min(options_.partition_bytes, static_cast<std::size_t>(available));
    follower.is_throttled = true;
    follower.session.on_change(key);
    return 0;
}

void FetchServer::add(FetchAnswer answer, bool is_wary, Collected& all) {
    auto& reply = answer.reply;
    if (is_wary && !read_all(answer.ranges, all.read)) {
        reply.error = FetchError::storage;
        reply.batch_bytes = 0;
    }
    if (!is_wary) std::ranges::move(answer.ranges, std::back_inserter(all.batches));
    all.has_news |= reply.error != FetchError::none || reply.diverging;
    all.bytes += reply.batch_bytes;
    all.reply.partitions.push_back(std::move(reply));
}

void FetchServer::on_change(std::span<const log::LogKey> keys) {
    for (auto& [node, follower] : followers_) {
        for (const auto& key : keys) follower.session.on_change(key);
        if (follower.held) answer(node, follower, false);
    }
}

void FetchServer::tick() {
    const auto now_ms = clock_.monotonic_ms();
    for (auto& [node, follower] : followers_) {
        const bool is_throttled = std::exchange(follower.is_throttled, false);
        if (!follower.held) continue;
        const bool is_over = follower.held->until_ms <= now_ms;
        if (is_over || is_throttled) answer(node, follower, is_over);
    }
    std::erase_if(followers_, [&](const auto& entry) {
        return !entry.second.held && now_ms - entry.second.heard_ms > options_.session_limit_ms;
    });
}

std::optional<std::int64_t> FetchServer::wake_ms() const {
    std::optional<std::int64_t> earliest;
    for (const auto& [node, follower] : followers_) {
        if (follower.held) earliest = std::min(earliest.value_or(INT64_MAX), follower.held->until_ms);
    }
    return earliest;
}

}  // namespace weir::replication

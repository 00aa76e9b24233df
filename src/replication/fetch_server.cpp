// Collecting answers, and waiting for more.
#include "replication/fetch_server.hpp"

namespace weir::replication {

namespace {

Result<Bytes> read_all(std::span<const log::FileRange> ranges) {
    Bytes bytes;
    for (const auto& range : ranges) {
        const auto at = bytes.size();
        bytes.resize(at + range.size);
        const auto got = range.file->read(range.position, ByteSpan{bytes}.subspan(at));
        if (!got) return got.error();
        if (*got != range.size) return Error{Errc::io_error, "a segment is shorter than it was"};
    }
    return bytes;
}

}  // namespace

void FetchServer::serve(NodeId peer, ByteView bytes, Reply reply) {
    auto request = decode_fetch_request(bytes);
    if (!request) return reply(request.error());
    if (request->node != peer) {
        return reply(Error{Errc::not_authorized, fmt::format("node {} fetches in the name of node {}",
                                                             peer.value, request->node.value)});
    }
    auto collected = collect(*request);
    const bool full = waiting_.size() >= options_.max_waiting || request->max_wait_ms == 0;
    if (full || is_enough(*request, collected)) return reply(encode(collected.reply));
    const auto until_ms = clock_.monotonic_ms() + std::min(request->max_wait_ms, options_.max_wait_ms);
    waiting_.push_back({std::move(*request), until_ms, std::move(reply)});
}

bool FetchServer::is_enough(const ReplicaFetchRequest& request, const Collected& collected) {
    return collected.has_news || collected.bytes >= static_cast<std::size_t>(request.min_bytes);
}

FetchServer::Collected FetchServer::collect(const ReplicaFetchRequest& request) {
    Collected all;
    all.batches.reserve(request.partitions.size());
    all.reply.partitions.reserve(request.partitions.size());
    for (const auto& fetch : request.partitions) collect_one(request, fetch, all);
    return all;
}

void FetchServer::collect_one(const ReplicaFetchRequest& request, const FetchedPartition& fetch,
                              Collected& all) {
    auto* replica = find_(fetch.key);
    if (replica == nullptr) {
        all.has_news = true;
        all.reply.partitions.push_back({.key = fetch.key, .error = FetchError::not_found});
        return;
    }
    const auto budget = std::min(static_cast<std::size_t>(request.max_bytes), max_reply_bytes / 2);
    const auto left = budget - std::min(budget, all.bytes);
    auto answer = replica->answer(request.node, request.broker_epoch, fetch,
                                  std::min(left, options_.partition_bytes), clock_.monotonic_ms());
    if (answer.advanced) on_advance_(fetch.key);
    auto batches = read_all(answer.ranges);
    if (!batches) {
        answer.reply.error = FetchError::storage;
        batches = Bytes{};
    }
    all.has_news |= answer.reply.error != FetchError::none || answer.reply.diverging;
    all.bytes += batches->size();
    all.batches.push_back(std::move(*batches));
    answer.reply.batches = all.batches.back();
    all.reply.partitions.push_back(answer.reply);
}

void FetchServer::on_change(const log::LogKey& key) {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const auto asked = std::ranges::find(at->request.partitions, key, &FetchedPartition::key);
        if (asked == at->request.partitions.end()) {
            ++at;
            continue;
        }
        const auto collected = collect(at->request);
        if (!is_enough(at->request, collected)) {
            ++at;
            continue;
        }
        const auto reply = std::move(at->reply);
        at = waiting_.erase(at);
        reply(encode(collected.reply));
    }
}

void FetchServer::tick() {
    const auto now_ms = clock_.monotonic_ms();
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->until_ms > now_ms) {
            ++at;
            continue;
        }
        const auto collected = collect(at->request);
        const auto reply = std::move(at->reply);
        at = waiting_.erase(at);
        reply(encode(collected.reply));
    }
}

std::optional<std::int64_t> FetchServer::wake_ms() const {
    if (waiting_.empty()) return std::nullopt;
    return std::ranges::min_element(waiting_, {}, &Waiting::until_ms)->until_ms;
}

}  // namespace weir::replication

// What a queue has kept (x-retention) is published once more into another queue; what was kept stays.
#include "base/whole_number.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/republish.hpp"

namespace weir::management {

namespace {

constexpr std::int64_t max_replayed = 10'000;                               // by one request
constexpr std::uint64_t replayed_bytes_at_a_time = std::uint64_t{4} << 20;  // on their way at once
constexpr std::int64_t max_replaying_ms = 10'000;                           // then the request is answered

struct ReplayWish {
    topology::QueuePtr to;
    queue::ReadStart start;
    std::uint8_t lane = 0;
    std::uint64_t count = 0;
};

// "17": an offset; "@1700000000000": a time.
std::optional<queue::ReadStart> read_start(std::string_view text) {
    using Kind = queue::ReadStart::Kind;
    const bool is_time = text.starts_with('@');
    const auto value = whole_number(is_time ? text.substr(1) : text);
    if (!value || *value < 0) return std::nullopt;
    return queue::ReadStart{is_time ? Kind::at_time : Kind::number, *value};
}

Result<ReplayWish> read_replay_wish(const Call& call, const topology::HostState& host) {
    Fields fields{call.body};
    const auto to = fields.must_text("to");
    const auto start = read_start(fields.text("start", "0"));
    if (!start) fields.fail("start is an offset, or a time in ms such as \"@1700000000000\"");
    const auto count = fields.integer("count", max_replayed);
    if (count < 1) fields.fail("count is a number from 1 on");
    const auto lane = fields.integer("priority", 0);
    if (lane < 0 || lane > UINT8_MAX) fields.fail("priority is a number from 0 to 255");
    if (fields.error()) return *fields.error();
    if (to == call.arguments[1]) return bad_request("a queue's messages can't be put into itself");
    auto target = find_target(host, to);
    if (!target) return target.error();
    return ReplayWish{std::move(*target), *start, static_cast<std::uint8_t>(lane),
                      static_cast<std::uint64_t>(std::min(count, max_replayed))};
}

struct Replayed {
    std::uint64_t copied = 0, refused = 0;
    std::uint64_t next = 0, end = 0;  // the offset behind the last one; and behind all there are
};

Result<queue::ReadReply> read_kept(const Call& call, const queue::ReadRequest& request) {
    auto reply =
        await<queue::ReadReply>([&](auto done) { call.services.queues().read(request, std::move(done)); });
    if (!reply && reply.error().code == Errc::not_found)
        return bad_request(
            "the queue keeps no messages: it was declared without x-retention and "
            "x-retention-bytes");
    return reply;
}

// What a queue that is full has refused is not asked for again.
Result<void> copy_piece(const Call& call, const ReplayWish& wish, const queue::ReadReply& piece,
                        Replayed& out) {
    const auto count = std::min<std::uint64_t>(piece.messages.size(), wish.count - out.copied - out.refused);
    std::vector<queue::EnqueueRequest> requests;
    for (std::size_t i = 0; i < count; ++i)
        requests.push_back(enqueue_request(republished(piece.messages[i].message).message, wish.to->id));
    const auto there = enqueue_all(*call.services.queues().place(wish.to->id), std::move(requests));
    if (!there) return there.error();
    const auto copied = static_cast<std::uint64_t>(std::ranges::count(*there, true));
    out.copied += copied;
    out.refused += count - copied;
    out.next = piece.from + count;
    return {};
}

Result<Replayed> replay(const Call& call, QueueId from, const ReplayWish& wish) {
    queue::ReadRequest request{
        .queue = from, .lane = wish.lane, .from = wish.start, .most_bytes = replayed_bytes_at_a_time};
    const auto& clock = call.services.broker.clock();
    const auto end_ms = clock.monotonic_ms() + max_replaying_ms;
    Replayed out;
    do {
        const auto piece = read_kept(call, request);
        if (!piece) return piece.error();
        out.next = std::clamp(piece->from, piece->first, std::max(piece->first, piece->end));
        out.end = piece->end;
        if (piece->messages.empty()) break;
        if (auto copied = copy_piece(call, wish, *piece, out); !copied) return copied.error();
        request.from = {queue::ReadStart::Kind::number, static_cast<std::int64_t>(out.next)};
    } while (out.copied + out.refused < wish.count && clock.monotonic_ms() < end_ms);
    return out;
}

}  // namespace

Result<Answer> replay_messages(const Call& call) {
    const auto origin = origin_in(call);
    if (!origin) return origin.error();
    const auto wish = read_replay_wish(call, *origin->host);
    if (!wish) return wish.error();
    const auto done = replay(call, origin->queue->id, *wish);
    if (!done) return done.error();
    return ok(
        {{"copied", done->copied}, {"refused", done->refused}, {"next", done->next}, {"end", done->end}});
}

}  // namespace weir::management

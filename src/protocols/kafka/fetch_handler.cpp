// Fetch: whole batches straight from the segment files; parked until there is enough of them or the time is
// up.
#include "base/log_line.hpp"
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

namespace {

using TopicReply = decltype(FetchResponse::responses)::value_type;
using PartitionReply = decltype(TopicReply::partitions)::value_type;
using Wanted = decltype(decltype(FetchRequest::topics)::value_type::partitions)::value_type;

constexpr std::int64_t max_wait_limit_ms = 5 * 60 * 1000;
constexpr std::int8_t read_committed = 1;

// What one look at all partitions gave.
struct Collected {
    FetchResponse response;
    std::vector<std::vector<log::FileRange>> ranges;  // of each partition that has records, in wire order
    std::size_t bytes = 0;
    bool failed = false;  // some partition has an error, which the client should hear of at once
};

class PendingFetch final : public broker::Watch, public std::enable_shared_from_this<PendingFetch> {
  public:
    explicit PendingFetch(Call<FetchRequest> call) : call_(std::move(call)) {}

    void start() {
        auto collected = collect();
        const auto& request = call_.request;
        if (request.max_wait_ms <= 0 || logs_.empty() || is_enough(collected))
            return finish(std::move(collected));
        call_.broker().commits().watch(call_.exchange->reactor(), *this, logs_);
        timer_ = call_.exchange->reactor().run_after(
            std::min<std::int64_t>(request.max_wait_ms, max_wait_limit_ms),
            [self = shared_from_this()] { self->finish(self->collect()); });
        parked_ = shared_from_this();
        on_advance();  // what came between the first look and the watch
    }

    void on_advance() override {
        auto collected = collect();
        if (is_enough(collected)) finish(std::move(collected));
    }

  private:
    bool is_enough(const Collected& collected) const {
        return collected.failed ||
               collected.bytes >= static_cast<std::size_t>(std::max(call_.request.min_bytes, 0));
    }

    Collected collect() {
        Collected collected;
        logs_.clear();
        for (const auto& wanted_topic : call_.request.topics) {
            auto& topic_reply = collected.response.responses.emplace_back();
            topic_reply.topic = wanted_topic.topic;
            const auto topic = call_.broker().topics().find(wanted_topic.topic);
            for (const auto& wanted : wanted_topic.partitions) {
                auto& reply = topic_reply.partitions.emplace_back();
                reply.partition_index = wanted.partition;
                if (auto read = collect_partition(collected, topic.get(), wanted, reply); !read) {
                    reply.error_code = error_code(read.error().code);
                    collected.failed = true;
                }
            }
        }
        return collected;
    }

    Result<void> collect_partition(Collected& collected, const broker::Topic* topic, const Wanted& wanted,
                                   PartitionReply& reply) {
        reply.high_watermark = -1;
        const auto found = find_led_partition(topic, wanted.partition, wanted.current_leader_epoch);
        if (!found) return found.error();
        const auto& log = *found;
        logs_.push_back(log);
        const auto end = log->durable_end();
        reply.high_watermark = end.value;
        reply.last_stable_offset = end.value;
        reply.log_start_offset = log->log_start().value;
        if (call_.request.isolation_level == read_committed) reply.aborted_transactions.emplace();
        const auto limit = static_cast<std::size_t>(std::max(call_.request.max_bytes, 0));
        const auto room = limit - std::min(limit, collected.bytes);
        const auto allowed =
            std::min<std::size_t>(room, static_cast<std::size_t>(std::max(wanted.partition_max_bytes, 0)));
        const bool first = collected.bytes == 0;
        if (!first && allowed == 0) return {};
        auto ranges = log->read(Offset{wanted.fetch_offset}, end, allowed);
        if (!ranges) return ranges.error();
        std::size_t bytes = 0;
        for (const auto& range : *ranges) bytes += range.size;
        if (!first && bytes > allowed)
            return {};  // only the first partition's first batch may exceed the limits
        if (bytes == 0) return {};
        reply.records.emplace(RecordsGap{bytes});
        collected.bytes += bytes;
        collected.ranges.push_back(std::move(*ranges));
        return {};
    }

    void finish(Collected collected) {
        const auto self = std::move(parked_);  // keeps this alive to the end of the call
        if (self) call_.broker().commits().unwatch(call_.exchange->reactor(), *this);
        timer_.reset();
        if (call_.exchange->finished()) return;
        call_.exchange->finish(encode_reply(call_.exchange->header(), collected.response, collected.ranges));
    }

    Call<FetchRequest> call_;
    std::vector<std::shared_ptr<log::PartitionLog>> logs_;
    std::unique_ptr<runtime::Timer> timer_;
    std::shared_ptr<PendingFetch> parked_;  // itself, while it waits
};

}  // namespace

void handle_fetch(Call<FetchRequest> call) {
    if (call.request.session_id != 0) {  // weir gives out no fetch sessions, so it knows none
        FetchResponse response;
        response.error_code = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
        return call.reply(response);
    }
    std::make_shared<PendingFetch>(std::move(call))->start();
}

}  // namespace weir::kafka

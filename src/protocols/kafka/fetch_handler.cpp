// Fetch: whole batches straight from the segment files, or made of what queues keep; parked until there is
// enough of them or the time is up.
#include "base/assert.hpp"
#include "protocols/kafka/answer_partitions.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"
#include "protocols/kafka/queue_reads.hpp"
#include "protocols/kafka/replica_selection.hpp"

namespace weir::kafka {

namespace {

using FetchedPartition = FetchResponse::Partition;

constexpr std::int64_t max_wait_limit_ms = 5 * 60 * 1000;
constexpr std::int8_t read_committed = 1;
constexpr std::int16_t first_version_with_rack = 11;
constexpr std::int32_t first_session_epoch = 0;
constexpr std::int32_t final_session_epoch = -1;

// What one look at all partitions gave.
struct Collected {
    FetchResponse response;
    std::vector<std::vector<log::FileRange>> ranges;  // of each partition that has records, in wire order
    std::size_t bytes = 0;
    bool is_full = false;  // there is more than the answer may hold, so that waiting brings nothing
    // Some partition has an error, or is to be read elsewhere: the client should hear of it at once.
    bool failed = false;
};

class PendingFetch final : public broker::Watch, public std::enable_shared_from_this<PendingFetch> {
  public:
    explicit PendingFetch(FetchCall call)
        : call_(std::move(call)),
          max_bytes_(static_cast<std::size_t>(std::clamp<std::int64_t>(
              call_.request.max_bytes, 0,
              call_.broker().controller().catalogue()->broker_settings().fetch_max_bytes))) {}

    void start() {
        read_queues(call_.broker(), reactor(), queue_reads(),
                    [self = shared_from_this()](QueueAnswers answers) {
                        self->queues_ = std::move(answers);
                        self->look();
                    });
    }

    void on_advance() override {
        const auto watched = logs_;
        auto collected = collect();
        // Other logs: the topic was deleted and made again, and nobody would wake this fetch for the new one.
        if (is_enough(collected) || logs_ != watched) finish(std::move(collected));
    }

  private:
    runtime::Reactor& reactor() const { return call_.exchange->reactor(); }

    void look() {
        auto collected = collect();
        const auto& request = call_.request;
        const bool is_hopeless = logs_.empty() && queues_.empty();
        if (request.max_wait_ms <= 0 || is_hopeless || is_enough(collected))
            return finish(std::move(collected));
        call_.broker().commits().watch(reactor(), shared_from_this(), logs_);
        const auto wait_ms = std::min<std::int64_t>(request.max_wait_ms, max_wait_limit_ms);
        timer_ = reactor().run_after(wait_ms, [self = shared_from_this()] { self->finish(self->collect()); });
        is_parked_ = true;
        wait_for_queues(wait_ms);
        on_advance();  // what came between the first look and the watch
    }

    std::vector<QueueRead> queue_reads() const {
        std::vector<QueueRead> reads;
        for (const auto& topic : call_.request.topics) {
            const auto view = find_queue(call_.broker(), topic.topic);
            if (!view) continue;
            for (const auto& wanted : topic.partitions) {
                const auto most = std::min<std::size_t>(
                    max_bytes_, static_cast<std::size_t>(std::max(wanted.partition_max_bytes, 1)));
                reads.push_back({{*view, wanted.partition},
                                 {.queue = view->queue,
                                  .from = {.value = wanted.fetch_offset.value},
                                  .most_bytes = most}});
            }
        }
        return reads;
    }

    // Their logs answer when there is more.
    void wait_for_queues(std::int64_t wait_ms) {
        for (auto& read : queue_reads()) {
            read.request.wait_ms = wait_ms;
            read_queue(call_.broker(), reactor(), read.partition, read.request,
                       [weak = weak_from_this(), partition = read.partition](Result<QueueAnswer> answer) {
                           const auto self = weak.lock();
                           if (!self || !self->is_parked_) return;
                           self->queues_.put(partition, std::move(answer));
                           self->on_advance();
                       });
        }
    }

    bool is_enough(const Collected& collected) const {
        const auto wanted = static_cast<std::size_t>(std::max(call_.request.min_bytes, 0));
        return collected.failed || collected.is_full || collected.bytes >= wanted;
    }

    Collected collect() {
        Collected collected;
        logs_.clear();
        answer_partitions(call_, collected.response.responses,
                          [&](const broker::Topic* topic, const auto& wanted, auto& reply) {
                              const auto name = collected.response.responses.back().topic;
                              const auto* kept = queues_.find(name, wanted.partition);
                              auto read = kept != nullptr
                                              ? collect_queue(collected, *kept, wanted, reply)
                                              : collect_partition(collected, topic, wanted, reply);
                              collected.failed |= !read;
                              return read;
                          });
        return collected;
    }

    // Where to go instead (KIP-951), for those that believe it without asking for metadata.
    static void name_leader(const broker::Topic* topic, PartitionId partition, FetchedPartition& reply) {
        const auto* now = topic == nullptr ? nullptr : topic->info->partition(partition);
        if (now != nullptr) reply.current_leader = {now->leader, now->leader_epoch};
    }

    Result<void> collect_partition(Collected& collected, const broker::Topic* topic,
                                   const FetchRequest::Partition& wanted, FetchedPartition& reply) {
        const bool may_follow = call_.version() >= first_version_with_rack;
        const auto found =
            find_readable_partition(topic, wanted.partition, wanted.current_leader_epoch, may_follow);
        if (!found) {
            name_leader(topic, wanted.partition, reply);
            return found.error();
        }
        const auto& log = *found;
        logs_.push_back(log);
        const auto end = log->readable_end();
        reply.high_watermark = end;
        reply.last_stable_offset = end;
        reply.log_start_offset = log->log_start();
        if (call_.request.isolation_level == read_committed) reply.aborted_transactions.emplace();
        if (is_elsewhere(collected, *topic, *log, wanted, reply)) return {};
        const auto room = max_bytes_ - std::min(max_bytes_, collected.bytes);
        const auto allowed =
            std::min<std::size_t>(room, static_cast<std::size_t>(std::max(wanted.partition_max_bytes, 0)));
        const bool first = collected.bytes == 0;
        if (!first && allowed == 0) {
            collected.is_full |= room == 0 && wanted.fetch_offset < end;
            return {};
        }
        if (wanted.fetch_offset > end && wanted.fetch_offset <= log->end()) return {};  // not yet durable
        auto ranges = log->read(wanted.fetch_offset, end, allowed);
        if (!ranges) return ranges.error();
        std::size_t bytes = 0;
        for (const auto& range : *ranges) bytes += range.size;
        if (bytes == 0) return {};
        // Only the first partition's first batch may exceed the limits.
        const bool fits = first || bytes <= allowed;
        if (allowed == room && (!fits || ranges->back().next < end)) collected.is_full = true;
        if (!fits) return {};
        reply.records.left_out = bytes;
        collected.bytes += bytes;
        collected.ranges.push_back(std::move(*ranges));
        return {};
    }

    Result<void> collect_queue(Collected& collected, const Result<QueueAnswer>& kept,
                               const FetchRequest::Partition& wanted, FetchedPartition& reply) const {
        if (!kept) return kept.error();
        reply.high_watermark = reply.last_stable_offset = kept->end;
        reply.log_start_offset = kept->first;
        if (call_.request.isolation_level == read_committed) reply.aborted_transactions.emplace();
        if (wanted.fetch_offset < kept->first || wanted.fetch_offset > kept->end)
            return Error{Errc::offset_out_of_range, "the queue does not keep that message"};
        const bool fits = collected.bytes == 0 || collected.bytes + kept->batch.size() <= max_bytes_;
        collected.is_full |= !fits;
        if (!fits) return {};
        reply.records.bytes = kept->batch;
        collected.bytes += kept->batch.size();
        return {};
    }

    // Whether the client shall ask another node, or this one later.
    bool is_elsewhere(Collected& collected, const broker::Topic& topic, const log::PartitionLog& log,
                      const FetchRequest::Partition& wanted, FetchedPartition& reply) const {
        const auto partition = topic.partition(wanted.partition);
        if (!partition->is_led() && wanted.fetch_offset > log.end()) {  // the leader has it, perhaps
            reply.error_code = ErrorCode::offset_not_available;
            return collected.failed = true;
        }
        if (!partition->is_led() || call_.request.rack_id.empty()) return false;
        const bool is_here =
            wanted.fetch_offset >= log.log_start() && wanted.fetch_offset <= reply.high_watermark;
        if (!is_here) return false;
        const auto nearer = replica_in_rack(*call_.broker().controller().catalogue(),
                                            *topic.info->partition(wanted.partition), wanted.partition,
                                            call_.request.rack_id);
        if (!nearer) return false;
        reply.preferred_read_replica = *nearer;
        return collected.failed = true;
    }

    // The encoded response with the file ranges in its gaps.
    Reply encode(Collected& collected) const {
        Bytes encoded;
        std::vector<Gap> gaps;
        encode_response(encoded, call_.exchange->header(), collected.response, &gaps);
        ASSERT(gaps.size() == collected.ranges.size());
        Reply reply;
        auto at = encoded.begin();
        for (std::size_t i = 0; i < gaps.size(); ++i) {
            const auto next = encoded.begin() + static_cast<std::ptrdiff_t>(gaps[i].position);
            reply.emplace_back(Bytes(at, next));
            for (auto& range : collected.ranges[i]) reply.emplace_back(std::move(range));
            at = next;
        }
        reply.emplace_back(Bytes(at, encoded.end()));
        return reply;
    }

    void finish(Collected collected) {
        const auto self = shared_from_this();  // keeps this alive to the end of the call
        if (std::exchange(is_parked_, false)) call_.broker().commits().unwatch(reactor(), *this);
        timer_.reset();
        if (call_.exchange->finished()) return;
        call_.exchange->finish(encode(collected));
    }

    FetchCall call_;
    std::size_t max_bytes_;
    std::vector<std::shared_ptr<log::PartitionLog>> logs_;
    QueueAnswers queues_;
    std::unique_ptr<runtime::Timer> timer_;
    bool is_parked_ = false;
};

}  // namespace

void handle_fetch(FetchCall call) {
    // weir gives out no fetch sessions (KIP-227), so it knows none. A request that begins or ends one names
    // all its partitions, whatever session it comes from.
    const auto epoch = call.request.session_epoch;
    if (epoch != first_session_epoch && epoch != final_session_epoch) {
        FetchResponse response;
        response.error_code = ErrorCode::fetch_session_id_not_found;
        return call.reply(response);
    }
    std::make_shared<PendingFetch>(std::move(call))->start();
}

}  // namespace weir::kafka

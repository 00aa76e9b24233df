// Produce: each partition's batch is appended; the reply leaves once the group commit has decided them all.
#include <limits>

#include "base/log_line.hpp"
#include "broker/broker.hpp"
#include "broker/publish.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"
#include "protocols/kafka/queue_reads.hpp"

namespace weir::kafka {

namespace {

using PartitionReply = ProduceResponse::Partition;

constexpr std::int16_t first_zstd_version = 7;
constexpr std::int16_t acks_all = -1;

// A produce call between its appends and their commit.
struct Pending {
    ProduceCall call;
    ProduceResponse response;
    struct Append {
        std::shared_ptr<log::PartitionLog> log;
        Offset base_offset;
        Offset next_offset;
        std::shared_ptr<broker::Partition> place;
        broker::TicketRange commits;
        std::size_t topic;
        std::size_t partition;
    };
    std::vector<Append> appends;
    broker::TicketRange commits;  // of all appends
};

void fail(PartitionReply& reply, const Error& error) {
    reply.error_code = error_code(error.code);
    reply.error_message = error.message;
}

void list_faults(PartitionReply& reply, const std::vector<message::RecordFault>& faults) {
    for (const auto& fault : faults) reply.record_errors.push_back({fault.index, fault.text});
}

Result<broker::Published> append(Pending& pending, const broker::Topic& topic,
                                 const broker::Partition& partition, const std::optional<ByteView>& records,
                                 std::vector<message::RecordFault>& faults) {
    if (auto checked = log::check_magic(records.value_or(ByteView{})); !checked) return checked.error();
    if (!records || records->size() < log::batch_header_size) {
        return Error{Errc::invalid_record,
                     "a produce request carries exactly one record batch for each partition"};
    }
    const auto& exchange = *pending.call.exchange;
    const log::BatchView batch{records->data()};
    if (batch.compression() == log::Compression::zstd && pending.call.version() < first_zstd_version) {
        return Error{Errc::unsupported_compression, "zstd needs version 7 of the produce request"};
    }
    // The frame is ours alone: the log patches offsets into it in place.
    const ByteSpan bytes{const_cast<std::uint8_t*>(records->data()), records->size()};
    return broker::publish(topic, partition, {exchange.frame(), bytes}, pending.call.request.acks == acks_all,
                           pending.call.broker().clock().wall_ms(), faults);
}

void append_partition(Pending& pending, const broker::Topic* topic, std::size_t topic_index,
                      const ProduceRequest::Partition& data, Errc missing) {
    auto& replies = pending.response.responses[topic_index].partition_responses;
    auto& reply = replies.emplace_back();
    reply.index = data.index;
    const auto partition = topic == nullptr ? nullptr : topic->partition(data.index);
    if (!partition) return fail(reply, missing);
    if (auto changeable = check_changeable(topic); !changeable) return fail(reply, changeable.error());
    std::vector<message::RecordFault> faults;
    const auto published = append(pending, *topic, *partition, data.records, faults);
    if (!published) {
        fail(reply, published.error());
        return list_faults(reply, faults);
    }
    const auto& appended = published->appended;
    reply.base_offset = appended.base_offset;
    reply.log_append_time_ms = published->log_append_time_ms;
    reply.log_start_offset = appended.log_start;
    const auto commits = broker::TicketRange::of(appended);
    if (pending.appends.empty()) pending.commits = commits;
    pending.commits.include(commits);
    const log::BatchView batch{data.records->data()};
    pending.appends.push_back({.log = partition->log(),
                               .base_offset = appended.base_offset,
                               .next_offset = appended.base_offset + batch.last_offset_delta() + 1,
                               .place = partition,
                               .commits = commits,
                               .topic = topic_index,
                               .partition = replies.size() - 1});
}

bool any_error(const ProduceResponse& response) {
    for (const auto& topic : response.responses) {
        for (const auto& partition : topic.partition_responses) {
            if (partition.error_code != ErrorCode::none) return true;
        }
    }
    return false;
}

// Without acknowledgements a closed connection is the only way to tell a client of an error.
void finish_unacknowledged(const Pending& pending) {
    if (any_error(pending.response))
        return pending.call.exchange->close_connection("a produce with acks=0 failed");
    pending.call.exchange->finish({});
}

void finish(Pending& pending, const broker::Failures& failures) {
    for (const auto& append : pending.appends) {
        const auto* error =
            failures.empty() ? nullptr : failures.find(*append.log, append.base_offset, append.commits);
        if (error != nullptr)
            fail(pending.response.responses[append.topic].partition_responses[append.partition], *error);
    }
}

// A produce that asks for all in-sync replicas, from its own commit to the high watermark's passing it.
class ReplicationWait final : public broker::Watch, public std::enable_shared_from_this<ReplicationWait> {
  public:
    explicit ReplicationWait(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}

    void start() {
        std::vector<std::shared_ptr<log::PartitionLog>> logs;
        for (const auto& append : pending_->appends) logs.push_back(append.log);
        self_ = shared_from_this();
        hub().watch(reactor(), *this, logs);
        const auto limit_ms = std::max(pending_->call.request.timeout_ms, 0);
        timer_ = reactor().run_after(limit_ms, [this] { finish(Errc::timed_out); });
        on_advance();
    }

    void on_advance() override {
        if (std::ranges::all_of(pending_->appends, [this](auto& append) { return is_decided(append); }))
            finish(Errc::timed_out);
    }

  private:
    broker::CommitHub& hub() { return pending_->call.broker().commits(); }
    runtime::Reactor& reactor() { return pending_->call.exchange->reactor(); }
    PartitionReply& reply_of(const Pending::Append& append) {
        return pending_->response.responses[append.topic].partition_responses[append.partition];
    }

    bool is_decided(const Pending::Append& append) {
        auto& reply = reply_of(append);
        if (reply.error_code != ErrorCode::none) return true;
        const auto now = broker::replication_of(pending_->call.broker().topics(), *append.place, *append.log,
                                                append.next_offset);
        if (now == broker::Replication::led_elsewhere)
            fail(reply, {Errc::not_leader, "another node leads the partition by now"});
        return now != broker::Replication::under_way;
    }

    void finish(Errc otherwise) {
        const auto self = std::move(self_);
        if (!self) return;
        hub().unwatch(reactor(), *this);
        timer_.reset();
        for (const auto& append : pending_->appends) {
            if (!is_decided(append))
                fail(reply_of(append), {otherwise, "not all in-sync replicas have it yet"});
        }
        pending_->call.reply(pending_->response);
    }

    std::shared_ptr<Pending> pending_;
    std::unique_ptr<runtime::Timer> timer_;
    std::shared_ptr<ReplicationWait> self_;  // while it waits
};

void answer(const std::shared_ptr<Pending>& pending, const broker::Failures& failures) {
    finish(*pending, failures);
    const bool waits =
        pending->call.request.acks == acks_all &&
        std::ranges::any_of(pending->appends, [](const auto& append) { return append.log->is_limited(); });
    if (!waits) return pending->call.reply(pending->response);
    std::make_shared<ReplicationWait>(pending)->start();
}

void refuse(const ProduceCall& call, ErrorCode code) {
    ProduceResponse response;
    for (const auto& topic : call.request.topic_data) {
        auto& topic_reply = response.responses.emplace_back();
        topic_reply.name = topic.name;
        for (const auto& data : topic.partition_data) {
            auto& reply = topic_reply.partition_responses.emplace_back();
            reply.index = data.index;
            reply.error_code = code;
        }
    }
    call.reply(response);
}

}  // namespace

void handle_produce(ProduceCall call) {
    const auto acks = call.request.acks;
    if (acks < -1 || acks > 1) return refuse(call, ErrorCode::invalid_required_acks);
    if (call.request.transactional_id) return refuse(call, ErrorCode::invalid_txn_state);
    auto pending = std::make_shared<Pending>(Pending{.call = std::move(call), .response = {}, .appends = {}});
    auto& topics = pending->call.request.topic_data;
    pending->response.responses.resize(topics.size());
    for (std::size_t i = 0; i < topics.size(); ++i) {
        pending->response.responses[i].name = topics[i].name;
        const auto topic = pending->call.broker().topics().find(topics[i].name);
        // What a queue keeps is only read.
        const bool is_queue = !topic && find_queue(pending->call.broker(), topics[i].name);
        const auto missing = is_queue ? Errc::invalid_name : Errc::not_found;
        for (const auto& data : topics[i].partition_data)
            append_partition(*pending, topic.get(), i, data, missing);
    }
    if (acks == 0) return finish_unacknowledged(*pending);
    if (pending->appends.empty()) return pending->call.reply(pending->response);
    auto& commits = pending->call.broker().commits();
    commits.await(pending->call.exchange->reactor(), pending->commits,
                  [pending](const broker::Failures& failures) { answer(pending, failures); });
}

}  // namespace weir::kafka

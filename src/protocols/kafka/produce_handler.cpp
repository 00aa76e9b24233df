// Produce: each partition's batch is appended; the reply leaves once the group commit has decided them all.
#include <limits>

#include "base/log_line.hpp"
#include "broker/broker.hpp"
#include "broker/replication_wait.hpp"
#include "protocols/kafka/cluster_view.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"
#include "protocols/kafka/queue_reads.hpp"

namespace weir::kafka {

namespace {

using ProducedPartition = ProduceResponse::Partition;

constexpr std::int16_t first_zstd_version = 7;
constexpr std::int16_t acks_all = -1;

// A produce call between its appends and their commit.
struct Pending {
    ProduceCall call;
    ProduceResponse response;
    std::vector<broker::AppendedBatch> appends;
    std::vector<std::pair<std::size_t, std::size_t>> places;  // of each in the response: topic, partition
};

void fail(ProducedPartition& reply, const Error& error) {
    reply.error_code = error_code(error.code);
    reply.error_message = error.message;
}

void list_faults(ProducedPartition& reply, const std::vector<message::RecordFault>& faults) {
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
    pending.appends.emplace_back(*published, partition, log::BatchView{data.records->data()});
    pending.places.emplace_back(topic_index, replies.size() - 1);
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

void add_endpoint(Pending& pending, NodeId leader) {
    auto& endpoints = pending.response.node_endpoints;
    if (std::ranges::find(endpoints, leader, &NodeEndpoint::node_id) != endpoints.end()) return;
    auto node = find_node(pending.call.broker(), pending.call.exchange->advertised(), leader);
    if (node) endpoints.emplace_back(leader, std::move(node->host), node->port, std::move(node->rack));
}

// Where to go instead (KIP-951).
void name_leader(Pending& pending, const broker::Topic* topic, ProducedPartition& reply) {
    const auto* now = topic == nullptr ? nullptr : topic->info->partition(reply.index);
    if (now == nullptr || now->leader == metadata::no_node) return;
    reply.current_leader = {now->leader, now->leader_epoch};
    add_endpoint(pending, now->leader);
}

void send_reply(Pending& pending) {
    for (auto& topic : pending.response.responses) {
        for (auto& reply : topic.partition_responses) {
            if (reply.error_code != ErrorCode::not_leader_or_follower) continue;
            name_leader(pending, pending.call.broker().topics().find(topic.name).get(), reply);
        }
    }
    pending.call.reply(pending.response);
}

void answer(Pending& pending, const broker::BatchOutcomes& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto& [topic, partition] = pending.places[i];
        if (!outcomes[i])
            fail(pending.response.responses[topic].partition_responses[partition], outcomes[i].error());
    }
    send_reply(pending);
}

// The reply leaves once they are acknowledged as the request asks.
void await(const std::shared_ptr<Pending>& pending) {
    auto& call = pending->call;
    const broker::WaitSeams seams{call.broker().topics(), call.broker().commits(), call.exchange->reactor()};
    auto done = [pending](const broker::BatchOutcomes& outcomes) { answer(*pending, outcomes); };
    auto appends = std::move(pending->appends);
    if (call.request.acks != acks_all)
        return broker::await_commit(seams, std::move(appends), std::move(done));
    broker::await_replicas(seams, std::move(appends), std::max(call.request.timeout_ms, 0), std::move(done));
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
    auto pending = std::make_shared<Pending>(
        Pending{.call = std::move(call), .response = {}, .appends = {}, .places = {}});
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
    if (pending->appends.empty()) return send_reply(*pending);
    await(pending);
}

}  // namespace weir::kafka

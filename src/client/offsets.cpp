// ListOffsets for many partitions at once.
#include "client/offsets.hpp"

#include <fmt/format.h>

#include <thread>

#include "client/kafka_error.hpp"
#include "client/partition_list.hpp"

namespace weir::client {

namespace {

constexpr std::chrono::milliseconds retry_pause{50};

// What passes once the client has heard of a topic's leaders, or a new leader is there.
bool passes(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
}

Result<PartitionList> ask(const Connection& connection, const std::vector<TopicPartition>& partitions,
                          std::int64_t timestamp_ms) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{connection.timeout_ms()};
    for (;;) {
        auto list = make_partition_list(partitions, timestamp_ms);
        const auto code = rd_kafka_offsets_for_times(connection.get(), list.get(), connection.timeout_ms());
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return list;
        if (!passes(code) || std::chrono::steady_clock::now() > deadline) {
            return kafka_error(code, "can't read the offsets");
        }
        std::this_thread::sleep_for(retry_pause);
    }
}

}  // namespace

Result<Offsets> list_offsets(const Connection& connection, const std::vector<TopicPartition>& partitions,
                             std::int64_t timestamp_ms) {
    Offsets offsets;
    if (partitions.empty()) return offsets;
    auto asked = ask(connection, partitions, timestamp_ms);
    if (!asked) return asked.error();
    const auto list = std::move(*asked);
    std::vector<TopicPartition> beyond;  // no record is as young as that
    for (int i = 0; i < list->cnt; ++i) {
        const auto& entry = list->elems[i];
        TopicPartition at{entry.topic, entry.partition};
        if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return kafka_error(entry.err, fmt::format("can't read the offsets of {}", at.text()));
        }
        if (entry.offset < 0) {
            beyond.push_back(std::move(at));
        } else {
            offsets[std::move(at)] = Offset{entry.offset};
        }
    }
    if (beyond.empty() || timestamp_ms == latest) return offsets;
    auto ends = list_offsets(connection, beyond, latest);
    if (!ends) return ends.error();
    offsets.merge(*ends);
    return offsets;
}

}  // namespace weir::client

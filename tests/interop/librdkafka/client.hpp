// What the files of the librdkafka agent share: handles that free themselves, and errors that carry Kafka's
// number.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace agent {

using Json = nlohmann::json;
using Settings = std::vector<std::pair<std::string, std::string>>;

/// An error as the client reports it; `code` is Kafka's number, or negative for one of librdkafka's own.
struct ClientError : std::runtime_error {
    ClientError(int number, const std::string& text) : std::runtime_error(text), code(number) {}
    int code;
};

/// Throws unless `error` is "no error".
inline void check(rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw ClientError(error, rd_kafka_err2str(error));
}

inline void check(const rd_kafka_error_t* error) {
    if (error != nullptr) throw ClientError(rd_kafka_error_code(error), rd_kafka_error_string(error));
}

template <auto Destroy>
struct Destroyer {
    template <typename T>
    void operator()(T* object) const {
        Destroy(object);
    }
};

using Client = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;

/// Makes a client; a setting that librdkafka refuses is thrown.
Client make_client(rd_kafka_type_t type, const Settings& settings);

/// A list of one partition.
PartitionList one_partition(const std::string& topic, int partition, int64_t offset);

/// The administrative operations: topics, configurations, offsets, groups.
class Admin {
  public:
    explicit Admin(const std::string& address);

    void create_topic(const Json& request);
    void delete_topic(const Json& request);
    Json list_topics();
    Json describe_topic(const Json& request);
    void add_partitions(const Json& request);
    Json describe_config(const Json& request);
    void alter_config(const Json& request);
    Json list_offset(const Json& request);
    void delete_records(const Json& request);
    Json list_groups();
    Json describe_group(const Json& request);
    void delete_group(const Json& request);
    Json committed(const Json& request);

  private:
    Event wait();

    Client client_;
    Queue queue_;
};

}  // namespace agent

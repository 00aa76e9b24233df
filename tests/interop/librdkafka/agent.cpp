// The agent around librdkafka's C interface: producing, consuming, groups, and the loop that answers the
// test.
#include <openssl/evp.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <list>
#include <map>

#include "librdkafka/client.hpp"

namespace agent {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto limit = std::chrono::seconds(30);

Json encode(const void* data, size_t size) {
    if (data == nullptr) return nullptr;
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       static_cast<const unsigned char*>(data), static_cast<int>(size));
    text.resize(static_cast<size_t>(length));
    return text;
}

/// Bytes that may be null; librdkafka takes a pointer that is not null with a size of 0 for empty.
struct Bytes {
    explicit Bytes(const Json& json) : null(json.is_null()) {
        if (null) return;
        const auto text = json.get<std::string>();
        content.resize(text.size() / 4 * 3 + 1);
        const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(content.data()),
                                           reinterpret_cast<const unsigned char*>(text.data()),
                                           static_cast<int>(text.size()));
        const auto padding = text.size() - (text.find_last_not_of('=') + 1);
        content.resize(text.empty() ? 0 : static_cast<size_t>(length) - padding);
    }
    const void* data() const { return null ? nullptr : content.data(); }
    bool null;
    std::string content;
};

Json to_reply(const rd_kafka_message_t* message) {
    Json headers = Json::array();
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        size_t size = 0;
        for (size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == 0; ++i) {
            headers.push_back({name, encode(value, size)});
        }
    }
    return {{"key", encode(message->key, message->key_len)},
            {"value", encode(message->payload, message->len)},
            {"headers", headers},
            {"partition", message->partition},
            {"offset", message->offset},
            {"timestamp", rd_kafka_message_timestamp(message, nullptr)}};
}

/// The outcome of one record, filled in by librdkafka's delivery report.
struct Delivery {
    int64_t offset = -1;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool done = false;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    *static_cast<Delivery*>(message->_private) = {message->offset, message->err, true};
}

void send_one(rd_kafka_t* producer, const std::string& topic, const Json& record, Delivery* delivery) {
    const Bytes key(record.at("key"));
    const Bytes value(record.at("value"));
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.at("headers").size());
    for (const auto& header : record.at("headers")) {
        const Bytes data(header.at(1));
        rd_kafka_header_add(headers, header.at(0).get<std::string>().c_str(), -1, data.data(),
                            static_cast<ssize_t>(data.content.size()));
    }
    const int64_t timestamp = record.at("timestamp").is_null() ? 0 : record.at("timestamp").get<int64_t>();
    const auto error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(record.at("partition").get<int>()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(const_cast<void*>(value.data()), value.content.size()),
        RD_KAFKA_V_KEY(const_cast<void*>(key.data()), key.content.size()), RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(delivery), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    check(error);
}

Json assignment_of(rd_kafka_t* consumer) {
    rd_kafka_topic_partition_list_t* found = nullptr;
    check(rd_kafka_assignment(consumer, &found));
    const PartitionList list(found);
    Json pairs = Json::array();
    for (int i = 0; i < list->cnt; ++i) pairs.push_back({list->elems[i].topic, list->elems[i].partition});
    return pairs;
}

class Agent {
  public:
    Json hello(const Json& request) {
        address_ = request.at("address");
        admin_ = std::make_unique<Admin>(address_);
        return {{"client", std::string("librdkafka ") + rd_kafka_version_str()},
                {"codecs", {"none", "gzip", "snappy", "lz4", "zstd"}},
                {"lacks", Json::array({"describe_producers"})}};
    }

    Json produce(const Json& request) {
        rd_kafka_t* sender = producer(request.at("codec"), request.value("idempotent", false));
        const auto& records = request.at("records");
        auto& deliveries = deliveries_.emplace_back(records.size());
        for (size_t i = 0; i < records.size(); ++i)
            send_one(sender, request.at("topic"), records[i], &deliveries[i]);
        check(rd_kafka_flush(sender, 60'000));
        Json offsets = Json::array();
        for (const auto& delivery : deliveries) {
            check(delivery.error);
            offsets.push_back(delivery.offset);
        }
        return offsets;
    }

    Json consume(const Json& request) {
        const auto consumer = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", address_},
                                                              {"group.id", "unused"},
                                                              {"enable.auto.commit", "false"},
                                                              {"auto.offset.reset", "error"}});
        check(rd_kafka_poll_set_consumer(consumer.get()));
        const PartitionList list =
            one_partition(request.at("topic"), request.at("partition"), request.at("offset"));
        check(rd_kafka_assign(consumer.get(), list.get()));
        Json records = Json::array();
        const auto end = Clock::now() + limit;
        while (records.size() < request.at("count") && Clock::now() < end) {
            const Message message(rd_kafka_consumer_poll(consumer.get(), 500));
            if (!message || message->err == RD_KAFKA_RESP_ERR__TRANSPORT) continue;
            check(message->err);
            records.push_back(to_reply(message.get()));
        }
        rd_kafka_consumer_close(consumer.get());
        return records;
    }

    Json join(const Json& request) {
        member_ = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", address_},
                                                  {"group.id", request.at("group")},
                                                  {"client.id", request.at("member")},
                                                  {"enable.auto.commit", "false"},
                                                  {"auto.offset.reset", "earliest"},
                                                  {"session.timeout.ms", "10000"}});
        check(rd_kafka_poll_set_consumer(member_.get()));
        const PartitionList list = one_partition(request.at("topics").at(0), RD_KAFKA_PARTITION_UA, 0);
        check(rd_kafka_subscribe(member_.get(), list.get()));
        return nullptr;
    }

    Json poll(const Json& request) {
        Json records = Json::array();
        const auto end = Clock::now() + std::chrono::milliseconds(request.at("wait_ms").get<int>());
        while (Clock::now() < end) {
            const Message message(rd_kafka_consumer_poll(member_.get(), 50));
            if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
                records.push_back(to_reply(message.get()));
        }
        return {{"assigned", assignment_of(member_.get())}, {"records", records}};
    }

    Json commit() {
        const auto error = rd_kafka_commit(member_.get(), nullptr, 0);
        if (error != RD_KAFKA_RESP_ERR__NO_OFFSET) check(error);
        return nullptr;
    }

    Json leave() {
        check(rd_kafka_consumer_close(member_.get()));
        return nullptr;
    }

    Admin& admin() { return *admin_; }

  private:
    rd_kafka_t* producer(const std::string& codec, bool idempotent) {
        auto& client = producers_[{codec, idempotent}];
        if (!client) {
            client = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", address_},
                                                     {"compression.type", codec},
                                                     {"enable.idempotence", idempotent ? "true" : "false"},
                                                     {"linger.ms", "20"}});
        }
        return client.get();
    }

    std::string address_;
    std::unique_ptr<Admin> admin_;
    std::map<std::pair<std::string, bool>, Client> producers_;
    std::list<std::vector<Delivery>> deliveries_;  // kept: a late report writes into its entry
    Client member_;
};

using Operation = std::function<Json(Agent&, const Json&)>;

/// An operation of Admin's that has no result.
Operation silent(void (Admin::*operation)(const Json&)) {
    return [operation](Agent& agent, const Json& request) {
        (agent.admin().*operation)(request);
        return Json(nullptr);
    };
}

Operation asking(Json (Admin::*operation)(const Json&)) {
    return [operation](Agent& agent, const Json& request) { return (agent.admin().*operation)(request); };
}

const std::map<std::string, Operation> operations = {
    {"hello", &Agent::hello},
    {"produce", &Agent::produce},
    {"consume", &Agent::consume},
    {"join", &Agent::join},
    {"poll", &Agent::poll},
    {"commit", [](Agent& agent, const Json&) { return agent.commit(); }},
    {"leave", [](Agent& agent, const Json&) { return agent.leave(); }},
    {"create_topic", silent(&Admin::create_topic)},
    {"delete_topic", silent(&Admin::delete_topic)},
    {"list_topics", [](Agent& agent, const Json&) { return agent.admin().list_topics(); }},
    {"describe_topic", asking(&Admin::describe_topic)},
    {"add_partitions", silent(&Admin::add_partitions)},
    {"describe_config", asking(&Admin::describe_config)},
    {"alter_config", silent(&Admin::alter_config)},
    {"list_offset", asking(&Admin::list_offset)},
    {"delete_records", silent(&Admin::delete_records)},
    {"list_groups", [](Agent& agent, const Json&) { return agent.admin().list_groups(); }},
    {"describe_group", asking(&Admin::describe_group)},
    {"delete_group", silent(&Admin::delete_group)},
    {"committed", asking(&Admin::committed)},
};

Json answer(Agent& agent, const Json& request) {
    try {
        return {{"ok", operations.at(request.at("op"))(agent, request)}};
    } catch (const ClientError& error) {
        return {{"error", {{"code", error.code}, {"text", error.what()}}}};
    }
}

}  // namespace

Client make_client(rd_kafka_type_t type, const Settings& settings) {
    std::string reason(512, '\0');
    rd_kafka_conf_t* configuration = rd_kafka_conf_new();
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
    Settings all = {{"log_level", "2"}, {"reconnect.backoff.max.ms", "500"}};
    all.insert(all.end(), settings.begin(), settings.end());
    for (const auto& [key, value] : all) {
        const auto result =
            rd_kafka_conf_set(configuration, key.c_str(), value.c_str(), reason.data(), reason.size());
        if (result != RD_KAFKA_CONF_OK) throw ClientError(RD_KAFKA_RESP_ERR__INVALID_ARG, reason);
    }
    Client client(rd_kafka_new(type, configuration, reason.data(), reason.size()));
    if (!client) throw ClientError(RD_KAFKA_RESP_ERR__FAIL, reason);
    return client;
}

PartitionList one_partition(const std::string& topic, int partition, int64_t offset) {
    PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    return list;
}

}  // namespace agent

int main() {
    agent::Agent agent;
    std::string line;
    while (std::getline(std::cin, line)) {
        std::cout << agent::answer(agent, agent::Json::parse(line)) << std::endl;
    }
}

// librdkafka's asynchronous admin calls as plain ones.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "client/connection.hpp"

namespace weir::client {

template <auto destroy>
struct Destroyer {
    template <class T>
    void operator()(T* object) const {
        destroy(object);
    }
};

using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;

Result<Event> await_event(const Connection& connection, rd_kafka_queue_t* queue, const std::string& what);
AdminOptions make_admin_options(const Connection& connection, rd_kafka_admin_op_t operation);

// Hands options and a queue of its own to `start`, which begins the call, and waits for the outcome. `what`
// is the beginning of the error's sentence: "can't list the groups". Errors of single topics or groups lie in
// the event.
template <class Start>
Result<Event> admin_call(const Connection& connection, rd_kafka_admin_op_t operation, const std::string& what,
                         Start start) {
    const auto options = make_admin_options(connection, operation);
    const std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>> queue{
        rd_kafka_queue_new(connection.get())};
    start(options.get(), queue.get());
    return await_event(connection, queue.get(), what);
}

}  // namespace weir::client

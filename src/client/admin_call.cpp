// Waiting for the one event that an admin call ends in.
#include "client/admin_call.hpp"

#include "client/kafka_error.hpp"

namespace weir::client {

AdminOptions make_admin_options(const Connection& connection, rd_kafka_admin_op_t operation) {
    char reason[256];
    AdminOptions options{rd_kafka_AdminOptions_new(connection.get(), operation)};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), connection.timeout_ms(), reason, sizeof reason);
    if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_DELETETOPICS ||
        operation == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS || operation == RD_KAFKA_ADMIN_OP_DELETERECORDS) {
        rd_kafka_AdminOptions_set_operation_timeout(options.get(), connection.timeout_ms(), reason,
                                                    sizeof reason);
    }
    return options;
}

Result<Event> await_event(const Connection& connection, rd_kafka_queue_t* queue, const std::string& what) {
    Event event{rd_kafka_queue_poll(queue, connection.timeout_ms() + 1000)};
    if (!event) return Error{Errc::timed_out, what + ": no answer in time"};
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_error(code, what, rd_kafka_event_error_string(event.get()));
    }
    return event;
}

}  // namespace weir::client

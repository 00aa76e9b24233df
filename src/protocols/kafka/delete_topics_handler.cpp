// DeleteTopics: by name or by id.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

namespace {

constexpr std::int16_t first_version_with_ids = 6;

std::vector<metadata::DeleteTopic> commands(const DeleteTopicsCall& call) {
    std::vector<metadata::DeleteTopic> out;
    if (call.version() < first_version_with_ids) {
        for (const auto name : call.request.topic_names) out.push_back({.name = std::string(name)});
    } else {
        for (const auto& topic : call.request.topics) {
            out.push_back({.name = std::string(topic.name.value_or("")), .id = topic.topic_id});
        }
    }
    return out;
}

}  // namespace

void handle_delete_topics(DeleteTopicsCall call) {
    auto wanted = commands(call);
    const auto gathered = std::make_shared<GatheredReply<DeleteTopicsCall>>(std::move(call));
    gathered->response.responses.resize(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto& reply = gathered->response.responses[i];
        if (!wanted[i].name.empty() || gathered->call.version() < first_version_with_ids)
            reply.name = wanted[i].name;
        reply.topic_id = wanted[i].id;
        const auto& topics = gathered->call.broker().topics();
        const auto topic = wanted[i].name.empty() ? topics.find(wanted[i].id) : topics.find(wanted[i].name);
        if (auto changeable = check_changeable(topic.get()); !changeable) {
            set_error(reply, changeable.error());
            continue;
        }
        gathered->expect();
        gathered->call.broker().change(std::move(wanted[i]), [gathered, &reply](auto result) {
            if (result) {
                reply.name = (*result)->name;
                reply.topic_id = (*result)->id;
            } else {
                set_error(reply, result.error());
            }
            gathered->done();
        });
    }
    gathered->done();
}

}  // namespace weir::kafka

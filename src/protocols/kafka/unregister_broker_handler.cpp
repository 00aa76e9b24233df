// UnregisterBroker: a node that has nothing any more leaves for good.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_unregister_broker(UnregisterBrokerCall call) {
    const auto node = call.request.broker_id;
    if (node.value < 0) {
        UnregisterBrokerResponse response;
        response.error_code = ErrorCode::broker_id_not_registered;
        return call.reply(response);
    }
    auto& broker = call.broker();
    broker.change(metadata::RemoveNode{node},
                  [call = std::move(call)](const Result<metadata::RemoveNode::Reply>& removed) {
                      UnregisterBrokerResponse response;
                      if (!removed) set_error(response, removed.error());
                      if (!removed && removed.error().code == Errc::not_found)
                          response.error_code = ErrorCode::broker_id_not_registered;
                      call.reply_from_anywhere(std::move(response));
                  });
}

}  // namespace weir::kafka

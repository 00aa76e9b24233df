// InitProducerId: an identity for an idempotent producer.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_init_producer_id(InitProducerIdCall call) {
    InitProducerIdResponse response;
    if (call.request.transactional_id) {
        // Clients end with a clear error after this one instead of trying for ever.
        response.error_code = ErrorCode::transactional_id_authorization_failed;
        return call.reply(response);
    }
    auto& ids = call.broker().producer_ids();
    ids.next([call = std::move(call), response](Result<ProducerId> id) mutable {
        if (id) {
            response.producer_id = *id;
            response.producer_epoch = ProducerEpoch{0};
        } else {
            response.error_code = error_code(id.error().code);
        }
        call.reply_from_anywhere(std::move(response));
    });
}

}  // namespace weir::kafka

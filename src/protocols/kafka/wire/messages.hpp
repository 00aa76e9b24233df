// The one list of all messages, in ascending order of their API keys. A new API is added here and has its own
// header.
#pragma once

#include "protocols/kafka/wire/api_versions.hpp"
#include "protocols/kafka/wire/fetch.hpp"
#include "protocols/kafka/wire/find_coordinator.hpp"
#include "protocols/kafka/wire/init_producer_id.hpp"
#include "protocols/kafka/wire/list_offsets.hpp"
#include "protocols/kafka/wire/metadata.hpp"
#include "protocols/kafka/wire/produce.hpp"

namespace weir::kafka {

template <class M>
struct MessageType {
    using Message = M;
};

// Calls f(MessageType<Request>{}, MessageType<Response>{}) for every API.
template <class F>
constexpr void for_each_api(F&& f) {
    f(MessageType<ProduceRequest>{}, MessageType<ProduceResponse>{});
    f(MessageType<FetchRequest>{}, MessageType<FetchResponse>{});
    f(MessageType<ListOffsetsRequest>{}, MessageType<ListOffsetsResponse>{});
    f(MessageType<MetadataRequest>{}, MessageType<MetadataResponse>{});
    f(MessageType<FindCoordinatorRequest>{}, MessageType<FindCoordinatorResponse>{});
    f(MessageType<ApiVersionsRequest>{}, MessageType<ApiVersionsResponse>{});
    f(MessageType<InitProducerIdRequest>{}, MessageType<InitProducerIdResponse>{});
}

}  // namespace weir::kafka

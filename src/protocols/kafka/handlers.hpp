// The handlers of the Kafka door: one function per API, which answers its call now or later.
#pragma once

#include "protocols/kafka/call.hpp"
#include "protocols/kafka/wire/api_versions.hpp"
#include "protocols/kafka/wire/fetch.hpp"
#include "protocols/kafka/wire/find_coordinator.hpp"
#include "protocols/kafka/wire/init_producer_id.hpp"
#include "protocols/kafka/wire/list_offsets.hpp"
#include "protocols/kafka/wire/metadata.hpp"
#include "protocols/kafka/wire/produce.hpp"

namespace weir::kafka {

using ApiVersionsCall = Call<ApiVersionsRequest, ApiVersionsResponse>;
using MetadataCall = Call<MetadataRequest, MetadataResponse>;
using ProduceCall = Call<ProduceRequest, ProduceResponse>;
using FetchCall = Call<FetchRequest, FetchResponse>;
using ListOffsetsCall = Call<ListOffsetsRequest, ListOffsetsResponse>;
using FindCoordinatorCall = Call<FindCoordinatorRequest, FindCoordinatorResponse>;
using InitProducerIdCall = Call<InitProducerIdRequest, InitProducerIdResponse>;

void handle_api_versions(ApiVersionsCall call);
// Answers a version of ApiVersions that weir does not serve, in version 0, which every client reads
// (KIP-511).
void refuse_api_versions(const std::shared_ptr<Exchange>& exchange);
void handle_metadata(MetadataCall call);
void handle_produce(ProduceCall call);
void handle_fetch(FetchCall call);
void handle_list_offsets(ListOffsetsCall call);
void handle_find_coordinator(FindCoordinatorCall call);
void handle_init_producer_id(InitProducerIdCall call);

}  // namespace weir::kafka

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

void handle_api_versions(Call<ApiVersionsRequest> call);
void handle_metadata(Call<MetadataRequest> call);
void handle_produce(Call<ProduceRequest> call);
void handle_fetch(Call<FetchRequest> call);
void handle_list_offsets(Call<ListOffsetsRequest> call);
void handle_find_coordinator(Call<FindCoordinatorRequest> call);
void handle_init_producer_id(Call<InitProducerIdRequest> call);

}  // namespace weir::kafka

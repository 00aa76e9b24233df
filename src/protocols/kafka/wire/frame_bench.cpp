// What the hot messages cost: a Produce and a Fetch of some partitions, read and answered.
#include "protocols/kafka/wire/frame.hpp"

#include <benchmark/benchmark.h>

#include "protocols/kafka/wire/fetch.hpp"
#include "protocols/kafka/wire/metadata.hpp"
#include "protocols/kafka/wire/produce.hpp"

namespace weir::kafka {
namespace {

constexpr RequestHeader produce_v9{.api_key = 0, .api_version = 9, .correlation_id = 1, .client_id = "bench"};
constexpr RequestHeader fetch_v12{.api_key = 1, .api_version = 12, .correlation_id = 1, .client_id = "bench"};
constexpr RequestHeader metadata_v12{.api_key = 3, .api_version = 12, .correlation_id = 1};

template <class M>
void decode_frames(benchmark::State& state, const Bytes& bytes) {
    for (auto _ : state) {
        auto frame = ByteView{bytes}.subspan(4);
        const auto header = take_request_header(frame);
        const auto request = decode_request<M>(*header, frame);
        ASSERT(request.has_value());
        benchmark::DoNotOptimize(&*request);
    }
}

template <class M>
void encode_frames(benchmark::State& state, const RequestHeader& header, const M& response) {
    Bytes out;
    std::vector<Gap> gaps;
    for (auto _ : state) {
        out.clear();
        gaps.clear();
        encode_response(out, header, response, &gaps);
        benchmark::DoNotOptimize(out.data());
    }
    state.counters["bytes"] = static_cast<double>(out.size());
}

void produce_decoded(benchmark::State& state) {
    const Bytes batch(1000, 'x');
    ProduceRequest request;
    auto& topic = request.topic_data.emplace_back();
    topic.name = "a-topic-of-some-length";
    for (int i = 0; i < state.range(0); ++i) topic.partition_data.push_back({PartitionId{i}, batch});
    Bytes bytes;
    encode_request(bytes, produce_v9, request);
    decode_frames<ProduceRequest>(state, bytes);
}
BENCHMARK(produce_decoded)->Arg(1)->Arg(10)->Arg(100);

void produce_answered(benchmark::State& state) {
    ProduceResponse response;
    auto& topic = response.responses.emplace_back();
    topic.name = "a-topic-of-some-length";
    for (int i = 0; i < state.range(0); ++i) topic.partition_responses.push_back({.index = PartitionId{i}});
    encode_frames(state, produce_v9, response);
}
BENCHMARK(produce_answered)->Arg(1)->Arg(10)->Arg(100);

void fetch_decoded(benchmark::State& state) {
    FetchRequest request;
    auto& topic = request.topics.emplace_back();
    topic.topic = "a-topic-of-some-length";
    for (int i = 0; i < state.range(0); ++i) topic.partitions.push_back({.partition = PartitionId{i}});
    Bytes bytes;
    encode_request(bytes, fetch_v12, request);
    decode_frames<FetchRequest>(state, bytes);
}
BENCHMARK(fetch_decoded)->Arg(1)->Arg(10)->Arg(100);

void fetch_answered(benchmark::State& state) {
    FetchResponse response;
    auto& topic = response.responses.emplace_back();
    topic.topic = "a-topic-of-some-length";
    for (int i = 0; i < state.range(0); ++i) topic.partitions.emplace_back().records = {.left_out = 5000};
    encode_frames(state, fetch_v12, response);
}
BENCHMARK(fetch_answered)->Arg(1)->Arg(10)->Arg(100);

void metadata_answered(benchmark::State& state) {
    MetadataResponse response;
    response.brokers.push_back({.node_id = NodeId{1}, .host = "broker-1.example", .port = 9092});
    for (int i = 0; i < state.range(0); ++i) {
        auto& topic = response.topics.emplace_back();
        topic.name = "a-topic-of-some-length";
        for (int p = 0; p < 10; ++p) {
            auto& partition = topic.partitions.emplace_back();
            partition.replica_nodes = partition.isr_nodes = {NodeId{1}, NodeId{2}, NodeId{3}};
        }
    }
    encode_frames(state, metadata_v12, response);
}
BENCHMARK(metadata_answered)->Arg(1)->Arg(100);

}  // namespace
}  // namespace weir::kafka

BENCHMARK_MAIN();

// The one place where the tests' visitors meet every message.
#include "support/kafka_message_types.hpp"

#include "protocols/kafka/wire/frame.hpp"
#include "protocols/kafka/wire/messages.hpp"
#include "support/kafka_visitors.hpp"

namespace weir::test {

namespace {

// Not inlined, for each is called from several places, and large.
template <class M>
[[gnu::noinline]] Bytes written(const M& message, std::int16_t version) {
    Bytes out;
    kafka::detail::put_body(out, message, version, nullptr);
    return out;
}

template <class M>
[[gnu::noinline]] std::string printed(const M& message, std::int16_t version) {
    return KafkaPrinter::print(message, version);
}

template <class M, bool is_request>
struct Functions {
    [[gnu::noinline]] static Result<M> read(ByteView body, std::int16_t version) {
        return kafka::detail::decode<M>(body, version, is_request ? "request" : "response");
    }
    static Bytes fill(std::int16_t version, std::uint32_t seed) {
        return written(KafkaFiller::make<M>(version, seed), version);
    }
    static std::string print_filled(std::int16_t version, std::uint32_t seed) {
        return printed(KafkaFiller::make<M>(version, seed), version);
    }
    static Bytes defaults(std::int16_t version) { return written(M{}, version); }
    static Result<std::string> print(ByteView body, std::int16_t version) {
        const auto message = read(body, version);
        if (!message) return message.error();
        return printed(*message, version);
    }
    static Result<Bytes> rewrite(ByteView body, std::int16_t version) {
        const auto message = read(body, version);
        if (!message) return message.error();
        return written(*message, version);
    }
    static KafkaMessageType type() {
        return {&M::api, is_request, KafkaLint::check<M>, fill, print_filled, defaults, print, rewrite};
    }
};

}  // namespace

std::span<const KafkaMessageType> kafka_message_types() {
    static const auto all = [] {
        std::vector<KafkaMessageType> types;
        kafka::for_each_api(
            [&]<class Request, class Response>(kafka::MessageType<Request>, kafka::MessageType<Response>) {
                types.push_back(Functions<Request, true>::type());
                types.push_back(Functions<Response, false>::type());
            });
        return types;
    }();
    return all;
}

}  // namespace weir::test

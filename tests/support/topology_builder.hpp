// A topology for tests: requests are decided, go through bytes, and are applied.
#pragma once

#include <gtest/gtest.h>

#include "metadata/topology/format.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::test {

// A command as it comes back from its bytes.
inline topology::Command through_bytes(const topology::Command& command) {
    Bytes bytes;
    FieldWriter out{bytes};
    const auto kind = topology::write(out, command);
    FieldReader in{bytes};
    auto back = topology::read_command(kind, in);
    EXPECT_TRUE(back && in.ok() && in.at_end());
    EXPECT_EQ(*back, command);
    return std::move(*back);
}

class TopologyBuilder {
  public:
    topology::Topology now;
    topology::Changes changes;  // of the last request

    explicit TopologyBuilder(const std::string& host = "/") {
        must(topology::PutVirtualHost{{.name = host}});
    }

    template <class Request>
    Result<typename Request::Reply> ask(const Request& request) {
        changes = {};
        auto decision = decide(now, request);
        if (!decision) {
            EXPECT_FALSE(decision.error().message.empty());
            return decision.error();
        }
        for (const auto& command : decision->commands) {
            const auto applied = now.apply(through_bytes(command), &changes);
            EXPECT_TRUE(applied) << (applied ? "" : applied.error().message);
        }
        return std::move(decision->reply);
    }
    template <class Request>
    typename Request::Reply must(const Request& request) {
        auto reply = ask(request);
        EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
        return reply ? std::move(*reply) : typename Request::Reply{};
    }
    // The error's name, or "good".
    template <class Request>
    std::string outcome(const Request& request) {
        const auto reply = ask(request);
        return reply ? "good" : std::string{name(reply.error().code)};
    }

    void exchange(topology::Exchange exchange) {
        exchange.host = "/";
        EXPECT_TRUE(ask(topology::DeclareExchange{std::move(exchange)})->is_new);
    }
    void exchange(const std::string& name, topology::ExchangeKind kind) {
        exchange({.name = name, .kind = kind});
    }
    QueueId queue(const std::string& name) {
        return ask(topology::DeclareQueue{{.host = "/", .name = name}})->queue->id;
    }
    QueueId id(const std::string& name) const { return now.queue("/", name)->id; }
    static topology::Binding binding(const std::string& source, const std::string& destination,
                                     const std::string& key = "", topology::Table arguments = {}) {
        return {.host = "/",
                .source = source,
                .destination = destination,
                .key = key,
                .arguments = std::move(arguments)};
    }
    static topology::Binding between(const std::string& source, const std::string& destination,
                                     const std::string& key = "") {
        auto out = binding(source, destination, key);
        out.kind = topology::DestinationKind::exchange;
        return out;
    }
    std::string bind(const topology::Binding& binding) { return outcome(topology::Bind{binding}); }
    std::string bind(const std::string& source, const std::string& queue, const std::string& key = "",
                     topology::Table arguments = {}) {
        return bind(binding(source, queue, key, std::move(arguments)));
    }
    bool unbind(const topology::Binding& binding) { return ask(topology::Unbind{binding})->was_there; }
};

// The state as bytes.
inline Bytes bytes_of(const topology::Topology& topology) {
    Bytes out;
    FieldWriter writer{out};
    topology.write(writer);
    return out;
}

}  // namespace weir::test

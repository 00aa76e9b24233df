// Requests about exchanges, queues and bindings, drawn at random, many of which must be refused.
#pragma once

#include <array>

#include "base/random.hpp"
#include "support/topology_builder.hpp"

namespace weir::test {

class RandomTopology {
  public:
    explicit RandomTopology(std::uint64_t seed) : random_(seed) {}

    TopologyBuilder builder;

    void step() {
        builder.changes = {};
        switch (below(24)) {
            case 0:
            case 1:
            case 2: declare_exchange(); break;
            case 3: (void)builder.ask(topology::DeleteExchange{host(), exchange(), below(2) == 0}); break;
            case 4:
            case 5:
            case 6: declare_queue(); break;
            case 7: (void)builder.ask(topology::DeleteQueue{host(), queue()}); break;
            case 8:
            case 9:
            case 10: (void)builder.ask(topology::Unbind{some_binding()}); break;
            case 11: set_policy(); break;
            case 12: (void)builder.ask(topology::ClearPolicy{host(), name("p"), below(2) == 0}); break;
            case 13: hosts(); break;
            case 14: accounts(); break;
            default: (void)builder.ask(topology::Bind{any_binding()}); break;
        }
    }

    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }
    std::string host() { return below(8) == 0 ? "v" : "/"; }
    std::string exchange() { return name("x"); }
    std::string queue() { return name("q"); }
    // Words of a small alphabet, some of them empty; with wildcards if they are asked for.
    std::string key(bool is_pattern) {
        std::string out;
        for (auto words = below(6); words > 0; --words) {
            const auto pick = below(is_pattern ? 8 : 4);
            if (pick < 2) out += static_cast<char>('a' + pick);
            if (pick >= 4) out += pick < 6 ? '*' : '#';
            if (words > 1) out += '.';
        }
        return out;
    }
    topology::Table headers() {
        topology::Table out;
        for (const auto* header : {"a", "b", "x-c"}) {
            const auto pick = below(4);
            if (pick == 1) out[header] = 1;
            if (pick == 2) out[header] = "1";
            if (pick == 3) out[header] = topology::Value{};
        }
        return out;
    }

  private:
    std::string name(const char* kind) { return fmt::format("{}{}", kind, below(7)); }

    void declare_exchange() {
        topology::Exchange exchange{.host = host(),
                                    .name = this->exchange(),
                                    .kind = static_cast<topology::ExchangeKind>(1 + below(7)),
                                    .is_auto_delete = below(4) == 0,
                                    .is_delayed = below(5) == 0};
        if (below(3) == 0) exchange.arguments["alternate-exchange"] = this->exchange();
        (void)builder.ask(topology::DeclareExchange{std::move(exchange)});
    }
    void declare_queue() { (void)builder.ask(topology::DeclareQueue{{.host = host(), .name = queue()}}); }
    topology::Binding any_binding() {
        topology::Binding out{.host = host(), .source = exchange(), .destination = queue()};
        out.kind = static_cast<topology::DestinationKind>(1 + below(3));
        if (out.kind == topology::DestinationKind::exchange) out.destination = exchange();
        out.key = below(4) == 0 ? std::to_string(1 + below(3)) : key(true);
        if (below(2) == 0) out.arguments = headers();
        static constexpr std::array modes{"all", "any", "all-with-x", "any-with-x"};
        if (below(2) == 0) out.arguments["x-match"] = modes[below(modes.size())];
        return out;
    }
    // Mostly one that is there.
    topology::Binding some_binding() {
        std::vector<topology::BindingPtr> all;
        builder.now.hosts().for_each([&](const auto& state) {
            state->by_source.for_each([&](const auto& binding) { all.push_back(binding); });
        });
        return all.empty() || below(8) == 0 ? any_binding() : *all[below(all.size())];
    }
    void set_policy() {
        topology::Policy policy{.host = host(), .name = name("p"), .is_operator = below(2) == 0};
        policy.pattern = fmt::format("[{}-9]$", below(9));
        policy.priority = static_cast<std::int32_t>(below(3));
        policy.definition["alternate-exchange"] = exchange();
        (void)builder.ask(topology::SetPolicy{std::move(policy)});
    }
    void hosts() {
        if (below(3) != 0) return void(builder.ask(topology::PutVirtualHost{{.name = host()}}));
        if (below(20) == 0) (void)builder.ask(topology::DeleteVirtualHost{host()});
    }
    void accounts() {
        const auto user = name("u");
        switch (below(5)) {
            case 0: (void)builder.ask(topology::DeleteUser{user}); break;
            case 1:
                (void)builder.ask(topology::SetPermissions{{.user = user, .host = host(), .read = "a"}});
                break;
            case 2: (void)builder.ask(topology::ClearPermissions{user, host()}); break;
            case 3:
                (void)builder.ask(topology::SetTopicPermissions{
                    {.user = user, .host = host(), .exchange = exchange(), .write = "{username}"}});
                break;
            default: (void)builder.ask(topology::PutUser{{.name = user, .tags = {name("t")}}}); break;
        }
    }

    SeededRandom random_;
};

}  // namespace weir::test

// A broker with the AMQP door and the accounts of a definitions file, for tests that need more users and
// virtual hosts than an empty weir has.
//
// queue_server DIRECTORY DEFINITIONS prints "port N" and serves until its standard input ends.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/amqp_listener.hpp"
#include "base/log_line.hpp"
#include "broker/access/password.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/amqp/message_facts.hpp"

namespace weir {
namespace {

using nlohmann::json;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(EXIT_FAILURE);
}

template <class T>
T must(Result<T> result) {
    if (!result) give_up(result.error().message);
    return std::move(*result);
}

template <class Request>
void change(broker::Queues& queues, Request request) {
    std::promise<Result<typename Request::Reply>> changed;
    queues.change(std::move(request), [&](auto reply) { changed.set_value(std::move(reply)); });
    must(changed.get_future().get());
}

topology::Table numbers(const json& values) {
    topology::Table table;
    for (const auto& [name, value] : values.items()) table.emplace(name, value.get<std::int64_t>());
    return table;
}

void add_hosts(broker::Queues& queues, const json& definitions) {
    std::map<std::string, topology::Table> limits;
    for (const auto& one : definitions.at("parameters")) limits[one.at("vhost")] = numbers(one.at("value"));
    auto exchanges = amqp::predeclared_exchanges();
    for (const auto& one : definitions.at("vhosts")) {
        const std::string name = one.at("name");
        change(queues, topology::PutVirtualHost{.host = {.name = name, .settings = limits[name]},
                                                .exchanges = exchanges});
    }
}

void add_users(broker::Queues& queues, const json& definitions) {
    for (const auto& one : definitions.at("users")) {
        const std::string password = one.at("password");
        change(queues,
               topology::PutUser{{.name = one.at("name"),
                                  .credentials = {must(access::make_credential(password, system_random()))},
                                  .settings = numbers(one.at("limits"))}});
    }
    for (const auto& one : definitions.at("permissions")) {
        change(queues, topology::SetPermissions{{.user = one.at("user"),
                                                 .host = one.at("vhost"),
                                                 .configure = one.at("configure"),
                                                 .write = one.at("write"),
                                                 .read = one.at("read")}});
    }
    for (const auto& one : definitions.at("topic_permissions")) {
        change(queues, topology::SetTopicPermissions{{.user = one.at("user"),
                                                      .host = one.at("vhost"),
                                                      .exchange = one.at("exchange"),
                                                      .write = one.at("write"),
                                                      .read = one.at("read")}});
    }
}

int serve(const char* directory, const char* definitions) {
    set_log_level(LogLevel::warning);
    runtime::ReactorPool pool(2);
    const broker::BrokerOptions options{.store = {.directory = directory},
                                        .file_settings = {},
                                        .serves_queues = true,
                                        .property_reader = &amqp::property_reader()};
    auto broker = must(
        broker::Broker::open(options, pool, runtime::posix_file_system(), system_clock(), system_random()));
    for (const auto& prepared : {broker->prepare_queues(), amqp::prepare(broker->queues(), system_random())})
        if (!prepared) give_up(prepared.error().message);
    app::Config config;
    config.amqp_listen = runtime::Endpoint{"127.0.0.1", 0};
    broker::LiveConnections connections;
    auto door = must(
        app::AmqpListener::open_if_wanted(config, pool, *broker, runtime::posix_file_system(), connections));
    std::ifstream file{definitions};
    const auto accounts = json::parse(file);
    add_hosts(broker->queues(), accounts);
    add_users(broker->queues(), accounts);
    broker->announce({});
    pool.start();
    std::cout << "port " << door->endpoint()->port << std::endl;
    while (std::getchar() != EOF) {
    }
    door->stop();
    pool.stop();
    if (auto stopped = broker->stop(); !stopped) give_up(stopped.error().message);
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace weir

int main(int count, char** arguments) {
    if (count != 3) weir::give_up("queue_server DIRECTORY DEFINITIONS");
    return weir::serve(arguments[1], arguments[2]);
}

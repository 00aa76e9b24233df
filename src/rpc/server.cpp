// The server: a listener whose sessions are streams.
#include "rpc/server.hpp"

#include "base/log_line.hpp"
#include "rpc/server_stream.hpp"
#include "runtime/listener.hpp"

namespace weir::rpc {

namespace {

constexpr std::int64_t expiry_warning_days = 30;

void warn_of_expiry(const LocalNode& node, Clock& clock) {
    if (!node.tls) return;
    const auto left_s = node.tls->own_certificate()->not_after_s - clock.wall_ms() / 1000;
    const auto left_days = left_s / (24 * 3600);
    if (left_days < expiry_warning_days)
        log_warning("this node's certificate expires in {} days: no node will talk to it then", left_days);
}

class ListeningServer final : public Server {
  public:
    explicit ListeningServer(std::shared_ptr<ServerContext> context) : context_(std::move(context)) {}
    ~ListeningServer() override { ListeningServer::stop(); }

    Result<void> open(runtime::ReactorPool& pool) {
        const auto& options = context_->options;
        auto opened = runtime::Listener::open({.endpoint = options.endpoint,
                                               .max_connections = options.max_connections,
                                               .tls = options.node.tls,
                                               .handshake_timeout_ms = options.hello_timeout_ms},
                                              pool, [context = context_](auto connection) {
                                                  auto stream = std::make_shared<ServerStream>(
                                                      std::move(connection), context);
                                                  stream->start();
                                                  return stream;
                                              });
        if (!opened) return opened.error();
        listener_ = std::move(*opened);
        return {};
    }

    runtime::Endpoint endpoint() const override { return listener_->endpoint(); }
    void stop() override {
        listener_.reset();
        context_->streams.close_all();
    }

  private:
    std::shared_ptr<ServerContext> context_;
    std::unique_ptr<runtime::Listener> listener_;  // null once stopped
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Methods methods,
                                             runtime::MemoryBudget& budget, runtime::ReactorPool& pool,
                                             Clock& clock) {
    if (auto checked = check_local_node(options.node, options.endpoint); !checked) return checked.error();
    if (!options.node.tls && !options.endpoint.is_loopback())
        log_warning("nodes talk in plain text at {}, and believe what they say of themselves",
                    options.endpoint.text());
    warn_of_expiry(options.node, clock);
    auto server = std::make_unique<ListeningServer>(std::shared_ptr<ServerContext>{
        new ServerContext{std::move(options), std::move(methods), budget, clock, {}}});
    if (auto opened = server->open(pool); !opened) return opened.error();
    return std::unique_ptr<Server>{std::move(server)};
}

}  // namespace weir::rpc

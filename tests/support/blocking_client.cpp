// One session that gathers what comes, and a lock between the reactor and the test.
#include "support/blocking_client.hpp"

namespace weir::test {

struct BlockingClient::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_ptr<runtime::Connecting> connecting;
    std::shared_ptr<runtime::Connection> connection;
    std::optional<runtime::CertificateFacts> peer;
    std::optional<Error> refused;
    std::string received;
    std::string failure;
    bool was_connected = false;
    bool closed = false;

    template <class Change>
    void change(Change apply) {
        const std::lock_guard lock{mutex};
        apply();
        changed.notify_all();
    }
    template <class Condition>
    void wait_until(Condition condition) {
        std::unique_lock lock{mutex};
        changed.wait(lock, condition);
    }
};

class BlockingClient::ClientSession : public runtime::Session {
  public:
    explicit ClientSession(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ByteSpan read_buffer() override { return buffer_; }
    void on_read(std::size_t count) override {
        state_->change([&] { state_->received += as_text(ByteView{buffer_}.first(count)); });
    }
    void on_closed() override {
        state_->change([&] {
            state_->failure = state_->connection->failure();
            state_->connection.reset();
            state_->closed = true;
        });
    }

  private:
    std::shared_ptr<State> state_;
    Bytes buffer_ = Bytes(64 * 1024);
};

BlockingClient::BlockingClient(runtime::Reactor& reactor, runtime::ConnectOptions options)
    : reactor_(reactor), state_(std::make_shared<State>()) {
    reactor.post([state = state_, &reactor, options = std::move(options)] {
        state->connecting = runtime::connect(
            options, reactor,
            [state](std::shared_ptr<runtime::Connection> connection) {
                state->change([&] {
                    state->connection = connection;
                    if (const auto* facts = connection->peer_certificate()) state->peer = *facts;
                    state->was_connected = true;
                });
                return std::make_shared<ClientSession>(state);
            },
            [state](Error error) { state->change([&] { state->refused = std::move(error); }); });
    });
}

BlockingClient::~BlockingClient() {
    reactor_.post([state = state_] {
        state->connecting.reset();
        if (const auto connection = state->connection) connection->close();
    });
}

Result<void> BlockingClient::connected() {
    state_->wait_until([&] { return state_->was_connected || state_->refused; });
    if (state_->refused) return *state_->refused;
    return {};
}

void BlockingClient::write(std::string_view text) {
    (void)connected();
    reactor_.post([state = state_, bytes = Bytes{text.begin(), text.end()}] {
        if (state->connection) state->connection->send(bytes);
    });
}

std::string BlockingClient::read(std::size_t size) {
    state_->wait_until([&] { return state_->received.size() >= size || state_->closed || state_->refused; });
    const std::lock_guard lock{state_->mutex};
    const auto text = state_->received.substr(0, size);
    state_->received.erase(0, size);
    return text;
}

std::string BlockingClient::wait_closed() {
    state_->wait_until([&] { return state_->closed || state_->refused; });
    return state_->refused ? state_->refused->message : state_->failure;
}

std::optional<runtime::CertificateFacts> BlockingClient::peer() {
    (void)connected();
    const std::lock_guard lock{state_->mutex};
    return state_->peer;
}

}  // namespace weir::test

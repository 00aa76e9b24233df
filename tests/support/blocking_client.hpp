// A client for tests: connects through the runtime, plain or by TLS, and blocks the test's thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/connector.hpp"

namespace weir::test {

class BlockingClient {
  public:
    // `reactor` must be running and outlive this.
    BlockingClient(runtime::Reactor& reactor, runtime::ConnectOptions options);
    ~BlockingClient();

    // Waits for the connection; why there is none.
    Result<void> connected();
    void write(std::string_view text);
    // Waits for that many bytes; fewer if the connection ends before.
    std::string read(std::size_t size);
    // Waits for the end of the connection; what went wrong, if something did.
    std::string wait_closed();
    // What the other side has proved to be.
    std::optional<runtime::CertificateFacts> peer();

  private:
    struct State;
    class ClientSession;
    runtime::Reactor& reactor_;
    std::shared_ptr<State> state_;
};

}  // namespace weir::test

// A session that answers by a call of the test's.
#pragma once

#include <functional>
#include <future>

#include "runtime/connection.hpp"

namespace weir::test {

class ScriptedSession : public runtime::Session {
  public:
    using Script = std::function<void(runtime::Connection&, ByteView)>;
    // `closed`, if there is one, is set when the connection ends.
    ScriptedSession(std::shared_ptr<runtime::Connection> connection, Script script,
                    std::promise<void>* closed)
        : connection_(std::move(connection)), script_(std::move(script)), closed_(closed) {}
    ByteSpan read_buffer() override { return buffer_; }
    void on_read(std::size_t count) override { script_(*connection_, ByteView{buffer_}.first(count)); }
    void on_closed() override {
        connection_.reset();
        if (closed_ != nullptr) closed_->set_value();
    }

  private:
    std::shared_ptr<runtime::Connection> connection_;
    Script script_;
    std::promise<void>* closed_;
    Bytes buffer_ = Bytes(4096);
};

}  // namespace weir::test

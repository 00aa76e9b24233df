// A reply whose parts come one by one from another thread, and which leaves when the last has come.
#pragma once

#include <atomic>
#include <memory>

#include "base/error.hpp"
#include "protocols/kafka/error_mapping.hpp"

namespace weir::kafka {

// Why a change of the metadata was not made.
inline ErrorCode whole_error(const Error& error) {
    // Nobody leads the metadata at the moment: clients ask who does, and try again.
    const bool nobody = error.code == Errc::not_leader || error.code == Errc::unavailable;
    return nobody ? ErrorCode::not_controller : error_code(error.code);
}

// Error code and message of any reply that has both.
template <class Part>
void set_error(Part& part, const Error& error) {
    part.error_code = whole_error(error);
    part.error_message = error.message;
}

// Make it with make_shared, fill the response's parts, each of them written by one callback, and call done()
// once for each expected part and once when all have been asked for.
template <class CallType>
class GatheredReply {
  public:
    explicit GatheredReply(CallType asked) : call(std::move(asked)) {}

    CallType call;
    typename CallType::Response response;

    void expect() { ++missing_; }
    void done() {
        if (--missing_ == 0) call.reply_from_anywhere(std::move(response));
    }

  private:
    std::atomic<std::size_t> missing_{1};
};

}  // namespace weir::kafka

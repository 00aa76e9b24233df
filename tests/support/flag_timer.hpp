// A timer of a test's executor: it is set for as long as its flag says so, which the executor looks at.
#pragma once

#include <memory>

#include "runtime/reactor.hpp"

namespace weir::test {

class FlagTimer : public runtime::Timer {
  public:
    explicit FlagTimer(std::shared_ptr<bool> is_set) : is_set_(std::move(is_set)) {}
    ~FlagTimer() override { *is_set_ = false; }
    void cancel() override { *is_set_ = false; }

  private:
    std::shared_ptr<bool> is_set_;
};

}  // namespace weir::test

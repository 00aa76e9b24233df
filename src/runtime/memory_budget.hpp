// The process's budget for bytes that peers send: charged before memory is taken, given back with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace weir::runtime {

// Safe from any thread.
class MemoryBudget {
  public:
    explicit MemoryBudget(std::size_t limit_bytes) : limit_(limit_bytes) {}

    // A part of the budget, given back when it goes.
    class Charge {
      public:
        Charge() = default;
        Charge(Charge&& other) noexcept
            : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
        Charge& operator=(Charge&& other) noexcept {
            std::swap(budget_, other.budget_);
            std::swap(bytes_, other.bytes_);
            return *this;
        }
        ~Charge() {
            if (budget_ != nullptr) budget_->used_ -= bytes_;
        }
        explicit operator bool() const { return budget_ != nullptr; }

      private:
        friend class MemoryBudget;
        Charge(MemoryBudget* budget, std::size_t bytes) : budget_(budget), bytes_(bytes) {}
        MemoryBudget* budget_ = nullptr;
        std::size_t bytes_ = 0;
    };

    // A false Charge if that much is not left.
    [[nodiscard]] Charge charge(std::size_t bytes) {
        auto used = used_.load();
        do {
            if (bytes > limit_ - used) return {};
        } while (!used_.compare_exchange_weak(used, used + bytes));
        return {this, bytes};
    }
    std::size_t used_bytes() const { return used_; }
    std::size_t limit_bytes() const { return limit_; }

  private:
    std::size_t limit_;
    std::atomic<std::size_t> used_{0};
};

}  // namespace weir::runtime

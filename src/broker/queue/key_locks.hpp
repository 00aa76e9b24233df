// Which message of each key is being worked on, and which of the same key wait for it.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace weir::queue {

// Of one lane. A message keeps its key's lock until it is settled, also while it waits for another try: so
// none of the same key can overtake it.
class KeyLocks {
  public:
    // Whether `number` has the key's lock by now. Else it waits, behind those that wait already. To be asked
    // once for each message, in order.
    bool lock(std::uint64_t key, std::uint64_t number) {
        const auto [at, is_new] = locks_.try_emplace(key, Lock{number, {}, 0});
        if (is_new) return true;
        at->second.waiting.push_back(number);
        return false;
    }
    bool is_owner(std::uint64_t key, std::uint64_t number) const {
        const auto at = locks_.find(key);
        return at != locks_.end() && at->second.owner == number;
    }
    // Gives the lock to the one that waits longest, and says which; nothing if none does.
    std::optional<std::uint64_t> pass_on(std::uint64_t key) {
        const auto at = locks_.find(key);
        if (at == locks_.end()) return std::nullopt;
        Lock& lock = at->second;
        if (lock.next == lock.waiting.size()) {
            locks_.erase(at);
            return std::nullopt;
        }
        return lock.owner = lock.waiting[lock.next++];
    }
    bool empty() const { return locks_.empty(); }

  private:
    struct Lock {
        std::uint64_t owner;
        std::vector<std::uint64_t> waiting;
        std::size_t next;  // of those that wait
    };
    std::unordered_map<std::uint64_t, Lock> locks_;
};

}  // namespace weir::queue

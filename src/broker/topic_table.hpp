// The topics as the data path sees them: settings parsed, logs at hand.
#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "log/log_store.hpp"
#include "metadata/topic.hpp"

namespace weir::broker {

// One partition as it was at some moment: a change makes a new one, which shares the log. Safe from any
// thread.
class Partition {
  public:
    struct State {
        LeaderEpoch leader_epoch{};
        bool is_led = false;         // by this node
        bool is_replicated = false;  // there are other replicas, whom acknowledgements may wait for
        bool takes_all = true;       // enough of them are in sync
        bool is_in_sync = false;     // this node's replica is
        bool operator==(const State&) const = default;
    };
    Partition(PartitionId number, const State& state)
        : id(number), state(state), slot_(std::make_shared<Slot>()) {}
    // The same partition later.
    Partition(const Partition& before, const State& now) : id(before.id), state(now), slot_(before.slot_) {}

    const PartitionId id;
    const State state;
    LeaderEpoch leader_epoch() const { return state.leader_epoch; }
    bool is_led() const { return state.is_led; }

    // The log, once opened; null before, and where this node has no replica.
    std::shared_ptr<log::PartitionLog> log() const { return slot_->get(); }
    void set_log(std::shared_ptr<log::PartitionLog> log) { slot_->set(std::move(log)); }

  private:
    // Not a std::atomic<std::shared_ptr>: libstdc++ 12 reads its pointer with nothing that keeps the read
    // before its end (load() unlocks relaxed).
    class Slot {
      public:
        std::shared_ptr<log::PartitionLog> get() const {
            const std::lock_guard lock(mutex_);
            return log_;
        }
        void set(std::shared_ptr<log::PartitionLog> log) {
            const std::lock_guard lock(mutex_);
            log_.swap(log);
        }

      private:
        mutable std::mutex mutex_;  // guards what follows
        std::shared_ptr<log::PartitionLog> log_;
    };
    const std::shared_ptr<Slot> slot_;
};

// A topic as it was at some moment: immutable but for the partitions' logs. A change makes a new one, which
// shares the partitions that are as before.
struct Topic {
    metadata::TopicPtr info;
    std::vector<std::shared_ptr<Partition>> partitions;

    const std::string& name() const { return info->name; }
    const Uuid& id() const { return info->id; }
    const metadata::TopicSettings& settings() const { return *info->settings; }
    std::shared_ptr<Partition> partition(PartitionId wanted) const {
        const auto index = static_cast<std::size_t>(wanted.value);
        return wanted.value >= 0 && index < partitions.size() ? partitions[index] : nullptr;
    }
};

// Safe from any thread.
class TopicTable {
  public:
    std::shared_ptr<const Topic> find(std::string_view name) const;
    std::shared_ptr<const Topic> find(const Uuid& id) const;
    std::vector<std::shared_ptr<const Topic>> all() const;  // by name
    std::size_t size() const;

    void put(std::shared_ptr<const Topic> topic);
    void remove(const Uuid& id);

  private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<const Topic>, TextHash, std::equal_to<>> by_name_;
    std::unordered_map<Uuid, std::shared_ptr<const Topic>> by_id_;
};

}  // namespace weir::broker

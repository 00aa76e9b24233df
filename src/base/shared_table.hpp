// A hash table of shared values whose copies share all that has not changed since: a copy and a change cost a
// few hundred pointers at most, whatever the number of values.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace weir {

// A value type like any other; different copies may be used by different threads.
template <class T>
class SharedTable {
  public:
    using Value = std::shared_ptr<const T>;

    // The first value of that hash for which `matches` holds, or null.
    template <class Matches>
    const T* find(std::uint64_t hash, Matches matches) const {
        const auto* value = find_shared(hash, matches);
        return value != nullptr ? value->get() : nullptr;
    }
    template <class Matches>
    const Value* find_shared(std::uint64_t hash, Matches matches) const {
        const auto* bucket = bucket_of(hash);
        if (bucket == nullptr) return nullptr;
        for (const auto& entry : *bucket) {
            if (entry.hash == hash && matches(*entry.value)) return &entry.value;
        }
        return nullptr;
    }

    // Adds `value`, in the place of the one for which `matches` holds, if there is one.
    template <class Matches>
    void put(std::uint64_t hash, Value value, Matches matches) {
        auto& bucket = own_bucket(hash);
        for (auto& entry : bucket) {
            if (entry.hash == hash && matches(*entry.value)) {
                entry.value = std::move(value);
                return;
            }
        }
        bucket.push_back({hash, std::move(value)});
        ++size_;
    }

    template <class Matches>
    void erase(std::uint64_t hash, Matches matches) {
        size_ -= std::erase_if(own_bucket(hash), [&](const Entry& entry) {
            return entry.hash == hash && matches(*entry.value);
        });
    }

    // In no particular order.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& branch : root_) {
            if (branch == nullptr) continue;
            for (const auto& bucket : *branch) {
                if (bucket == nullptr) continue;
                for (const auto& entry : *bucket) visit(entry.value);
            }
        }
    }

    std::size_t size() const { return size_; }

  private:
    static constexpr std::size_t width = 64;  // 4,096 buckets in two levels
    struct Entry {
        std::uint64_t hash;
        Value value;
    };
    using Bucket = std::vector<Entry>;
    using Branch = std::array<std::shared_ptr<const Bucket>, width>;

    static std::size_t high(std::uint64_t hash) { return hash >> 58; }
    static std::size_t low(std::uint64_t hash) { return hash >> 52 & (width - 1); }

    const Bucket* bucket_of(std::uint64_t hash) const {
        const auto& branch = root_[high(hash)];
        return branch != nullptr ? (*branch)[low(hash)].get() : nullptr;
    }

    // A copy of the bucket that only this table has, put in its place.
    Bucket& own_bucket(std::uint64_t hash) {
        auto& at = root_[high(hash)];
        auto branch = at != nullptr ? std::make_shared<Branch>(*at) : std::make_shared<Branch>();
        const auto& old = (*branch)[low(hash)];
        auto bucket = old != nullptr ? std::make_shared<Bucket>(*old) : std::make_shared<Bucket>();
        auto& out = *bucket;
        (*branch)[low(hash)] = std::move(bucket);
        at = std::move(branch);
        return out;
    }

    std::array<std::shared_ptr<const Branch>, width> root_{};
    std::size_t size_ = 0;
};

}  // namespace weir

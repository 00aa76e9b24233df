// A topic's partitions, by number, in chunks that copies share: changing one partition of ten thousand copies
// one chunk.
#pragma once

#include <memory>
#include <vector>

#include "base/assert.hpp"
#include "metadata/partition.hpp"

namespace weir::metadata {

struct PartitionChange {
    PartitionId partition;
    Partition now;
    bool operator==(const PartitionChange&) const = default;
};

class PartitionTable {
  public:
    PartitionTable() = default;
    explicit PartitionTable(const std::vector<Partition>& partitions) { append(partitions); }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const Partition& operator[](std::size_t at) const { return (*chunks_[at / width])[at % width]; }
    const Partition& front() const { return (*this)[0]; }

    class Iterator {
      public:
        Iterator(const PartitionTable& table, std::size_t at) : table_(&table), at_(at) {}
        const Partition& operator*() const { return (*table_)[at_]; }
        Iterator& operator++() { return ++at_, *this; }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

      private:
        const PartitionTable* table_;
        std::size_t at_;
    };
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size_}; }

    void append(const std::vector<Partition>& partitions) {
        auto chunk = size_ % width != 0 ? std::make_shared<Chunk>(*chunks_.back()) : nullptr;
        if (chunk != nullptr) chunks_.back() = chunk;
        for (const auto& partition : partitions) {
            if (size_++ % width == 0) {
                chunk = std::make_shared<Chunk>();
                chunks_.push_back(chunk);
            }
            chunk->push_back(partition);
        }
    }

    // `changes` are of partitions that are there, in their order.
    void change(const std::vector<PartitionChange>& changes) {
        std::shared_ptr<Chunk> chunk;
        std::size_t owned = SIZE_MAX;
        for (const auto& [number, now] : changes) {
            const auto at = static_cast<std::size_t>(number.value);
            ASSERT(number.value >= 0 && at < size_);
            if (at / width != owned) {
                owned = at / width;
                chunk = std::make_shared<Chunk>(*chunks_[owned]);
                chunks_[owned] = chunk;
            }
            (*chunk)[at % width] = now;
        }
    }

    // Visits the numbers of those that may differ from `before`'s, without a look at what is shared with it.
    template <class Visit>
    void for_each_not_shared(const PartitionTable& before, Visit visit) const {
        for (std::size_t i = 0; i < chunks_.size(); ++i) {
            if (i < before.chunks_.size() && chunks_[i] == before.chunks_[i]) continue;
            for (std::size_t j = 0; j < chunks_[i]->size(); ++j)
                visit(PartitionId{static_cast<std::int32_t>(i * width + j)});
        }
    }

  private:
    static constexpr std::size_t width = 64;
    using Chunk = std::vector<Partition>;

    std::vector<std::shared_ptr<const Chunk>> chunks_;
    std::size_t size_ = 0;
};

}  // namespace weir::metadata

// Hands each request to the shard it belongs to, and gathers the answers of those that go to all.
#include "broker/stream/group_coordinator.hpp"

#include "base/assert.hpp"
#include "broker/stream/group_shard.hpp"

namespace weir::stream {
namespace {

// The code points of UTF-8 text; what is no UTF-8 gives U+FFFD for each byte.
char32_t take_code_point(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    char32_t point = length == 1 ? byte(0) : byte(0) & (0x7fu >> length);
    bool valid = (byte(0) < 0x80 || byte(0) >= 0xc2) && byte(0) < 0xf5 && length <= text.size();
    for (std::size_t i = 1; valid && i < length; ++i) {
        valid = (byte(i) & 0xc0) == 0x80;
        point = point << 6 | (byte(i) & 0x3f);
    }
    text.remove_prefix(valid ? length : 1);
    return valid ? point : U'\ufffd';
}

}  // namespace

// Java's String.hashCode: over UTF-16 units, h = 31 h + unit.
std::int32_t shard_of(std::string_view group, std::int32_t count) {
    ASSERT(count > 0);
    std::uint32_t hash = 0;
    while (!group.empty()) {
        const char32_t point = take_code_point(group);
        if (point >= 0x10000) {
            hash = hash * 31 + static_cast<std::uint32_t>(0xd800 + ((point - 0x10000) >> 10));
            hash = hash * 31 + static_cast<std::uint32_t>(0xdc00 + ((point - 0x10000) & 0x3ff));
        } else {
            hash = hash * 31 + static_cast<std::uint32_t>(point);
        }
    }
    const auto number = static_cast<std::int32_t>(hash);
    if (number == std::numeric_limits<std::int32_t>::min()) return 0;
    return std::abs(number) % count;
}

GroupCoordinator::GroupCoordinator(const CoordinatorOptions& options, const Clock& clock,
                                   std::function<std::string()> unique_suffix)
    : options_(options), clock_(clock), unique_suffix_(std::move(unique_suffix)) {}

GroupCoordinator::~GroupCoordinator() = default;

// Shards of one executor, which load one after the other: all at once they would keep it from other work.
// Only on the executor.
struct GroupCoordinator::LoadQueue {
    std::deque<std::weak_ptr<GroupShard>> waiting;
    bool is_loading = false;
};

GroupCoordinator::ShardPtr GroupCoordinator::find(std::string_view group) const {
    const std::lock_guard lock(mutex_);
    if (shards_.empty()) return nullptr;
    return shards_[static_cast<std::size_t>(shard_of(group, static_cast<std::int32_t>(shards_.size())))];
}

void GroupCoordinator::set_shards(std::int32_t count) {
    const std::lock_guard lock(mutex_);
    shards_.resize(static_cast<std::size_t>(count));
}

GroupCoordinator::ShardPtr GroupCoordinator::find(const log::PartitionLog& log) const {
    const std::lock_guard lock(mutex_);
    const auto at = by_log_.find(&log);
    return at == by_log_.end() ? nullptr : shards_.at(static_cast<std::size_t>(at->second.value));
}

std::vector<GroupCoordinator::ShardPtr> GroupCoordinator::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<ShardPtr> here;
    std::ranges::copy_if(shards_, std::back_inserter(here),
                         [](const auto& shard) { return shard != nullptr; });
    return here;
}

// Returns the one before.
GroupCoordinator::ShardPtr GroupCoordinator::replace(PartitionId partition, ShardPtr shard) {
    std::erase_if(by_log_, [&](const auto& entry) { return entry.second == partition; });
    if (shard) by_log_[&shard->log()] = partition;
    return std::exchange(shards_.at(static_cast<std::size_t>(partition.value)), std::move(shard));
}

void GroupCoordinator::lead(PartitionId partition, ShardPlace place) {
    auto shard = std::make_shared<GroupShard>(options_, clock_, std::move(place), unique_suffix_);
    ShardPtr before;
    std::shared_ptr<LoadQueue> queue;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        before = replace(partition, shard);
        auto& slot = loading_[shard->executor()];
        if (!slot) slot = std::make_shared<LoadQueue>();
        queue = slot;
    }
    if (before) before->post([before](GroupShard& here) { here.stop(Errc::not_coordinator); });
    shard->post([queue, shard](GroupShard&) {
        queue->waiting.push_back(shard);
        if (!queue->is_loading) load_next(queue);
    });
}

void GroupCoordinator::load_next(const std::shared_ptr<LoadQueue>& queue) {
    queue->is_loading = false;
    while (!queue->waiting.empty() && !queue->is_loading) {
        const auto shard = queue->waiting.front().lock();
        queue->waiting.pop_front();
        if (!shard) continue;
        queue->is_loading = true;
        shard->start([queue] { load_next(queue); });
    }
}

void GroupCoordinator::resign(PartitionId partition) {
    ShardPtr before;
    {
        const std::lock_guard lock(mutex_);
        before = replace(partition, nullptr);
    }
    if (before) before->post([before](GroupShard& here) { here.stop(Errc::not_coordinator); });
}

void GroupCoordinator::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    for (const auto& shard : all()) {
        shard->post([](GroupShard& here) { here.stop(Errc::coordinator_not_available); });
    }
}

void GroupCoordinator::on_commit(const log::Commit& commit) {
    for (const auto& failed : commit.failed) {
        const auto shard = find(*failed.log);
        if (shard) shard->post([error = failed.error](GroupShard& here) { here.on_lost(error); });
    }
    for (const auto& advanced : commit.advanced) on_advance(*advanced);
}

void GroupCoordinator::on_advance(const log::PartitionLog& log) {
    if (const auto shard = find(log)) shard->post([](GroupShard& here) { here.on_advance(); });
}

void GroupCoordinator::ask_shard(const ShardPtr& shard, GroupRequest request,
                                 std::function<void(GroupReply)> done) {
    if (!shard) return done(failed_reply(request, Errc::not_coordinator));
    shard->post([request = std::move(request), done = std::move(done)](GroupShard& at) mutable {
        at.handle(std::move(request), std::move(done));
    });
}

namespace {

// Calls `done` with the gathered reply when the last shard has answered, on whichever thread that happens.
template <class R>
class Gathering {
  public:
    Gathering(std::size_t shards, GroupCoordinator::Done<R> done) : left_(shards), done_(std::move(done)) {}

    void add(typename R::Reply part) {
        const std::lock_guard lock(mutex_);
        if (part.error && !whole_.error) whole_.error = std::move(part.error);
        if constexpr (std::is_same_v<R, ListRequest>) {
            std::move(part.groups.begin(), part.groups.end(), std::back_inserter(whole_.groups));
        }
        if (--left_ == 0) finish();
    }

  private:
    void finish() {
        if constexpr (std::is_same_v<R, ListRequest>) {
            std::sort(whole_.groups.begin(), whole_.groups.end(),
                      [](const auto& a, const auto& b) { return a.group < b.group; });
        }
        done_(std::move(whole_));
    }

    std::mutex mutex_;
    std::size_t left_;
    typename R::Reply whole_;
    GroupCoordinator::Done<R> done_;
};

}  // namespace

template <class R>
void GroupCoordinator::ask_all(R request, Done<R> done) {
    const auto shards = all();
    if (shards.empty()) return done({});
    const auto gathering = std::make_shared<Gathering<R>>(shards.size(), std::move(done));
    for (const auto& shard : shards) {
        shard->post([request, gathering](GroupShard& here) {
            here.handle(request, [gathering](GroupReply reply) {
                gathering->add(std::get<typename R::Reply>(std::move(reply)));
            });
        });
    }
}

template void GroupCoordinator::ask_all(ListRequest request, Done<ListRequest> done);
template void GroupCoordinator::ask_all(ForgetTopicsRequest request, Done<ForgetTopicsRequest> done);

}  // namespace weir::stream

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
                                   const std::vector<ShardPlace>& shards,
                                   std::function<std::string()> unique_suffix) {
    ASSERT(!shards.empty());
    for (const auto& place : shards) {
        shards_.push_back(std::make_shared<GroupShard>(options, clock, place, unique_suffix));
        by_log_[place.log.get()] = shards_.back().get();
    }
}

GroupCoordinator::~GroupCoordinator() = default;

namespace {

// Shards of one executor, which load one after the other: all at once they would keep it from other work.
using LoadQueue = std::deque<std::weak_ptr<GroupShard>>;

void start_next(const std::shared_ptr<LoadQueue>& queue) {
    if (queue->empty()) return;
    const auto shard = queue->front().lock();
    queue->pop_front();
    if (!shard) return;  // the coordinator is gone, and they all with it
    shard->post([queue](GroupShard& here) { here.start([queue] { start_next(queue); }); });
}

}  // namespace

void GroupCoordinator::start() {
    std::map<const TimedExecutor*, std::shared_ptr<LoadQueue>> queues;
    for (const auto& shard : shards_) {
        auto& queue = queues[shard->executor()];
        if (!queue) queue = std::make_shared<LoadQueue>();
        queue->push_back(shard);
    }
    for (const auto& [executor, queue] : queues) start_next(queue);
}

void GroupCoordinator::stop() {
    for (const auto& shard : shards_) shard->post([](GroupShard& here) { here.stop(); });
}

void GroupCoordinator::on_commit(const log::Commit& commit) {
    for (const auto& failed : commit.failed) {
        const auto at = by_log_.find(failed.log.get());
        if (at == by_log_.end()) continue;
        at->second->post([error = failed.error](GroupShard& here) { here.on_lost(error); });
    }
    for (const auto& advanced : commit.advanced) {
        const auto at = by_log_.find(advanced.get());
        if (at == by_log_.end()) continue;
        at->second->post([ticket = commit.ticket](GroupShard& here) { here.on_committed(ticket); });
    }
}

void GroupCoordinator::ask_shard(std::size_t shard, GroupRequest request,
                                 std::function<void(GroupReply)> done) {
    shards_[shard]->post([request = std::move(request), done = std::move(done)](GroupShard& here) mutable {
        here.handle(std::move(request), std::move(done));
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

template <class R>
std::function<void(GroupReply)> into(const std::shared_ptr<Gathering<R>>& gathering) {
    return [gathering](GroupReply reply) { gathering->add(std::get<typename R::Reply>(std::move(reply))); };
}

}  // namespace

void GroupCoordinator::ask_all(ListRequest request, Done<ListRequest> done) {
    const auto gathering = std::make_shared<Gathering<ListRequest>>(shards_.size(), std::move(done));
    for (std::size_t i = 0; i < shards_.size(); ++i) ask_shard(i, request, into(gathering));
}

void GroupCoordinator::ask_all(ForgetTopicsRequest request, Done<ForgetTopicsRequest> done) {
    const auto gathering = std::make_shared<Gathering<ForgetTopicsRequest>>(shards_.size(), std::move(done));
    for (std::size_t i = 0; i < shards_.size(); ++i) ask_shard(i, request, into(gathering));
}

}  // namespace weir::stream

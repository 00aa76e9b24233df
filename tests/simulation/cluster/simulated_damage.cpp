// Damage to what a simulated broker has synced, and looking for it.
#include "base/crc32c.hpp"
#include "consensus/recovery_note.hpp"
#include "log/batch_format.hpp"
#include "log/journal_format.hpp"
#include "log/layout.hpp"
#include "simulation/cluster/simulated_broker.hpp"
#include "simulation/harm.hpp"

namespace weir::simulation {

namespace {

const std::string metadata_directory = "data/metadata";

bool begins_with_round(runtime::FileSystem& files, const std::string& path) {
    Bytes header(log::round_header_size);
    const auto file = files.open(path, runtime::OpenMode::read);
    return file && (*file)->read(0, header) && log::decode_round_header(header);
}

}  // namespace

void SimulatedBroker::scrub_again(std::int64_t pause_us) {
    world_.loop.after(std::max<std::int64_t>(pause_us, 1000), [this, life = life_] {
        if (life != life_ || is_dead()) return;
        const auto next_us = store_->scrub_once();
        after_task();
        if (life == life_) scrub_again(next_us);
    });
}

bool SimulatedBroker::damage(const log::LogKey& key) {
    const auto log = partition_log(key);
    const auto paths = log ? committed_segments(*log) : std::vector<std::string>{};
    if (paths.empty()) return false;
    const auto& path = world_.dice.pick(paths);
    crash(test::Crash::kill);
    world_.bug.in_node == Planted::unseen_damage ? harm_unseen(path) : harm(path);
    restart_later();
    return true;
}

std::vector<log::LogKey> SimulatedBroker::damage_store() {
    const auto paths = store_files();
    if (paths.empty()) return {};
    auto keys = store_->keys();
    crash(test::Crash::kill);
    harm(world_.dice.pick(paths));
    is_harmed_ = true;
    restart_later();
    return keys;
}

// The checkpoint, where a round of the journal still names the store. Damage to the journal's end passes for
// a torn tail, and with all others down it is one too many: the journal is left to the log's own tests.
std::vector<std::string> SimulatedBroker::store_files() {
    for (const auto& path : files_.paths()) {
        if (path.find("/journal/journal-") != std::string::npos && begins_with_round(files_, path))
            return {"data/checkpoint"};
    }
    return {};
}

// Those all of whose batches are committed.
std::vector<std::string> SimulatedBroker::committed_segments(const log::PartitionLog& log) const {
    const auto folder = "." + log.key().topic_id.text() + "/";
    std::map<Offset, std::string> segments;
    for (const auto& path : files_.paths()) {
        if (path.find(folder) == std::string::npos) continue;
        const auto name = log::parse_segment_name(std::string_view{path}.substr(path.rfind('/') + 1));
        if (name && name->partition == log.key().partition && !name->index) segments[name->base] = path;
    }
    std::vector<std::string> committed;
    for (auto at = segments.begin(); at != segments.end(); ++at) {
        const auto end = std::next(at) == segments.end() ? log.end() : std::next(at)->first;
        if (at->first < end && end > log.log_start() && end <= log.readable_end())
            committed.push_back(at->second);
    }
    return committed;
}

void SimulatedBroker::harm(const std::string& path) {
    const auto done = simulation::harm(files_, path, world_.dice);
    world_.note("node {}: {}", id_.value, done);
}

void SimulatedBroker::damage_metadata() {
    crash(test::Crash::kill);
    if (const auto path = metadata_file(files_, metadata_directory, world_.dice)) harm(*path);
    is_metadata_harmed_ = true;
    ++world_.damages;
    restart_later();
}

// Its log has come back, or it was none that was damaged.
bool SimulatedBroker::has_metadata() {
    if (!is_metadata_harmed_ || is_retired_) return true;
    if (!is_up() || is_dead() || is_recovering()) return false;
    is_metadata_harmed_ = false;
    return true;
}

bool SimulatedBroker::is_recovering() {
    const auto noted = consensus::read_recovery(files_, metadata_directory);
    return !noted || noted->has_value();
}

void SimulatedBroker::vote_early(NodeId from, const Bytes& message) {
    if (auto vote = early_vote(Uuid::from_random(1, 2), message, from, early_votes_))
        metadata_peers_.send(from, address_of(from).endpoint.text(), std::move(*vote));
}

bool SimulatedBroker::has_noted(const std::vector<consensus::Member>& members) {
    const auto noted = consensus::read_members(files_, metadata_directory);
    return noted && *noted == members;
}

// Planted: a bit of the first batch's records, with a checksum that goes with it.
void SimulatedBroker::harm_unseen(const std::string& path) {
    constexpr std::size_t checked_from = 21, checksum_at = 17;
    auto file = files_.open(path, runtime::OpenMode::write).value();
    Bytes batch(files_.file_size(path).value());
    (void)file->read(0, batch);
    if (batch.size() < log::batch_header_size) return;
    batch.resize(std::min(batch.size(), log::BatchView{batch.data()}.size()));
    batch.back() ^= 1;
    store_big(batch.data() + checksum_at, crc32c(ByteView{batch}.subspan(checked_from)));
    (void)file->write(0, batch);
    (void)file->sync_data();
}

}  // namespace weir::simulation

// Starting, running and crashing a simulated process.
#include "simulation/consensus/simulated_node.hpp"

#include <fmt/format.h>

#include "base/crc32c.hpp"
#include "base/log_line.hpp"
#include "consensus/recovery_note.hpp"
#include "simulation/harm.hpp"
#include "support/flag_timer.hpp"

namespace weir::simulation {

namespace {

const std::string directory = "data/metadata";
const Uuid cluster = Uuid::from_random(1, 2);

std::uint64_t digest_after(std::uint64_t before, const std::string& command) {
    const auto sum = crc32c(as_bytes(command), static_cast<std::uint32_t>(before));
    return (before * 0x9e3779b97f4a7c15 + command.size()) ^ sum;
}

}  // namespace

SimulatedNode::SimulatedNode(World& world, NodeId id, std::vector<consensus::Member> first_members)
    : world_(world),
      id_(id),
      first_members_(std::move(first_members)),
      files_(world.dice.random().next()),
      seen_files_(with_bug(world.bug, files_)) {
    world_.history.check(files_.make_directories("data") && files_.sync_directory(""), "no directory");
}

void SimulatedNode::start() {
    if (is_up()) return;
    ++life_;
    is_doomed_ = is_slow_ = false;
    digest_ = 0;
    before_start(world_.bug, files_, directory, world_.dice);
    auto options = world_.options;
    options.storage = {.directory = directory,
                       .identity = {.cluster_id = cluster, .node = id_},
                       .first_members = first_members_};
    auto opened = consensus::open_raft_log(
        options, *this,
        {.files = *seen_files_,
         .executor = *this,
         .clock = world_.loop,
         .random = world_.dice.random(),
         .transport = this,
         .run_after = [this](auto delay_ms, auto task) { return run_after(delay_ms, std::move(task)); }});
    if (opened && !is_dead()) {
        log_ = std::move(*opened);
        return;
    }
    if (!is_dead() && opened.error().code != Errc::no_space)
        world_.history.check(false,
                             fmt::format("node {} does not start: {}", id_.value, opened.error().message));
    if (opened) log_ = std::move(*opened);
    crash(test::Crash::kill);
    restart_later();
}

void SimulatedNode::end() {
    ++life_;
    tasks_.clear();
    is_running_ = false;
    log_.reset();
}

void SimulatedNode::crash(test::Crash kind) {
    ++world_.crashes;
    end();
    files_.crash(kind);
    world_.ended(id_);
}

void SimulatedNode::damage() {
    crash(test::Crash::kill);
    if (const auto path = metadata_file(files_, directory, world_.dice))
        log_info("node {}: {}", id_.value, harm(files_, *path, world_.dice));
    is_harmed_ = true;
    ++world_.damages;
    restart_later();
}

bool SimulatedNode::has_all() {
    if (!is_harmed_) return true;
    if (!is_up() || is_dead() || is_recovering()) return false;
    is_harmed_ = false;
    return true;
}

bool SimulatedNode::is_recovering() {
    const auto noted = consensus::read_recovery(files_, directory);
    return !noted || noted->has_value();
}

void SimulatedNode::vote_early(NodeId from, const Bytes& message) {
    if (auto vote = early_vote(cluster, message, from, early_votes_)) send(from, {}, std::move(*vote));
}

bool SimulatedNode::has_noted(const std::vector<consensus::Member>& members) {
    const auto noted = consensus::read_members(files_, directory);
    return noted && *noted == members;
}

void SimulatedNode::restart_later() {
    const auto delay_us =
        world_.dice.one_in(2) ? world_.dice.between(100, 5'000) : world_.dice.between(5'000, 800'000);
    world_.loop.after(delay_us, [this, life = life_] {
        if (life == life_) start();
    });
}

void SimulatedNode::post(std::function<void()> task) {
    tasks_.push_back(std::move(task));
    if (std::exchange(is_running_, true)) return;
    world_.loop.after(1, [this, life = life_] { run_next(life); });
}

void SimulatedNode::run_next(std::uint64_t life) {
    if (life != life_ || tasks_.empty()) return;
    {
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
    }
    if (is_dead()) {
        crash(world_.dice.one_in(2) ? test::Crash::kill : test::Crash::power_cut);
        return restart_later();
    }
    is_running_ = !tasks_.empty();
    if (!is_running_) return;
    const auto cost_us = is_slow_ ? world_.dice.between(500, 40'000) : world_.dice.between(5, 200);
    world_.loop.after(cost_us, [this, life] { run_next(life); });
}

std::unique_ptr<runtime::Timer> SimulatedNode::run_after(std::int64_t delay_ms, std::function<void()> task) {
    auto is_set = std::make_shared<bool>(true);
    world_.loop.after(delay_ms * 1000, [this, is_set, life = life_, task = std::move(task)] {
        if (life != life_ || !*is_set) return;
        post([is_set, task] {
            if (*is_set) task();
        });
    });
    return std::make_unique<test::FlagTimer>(std::move(is_set));
}

void SimulatedNode::deliver(NodeId from, const Bytes& message) {
    if (!is_up()) return;
    if (world_.bug == PlantedBug::early_say && is_recovering()) vote_early(from, message);
    post([this, from, message] {
        const auto taken = log_->receive(from, message);
        if (!is_dead()) world_.history.check(taken.has_value(), taken ? "" : taken.error().message);
    });
}

void SimulatedNode::call(std::function<void(consensus::MetadataLog&)> what) {
    if (!is_up()) return;
    post([this, what = std::move(what)] { what(*log_); });
}

void SimulatedNode::send(NodeId to, const std::string&, Bytes message) {
    if (is_dead()) return;
    // Right after a vote is when a crash hurts most.
    const bool ends_here = is_granted_vote(message) && !world_.is_calm && world_.dice.one_in(4);
    world_.network.send({id_, to},
                        [this, to, message = std::move(message)] { world_.deliver(id_, to, message); });
    if (!ends_here) return;
    is_doomed_ = true;
    files_.stop_at(files_.steps());
}

void SimulatedNode::set_disk_full(bool is_full) {
    if (!is_full) return files_.set_capacity(UINT64_MAX);
    std::uint64_t used = 0;
    for (const auto& path : files_.paths()) used += files_.file_size(path).value();
    files_.set_capacity(used + static_cast<std::uint64_t>(world_.dice.between(0, 3000)));
}

Result<void> SimulatedNode::apply(consensus::LogPosition at, ByteView command) {
    if (is_dead()) return {};
    const std::string text{as_text(command)};
    digest_ = digest_after(digest_, text);
    world_.history.applied(id_, at, text, digest_);
    return {};
}

Bytes SimulatedNode::snapshot() {
    Bytes out(sizeof digest_ + 3000);
    store_little(out.data(), digest_);
    return out;
}

Result<void> SimulatedNode::restore(consensus::LogPosition at, ByteView snapshot) {
    digest_ = load_little<std::uint64_t>(snapshot.data());
    world_.installs += is_up() ? 1 : 0;
    if (!is_dead()) world_.history.restored(id_, at, digest_);
    return {};
}

void SimulatedNode::on_leadership(const consensus::Leadership& now) {
    if (!is_dead() && now.leader == id_) world_.history.leads(id_, now.term);
}

}  // namespace weir::simulation

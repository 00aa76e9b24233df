// Mistakes, made by a file system that stands between the log and its files.
#include "simulation/planted_bug.hpp"

#include "consensus/checked_block.hpp"
#include "consensus/log_storage.hpp"
#include "consensus/message_format.hpp"

namespace weir::simulation {

namespace {

using runtime::File;

// A slot of the vote file that names nobody.
Bytes without_vote(ByteView slot) {
    constexpr std::size_t fields_at = 12, fields_size = 20, vote_at = 16;
    if (slot.size() != fields_at + fields_size + 4) return {slot.begin(), slot.end()};
    Bytes fields{slot.begin() + fields_at, slot.begin() + fields_at + fields_size};
    store_little(fields.data() + vote_at, std::int32_t{-1});
    return consensus::seal_block("weirvote", 1, fields);
}

// A slot of the mark tells which log file is in use, and the last durable entry in it.
std::pair<std::uint64_t, std::uint64_t> marked_by(ByteView slot) {
    constexpr std::size_t first_at = 20;
    if (slot.size() < first_at + 16) return {};
    return {load_little<std::uint64_t>(slot.data() + first_at),
            load_little<std::uint64_t>(slot.data() + first_at + 8)};
}

// What goes wrong with one file.
struct Mistake {
    bool forgets_votes = false;
    bool ignores_sync = false;
    bool keeps_mark = false;  // it does not move on within a log file
};

class BuggyFile : public File {
  public:
    BuggyFile(std::unique_ptr<File> file, Mistake mistake) : file_(std::move(file)), mistake_(mistake) {}
    using File::write;
    Result<std::size_t> read(std::uint64_t position, ByteSpan out) override {
        return file_->read(position, out);
    }
    Result<void> write(std::uint64_t position, std::span<const ByteView> parts) override {
        if (mistake_.forgets_votes) return file_->write(position, without_vote(parts[0]));
        if (mistake_.keeps_mark && moves_on(marked_by(parts[0]))) return {};
        return file_->write(position, parts);
    }
    Result<void> sync_data() override { return mistake_.ignores_sync ? Result<void>{} : file_->sync_data(); }
    Result<void> sync_file_system() override { return file_->sync_file_system(); }
    Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
    Result<std::uint64_t> size() override { return file_->size(); }
    void drop_cache(std::uint64_t, std::uint64_t) override {}
    int descriptor() const override { return -1; }

  private:
    bool moves_on(std::pair<std::uint64_t, std::uint64_t> next) {
        Bytes slots(2 * 4096);
        if (!file_->read(0, slots)) return false;
        const auto now = std::max(marked_by(slots), marked_by(ByteView{slots}.subspan(4096)));
        return next.first == now.first && next.second >= now.second;
    }

    std::unique_ptr<File> file_;
    Mistake mistake_;
};

class BuggyFileSystem : public runtime::FileSystem {
  public:
    BuggyFileSystem(PlantedBug bug, runtime::FileSystem& files) : bug_(bug), files_(files) {}
    Result<std::unique_ptr<File>> open(const std::string& path, runtime::OpenMode mode) override {
        auto file = files_.open(path, mode);
        if (!file) return file;
        const bool is_vote = path.ends_with("/vote") || path.ends_with("/vote-copy");
        const bool is_log = path.find("/log-") != std::string::npos && !path.ends_with(".tmp");
        const bool is_lying =
            bug_ == PlantedBug::lying_journal && path.find("/journal/") != std::string::npos;
        // The mark must lie along, or the loss would be told from a torn tail.
        const bool is_early = bug_ == PlantedBug::early_answer;
        return std::unique_ptr<File>{std::make_unique<BuggyFile>(
            std::move(*file), Mistake{.forgets_votes = bug_ == PlantedBug::forgotten_vote && is_vote,
                                      .ignores_sync = (is_early && is_log) || is_lying,
                                      .keeps_mark = is_early && path.ends_with("/mark")})};
    }
    Result<void> make_directories(const std::string& path) override { return files_.make_directories(path); }
    Result<std::vector<std::string>> list(const std::string& path) override { return files_.list(path); }
    Result<std::uint64_t> file_size(const std::string& path) override { return files_.file_size(path); }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return files_.rename(from, to);
    }
    Result<void> remove(const std::string& path) override { return files_.remove(path); }
    Result<void> sync_directory(const std::string& path) override { return files_.sync_directory(path); }
    Result<std::uint64_t> free_bytes(const std::string& path) override { return files_.free_bytes(path); }
    Result<std::unique_ptr<File>> lock(const std::string& path) override { return files_.lock(path); }

  private:
    PlantedBug bug_;
    runtime::FileSystem& files_;
};

constexpr std::uint8_t vote_reply_kind = 2;
constexpr std::size_t address_size_at = 18;

}  // namespace

bool is_granted_vote(ByteView message) {
    if (message[1] != vote_reply_kind) return false;
    const auto fields = message.subspan(address_size_at + 1u + message[address_size_at]);
    const bool is_pre_vote = fields[8] == 1, is_granted = fields[9] == 1;
    return is_granted && !is_pre_vote;
}

std::optional<Bytes> early_vote(const Uuid& cluster, ByteView message, NodeId from,
                                std::map<consensus::LogTerm, NodeId>& given) {
    const auto received = consensus::decode_message(cluster, message);
    const auto* asked = received ? std::get_if<consensus::VoteRequest>(&received->message) : nullptr;
    if (asked == nullptr) return std::nullopt;
    if (!asked->is_pre_vote && given.try_emplace(asked->term, from).first->second != from)
        return std::nullopt;
    return consensus::encode_message(
        {cluster, {}},
        consensus::VoteReply{.term = asked->term, .is_pre_vote = asked->is_pre_vote, .is_granted = true});
}

std::optional<PlantedBug> planted_bug(const std::string& name) {
    if (name == "none") return PlantedBug::none;
    if (name == "forgotten-vote") return PlantedBug::forgotten_vote;
    if (name == "early-answer") return PlantedBug::early_answer;
    if (name == "lost-entries") return PlantedBug::lost_entries;
    if (name == "lying-journal") return PlantedBug::lying_journal;
    if (name == "early-say") return PlantedBug::early_say;
    return std::nullopt;
}

std::unique_ptr<runtime::FileSystem> with_bug(PlantedBug bug, runtime::FileSystem& files) {
    return std::make_unique<BuggyFileSystem>(bug, files);
}

void before_start(PlantedBug bug, runtime::FileSystem& files, const std::string& directory, Dice& dice) {
    if (bug != PlantedBug::lost_entries) return;
    const auto identity = consensus::read_identity(files, directory);
    if (!identity || !*identity) return;
    auto storage =
        consensus::LogStorage::open({.directory = directory, .identity = {}, .first_members = {}}, files);
    if (!storage) return;
    auto& log = **storage;
    const auto keeps_at_least = std::max<std::uint64_t>(log.snapshot().index, 1);
    if (log.last() <= keeps_at_least) return;
    const auto most = std::min<std::uint64_t>(3, log.last() - keeps_at_least);
    log.truncate(log.last() + 1 -
                 static_cast<std::uint64_t>(dice.between(1, static_cast<std::int64_t>(most))));
}

}  // namespace weir::simulation

// The vote files (docs/formats/metadata.md).
#include "consensus/vote_file.hpp"

#include "base/log_line.hpp"

namespace weir::consensus {

namespace {

constexpr SlotForm vote_form{.magic = "weirvote", .fields_size = 8 + 4};
constexpr std::int32_t nobody = -1;

std::string vote_path(const std::string& directory) {
    return directory + "/vote";
}
std::string copy_path(const std::string& directory) {
    return directory + "/vote-copy";
}

// Terms grow, and within one a vote is given once.
bool is_newer(const Vote& one, const Vote& other) {
    return std::pair{one.term, one.voted_for.has_value()} >
           std::pair{other.term, other.voted_for.has_value()};
}

bool is_missing_or_damaged(const Error& error) {
    return error.code == Errc::not_found || error.code == Errc::corrupt;
}

Bytes encode_vote(const Vote& vote) {
    Bytes fields(vote_form.fields_size);
    store_little(fields.data(), vote.term);
    store_little(fields.data() + 8, vote.voted_for.value_or(NodeId{nobody}).value);
    return fields;
}

Vote decode_vote(ByteView fields) {
    Vote out{.term = load_little<std::uint64_t>(fields.data()), .voted_for = std::nullopt};
    const auto node = load_little<std::int32_t>(fields.data() + 8);
    if (node != nobody) out.voted_for = NodeId{node};
    return out;
}

// The file as it holds the vote: as it is, written once more, or made anew.
Result<std::unique_ptr<TwoSlotFile>> keep(runtime::FileSystem& files, const std::string& path,
                                          Result<std::unique_ptr<TwoSlotFile>> found, const Vote& vote) {
    if (!found) {
        if (found.error().code == Errc::corrupt)
            log_warning("metadata: {}; the other copy of it counts", found.error().message);
        return TwoSlotFile::create(files, path, vote_form, encode_vote(vote));
    }
    if (decode_vote((*found)->fields()) == vote) return found;
    if (auto written = (*found)->write(encode_vote(vote)); !written) return written.error();
    if (auto synced = (*found)->sync(); !synced) return synced.error();
    return found;
}

}  // namespace

Result<std::unique_ptr<VoteFile>> VoteFile::create(runtime::FileSystem& files, const std::string& directory,
                                                   const Vote& vote) {
    for (const auto& path : {vote_path(directory), copy_path(directory)}) {
        if (auto file = TwoSlotFile::create(files, path, vote_form, encode_vote(vote)); !file)
            return file.error();
    }
    return open(files, directory);
}

Result<std::unique_ptr<VoteFile>> VoteFile::open(runtime::FileSystem& files, const std::string& directory) {
    auto first = TwoSlotFile::open(files, vote_path(directory), vote_form);
    if (!first && !is_missing_or_damaged(first.error())) return first.error();
    auto second = TwoSlotFile::open(files, copy_path(directory), vote_form);
    if (!second && !is_missing_or_damaged(second.error())) return second.error();
    if (!first && !second) return first.error().code == Errc::corrupt ? first.error() : second.error();
    std::unique_ptr<VoteFile> out{new VoteFile};
    if (first) out->vote_ = decode_vote((*first)->fields());
    if (second) {
        const auto vote = decode_vote((*second)->fields());
        if (!first || is_newer(vote, out->vote_)) out->vote_ = vote;
    }
    if (auto kept = keep(files, vote_path(directory), std::move(first), out->vote_); kept)
        out->file_ = std::move(*kept);
    else
        return kept.error();
    if (auto kept = keep(files, copy_path(directory), std::move(second), out->vote_); kept)
        out->copy_ = std::move(*kept);
    else
        return kept.error();
    return out;
}

// One after the other: at any time one of them holds.
Result<void> VoteFile::save(const Vote& vote) {
    for (auto* file : {file_.get(), copy_.get()}) {
        if (auto written = file->write(encode_vote(vote)); !written) return written;
        if (auto synced = file->sync(); !synced) return synced;
    }
    vote_ = vote;
    return {};
}

}  // namespace weir::consensus

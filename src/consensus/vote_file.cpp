// The vote file (docs/formats/metadata.md).
#include "consensus/vote_file.hpp"

namespace weir::consensus {

namespace {

constexpr SlotForm vote_form{.magic = "weirvote", .fields_size = 8 + 4};
constexpr std::int32_t nobody = -1;

std::string vote_path(const std::string& directory) {
    return directory + "/vote";
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

}  // namespace

Result<std::unique_ptr<VoteFile>> VoteFile::create(runtime::FileSystem& files, const std::string& directory,
                                                   const Vote& vote) {
    auto file = TwoSlotFile::create(files, vote_path(directory), vote_form, encode_vote(vote));
    if (!file) return file.error();
    return std::unique_ptr<VoteFile>{new VoteFile{std::move(*file), vote}};
}

Result<std::unique_ptr<VoteFile>> VoteFile::open(runtime::FileSystem& files, const std::string& directory) {
    auto file = TwoSlotFile::open(files, vote_path(directory), vote_form);
    if (!file) return file.error();
    const auto vote = decode_vote((*file)->fields());
    return std::unique_ptr<VoteFile>{new VoteFile{std::move(*file), vote}};
}

Result<void> VoteFile::save(const Vote& vote) {
    if (auto written = file_->write(encode_vote(vote)); !written) return written;
    if (auto synced = file_->sync(); !synced) return synced;
    vote_ = vote;
    return {};
}

}  // namespace weir::consensus

// Mistakes of the kind that a simulator must find, made on purpose beside the real code.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/uuid.hpp"
#include "consensus/metadata_log.hpp"
#include "runtime/file.hpp"
#include "simulation/dice.hpp"

namespace weir::simulation {

enum class PlantedBug {
    none,
    forgotten_vote,  // whom a node voted for is not on disk, though the term is
    early_answer,    // entries are told to be durable before they are
    lost_entries,    // a restart drops some durable entries from the end of the log
    lying_journal,   // appends are told to be durable before they are
    early_say,       // a node that recovers its metadata log votes
};

std::optional<PlantedBug> planted_bug(const std::string& name);

// Whether the message of the metadata log's group gives a vote, for real.
bool is_granted_vote(ByteView message);

// The vote that the bug gives in the place of a node that recovers: `given` are those of terms before. None
// if the message asks for none.
std::optional<Bytes> early_vote(const Uuid& cluster, ByteView message, NodeId from,
                                std::map<consensus::LogTerm, NodeId>& given);

// The file system as the bug makes it look; `files` must outlive it.
std::unique_ptr<runtime::FileSystem> with_bug(PlantedBug bug, runtime::FileSystem& files);
// What the bug does to a directory between a crash and the next start.
void before_start(PlantedBug bug, runtime::FileSystem& files, const std::string& directory, Dice& dice);

}  // namespace weir::simulation

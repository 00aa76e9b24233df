// Damage to a file of a process that is down: a bit, a page of zeros, an end cut off, all of it.
#pragma once

#include "simulation/dice.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::simulation {

// What was done, for who follows one seed.
std::string harm(test::FaultyFileSystem& files, const std::string& path, Dice& dice);

// One of the files in the metadata directory, but for those that are of no use.
std::optional<std::string> metadata_file(const test::FaultyFileSystem& files, const std::string& directory,
                                         Dice& dice);

}  // namespace weir::simulation

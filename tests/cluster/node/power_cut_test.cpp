// The undo area and the power cut: nothing that was synced is ever lost, all that was not can be.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "cluster/node/faulty_disk.hpp"
#include "support/temporary_directory.hpp"

namespace weir::torture {

namespace {

namespace fs = std::filesystem;
using runtime::File;
using runtime::OpenMode;

constexpr int seeds = 60;  // a fifth of them loses everything, a fifth nothing

std::string text_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

ByteView bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// One process: from its start to its kill.
struct Process {
    explicit Process(const test::TemporaryDirectory& directory)
        : area(directory.path("undo")), disk(runtime::posix_file_system(), control, area) {}

    Control control{""};
    UndoArea area;
    FaultyDisk disk;
};

void put(File& file, std::uint64_t position, const std::string& text) {
    ASSERT_TRUE(file.write(position, bytes_of(text)));
}

// Does `work` in each of many directories, cuts the power there, and gives what is left of a file to `judge`.
void for_each_cut(const std::function<void(const test::TemporaryDirectory&)>& work,
                  const std::function<void(const std::string&)>& judge) {
    for (int seed = 0; seed < seeds; ++seed) {
        const test::TemporaryDirectory directory;
        work(directory);
        roll_back(directory.path("undo"), static_cast<std::uint64_t>(seed));
        judge(text_of(directory.path("file")));
        EXPECT_FALSE(fs::exists(directory.path("undo")));
    }
}

void make_synced(Process& process, const test::TemporaryDirectory& directory, const std::string& content) {
    const auto file = process.disk.open(directory.path("file"), OpenMode::create).value();
    put(*file, 0, content);
    ASSERT_TRUE(file->sync_data());
    ASSERT_TRUE(process.disk.sync_directory(fs::path{directory.path("file")}.parent_path().string()));
}

const std::string old_text(2000, 'o');

TEST(PowerCut, TakesNothingThatWasSynced) {
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, old_text);
        },
        [](const std::string& left) { EXPECT_EQ(left, old_text); });
}

TEST(PowerCut, TakesSectorsOfWhatWasNotSynced) {
    std::set<std::string> seen;
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, old_text);
            put(*process.disk.open(directory.path("file"), OpenMode::write).value(), 300,
                std::string(1000, 'n'));
        },
        [&](const std::string& left) {
            ASSERT_EQ(left.size(), old_text.size());
            EXPECT_EQ(left.substr(0, 300), old_text.substr(0, 300));
            EXPECT_EQ(left.substr(1300), old_text.substr(1300));
            const std::string sectors{left[300], left[511], left[512], left[1023], left[1024], left[1299]};
            EXPECT_EQ(sectors[0], sectors[1]);
            EXPECT_EQ(sectors[2], sectors[3]);
            EXPECT_EQ(sectors[4], sectors[5]);
            seen.insert(sectors);
        });
    EXPECT_TRUE(seen.contains("nnnnnn"));
    EXPECT_TRUE(seen.contains("oooooo"));
    EXPECT_GT(seen.size(), 4u) << "each of the three sectors may be lost, or not";
}

TEST(PowerCut, TakesGrowthAndCutsBack) {
    std::set<std::size_t> grown, cut;
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, old_text);
            put(*process.disk.open(directory.path("file"), OpenMode::write).value(), 2000,
                std::string(600, 'n'));
        },
        [&](const std::string& left) {
            EXPECT_EQ(left.substr(0, 2000), old_text);
            grown.insert(left.size());
        });
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, old_text);
            ASSERT_TRUE(process.disk.open(directory.path("file"), OpenMode::write).value()->truncate(700));
        },
        [&](const std::string& left) {
            EXPECT_EQ(left, old_text.substr(0, left.size()));
            cut.insert(left.size());
        });
    EXPECT_EQ(grown, (std::set<std::size_t>{2000, 2600}));
    EXPECT_EQ(cut, (std::set<std::size_t>{700, 2000}));
}

TEST(PowerCut, TakesWhatAnEarlierProcessHadNotSynced) {
    std::set<std::string> seen;
    for_each_cut(
        [](const auto& directory) {
            {
                Process process{directory};
                make_synced(process, directory, "one");
                put(*process.disk.open(directory.path("file"), OpenMode::write).value(), 0, "two");
            }
            Process process{directory};
            put(*process.disk.open(directory.path("file"), OpenMode::write).value(), 0, "six");
        },
        [&](const std::string& left) { seen.insert(left); });
    EXPECT_EQ(seen, (std::set<std::string>{"one", "two", "six"}));
}

TEST(PowerCut, LeavesWhatALaterProcessSynced) {
    for_each_cut(
        [](const auto& directory) {
            {
                Process process{directory};
                make_synced(process, directory, "one");
                put(*process.disk.open(directory.path("file"), OpenMode::write).value(), 0, "two");
            }
            Process process{directory};
            const auto file = process.disk.open(directory.path("file"), OpenMode::write).value();
            ASSERT_TRUE(file->sync_data());
        },
        [](const std::string& left) { EXPECT_EQ(left, "two"); });
}

// Killed before the first record of a generation was whole, and so before its change.
TEST(PowerCut, LeavesAFileWhoseFirstRecordIsTorn) {
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, "old");
            struct stat status{};
            ASSERT_EQ(::stat(directory.path("file").c_str(), &status), 0);
            const auto prefix = directory.path("undo") + fmt::format("/{}", status.st_ino);
            fs::create_hard_link(directory.path("file"), prefix + ".inode");
            std::ofstream{prefix + ".1.undo"} << '\1';  // one byte of eight
        },
        [](const std::string& left) { EXPECT_EQ(left, "old"); });
}

TEST(PowerCut, TakesBackRenamesThatNoDirectorySyncCovered) {
    std::set<std::string> seen;
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, "old");
            const auto file = process.disk.open(directory.path("other"), OpenMode::create).value();
            put(*file, 0, "new");
            ASSERT_TRUE(file->sync_data());
            ASSERT_TRUE(process.disk.rename(directory.path("other"), directory.path("file")));
        },
        [&](const std::string& left) { seen.insert(left); });
    EXPECT_EQ(seen, (std::set<std::string>{"old", "new"}));
}

TEST(PowerCut, BringsBackWhatWasRemoved) {
    std::set<std::string> seen;
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, "old");
            ASSERT_TRUE(process.disk.remove(directory.path("file")));
        },
        [&](const std::string& left) { seen.insert(left); });
    EXPECT_EQ(seen, (std::set<std::string>{"", "old"}));
}

TEST(PowerCut, LosesAllAfterALyingSync) {
    std::set<std::string> seen;
    for_each_cut(
        [](const auto& directory) {
            Process process{directory};
            make_synced(process, directory, "old");
            process.control.lie_sync = 1;
            const auto file = process.disk.open(directory.path("file"), OpenMode::write).value();
            put(*file, 0, "new");
            ASSERT_TRUE(file->sync_data());
        },
        [&](const std::string& left) { seen.insert(left); });
    EXPECT_EQ(seen, (std::set<std::string>{"new", "old"}));
}

TEST(FaultyDisk, CanBeFullAndFail) {
    const test::TemporaryDirectory directory;
    Process process{directory};
    make_synced(process, directory, "old");
    const auto file = process.disk.open(directory.path("file"), OpenMode::write).value();
    process.control.disk_full = 1;
    EXPECT_EQ(file->write(1, bytes_of("xyz")).error().code, Errc::no_space);
    EXPECT_TRUE(file->write(0, bytes_of("xyz"))) << "what is there can be written over";
    EXPECT_EQ(process.disk.open(directory.path("new"), OpenMode::create).error().code, Errc::no_space);
    process.control.disk_full = 0;
    process.control.fail_sync = 1;
    EXPECT_EQ(file->sync_data().error().code, Errc::io_error);
}

}  // namespace

}  // namespace weir::torture

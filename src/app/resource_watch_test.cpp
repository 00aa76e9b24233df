// When resources are low, and that somebody hears of it.
#include "app/resource_watch.hpp"

#include <gtest/gtest.h>

#include <future>

#include "support/faulty_file_system.hpp"

namespace weir::app {
namespace {

TEST(LowResources, AreThoseBeyondTheirLimits) {
    const ResourceLimits limits{.directory = "d", .disk_free_bytes = 100, .memory_bytes = 50};
    EXPECT_EQ(low_resources(limits, 100, 50), "");
    EXPECT_EQ(low_resources(limits, 99, 50), "disk");
    EXPECT_EQ(low_resources(limits, 100, 51), "memory");
    EXPECT_EQ(low_resources(limits, 0, 51), "memory & disk");
    EXPECT_EQ(low_resources(limits, 100, 50, {.memory = true}), "memory");
    EXPECT_EQ(low_resources(limits, 99, 50, {.disk = true, .memory = true}), "memory & disk");
    EXPECT_EQ(low_resources({.directory = "d", .disk_free_bytes = 0, .memory_bytes = 0}, 0, UINT64_MAX), "");
}

TEST(LowResources, TheSystemSaysHowMuchMemoryThereIs) {
    EXPECT_GT(process_memory_bytes(), 100'000u);
    EXPECT_GT(machine_memory_bytes(), process_memory_bytes());
}

TEST(ResourceWatch, TellsThatTheDiskIsLow) {
    test::FaultyFileSystem files;
    files.set_capacity(1000);
    std::promise<std::string> told;
    const ResourceWatch watch({.directory = "d", .disk_free_bytes = 2000}, files,
                              [&](const std::string& low) { told.set_value(low); });
    EXPECT_EQ(told.get_future().get(), "disk");
}

TEST(ResourceWatch, TellsOfAChangeBeforeItReturns) {
    test::FaultyFileSystem files;
    std::vector<std::string> told;
    ResourceWatch watch({.directory = "d"}, files, [&](const std::string& low) { told.push_back(low); });
    watch.change([](ResourceLimits&, Alarms& alarms) { alarms.memory = true; });
    EXPECT_EQ(told, std::vector<std::string>{"memory"});
    watch.change([](ResourceLimits&, Alarms& alarms) { alarms.disk = true; });
    watch.change([](ResourceLimits&, Alarms& alarms) { alarms = {}; });
    EXPECT_EQ(told, (std::vector<std::string>{"memory", "memory & disk", ""}));
    watch.change([](ResourceLimits& limits, Alarms&) { limits.memory_bytes = 1; });
    EXPECT_EQ(told.back(), "memory");
}

}  // namespace
}  // namespace weir::app

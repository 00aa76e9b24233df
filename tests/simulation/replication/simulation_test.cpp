// Replication under simulated faults: many seeds hold, and what is planted is found.
//
// One seed again: WEIR_SIM_SEED=17 WEIR_SIM_RUNS=1, and WEIR_SIM_TRACE=1 to follow it; many:
// WEIR_SIM_RUNS=100000.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/log_line.hpp"
#include "simulation/replication/scenario.hpp"

namespace weir::simulation {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class ReplicationSimulation : public ::testing::Test {
  protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    void TearDown() override { set_log_level(LogLevel::info); }

    static void run_many(ScenarioOptions options, std::uint64_t seeds) {
        const auto first = from_environment("WEIR_SIM_SEED", 1);
        const auto runs = from_environment("WEIR_SIM_RUNS", seeds);
        std::size_t acknowledged = 0;
        int crashes = 0, leaders = 0, stuck = 0;
        options.traced = std::getenv("WEIR_SIM_TRACE") != nullptr;
        for (options.seed = first; options.seed < first + runs && !HasFailure(); ++options.seed) {
            Scenario scenario{options};
            const auto found = scenario.run();
            if (!found.empty()) ADD_FAILURE() << "seed " << options.seed << ": " << found.front();
            acknowledged += scenario.acknowledged();
            crashes += scenario.crashes();
            leaders += scenario.leaders();
            stuck += scenario.is_stuck() ? 1 : 0;
        }
        RecordProperty("acknowledged", static_cast<int>(acknowledged));
        std::printf("%llu seeds, %zu acknowledged, %d crashes, %d leaders, %d stuck\n",
                    static_cast<unsigned long long>(options.seed - first), acknowledged, crashes, leaders,
                    stuck);
    }
};

TEST_F(ReplicationSimulation, TheJournalLosesNothing) {
    run_many({}, 400);
}
TEST_F(ReplicationSimulation, APageCacheLosesNothingWhileOneInSyncLives) {
    run_many({.durability = log::Durability::page_cache}, 200);
}

struct Plant {
    Planted planted;
    const char* name;
    log::Durability durability = log::Durability::journal;
};

class ReplicationPlanted : public ::testing::TestWithParam<Plant> {
  protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    void TearDown() override { set_log_level(LogLevel::info); }
};

TEST_P(ReplicationPlanted, IsFound) {
    constexpr std::uint64_t most = 1000;
    ScenarioOptions options{.planted = GetParam().planted, .durability = GetParam().durability};
    for (options.seed = 1; options.seed <= most; ++options.seed) {
        const auto found = Scenario{options}.run();
        // That it comes to a standstill would not tell what was lost.
        if (found.empty() || found.front().find("once all is healed") != std::string::npos) continue;
        std::printf("%s: seed %llu: %s\n", GetParam().name, static_cast<unsigned long long>(options.seed),
                    found.front().c_str());
        return;
    }
    ADD_FAILURE() << GetParam().name << " is not found within " << most << " seeds";
}

constexpr auto page_cache = log::Durability::page_cache;

INSTANTIATE_TEST_SUITE_P(
    All, ReplicationPlanted,
    ::testing::Values(Plant{Planted::ack_at_once, "AckAtOnce"},
                      Plant{Planted::count_unsynced, "CountUnsynced"},
                      Plant{Planted::no_truncation, "NoTruncation"},
                      Plant{Planted::truncate_to_high_watermark, "TruncateToHighWatermark"},
                      Plant{Planted::shrink_early, "ShrinkEarly"}, Plant{Planted::expand_late, "ExpandLate"},
                      Plant{Planted::stale_change, "StaleChange"},
                      Plant{Planted::ignore_min_in_sync, "IgnoreMinInSync"},
                      Plant{Planted::watermark_at_election, "WatermarkAtElection"},
                      Plant{Planted::unclean_election, "UncleanElection"},
                      Plant{Planted::keeps_place, "KeepsPlace", page_cache},
                      Plant{Planted::no_broker_epoch, "NoBrokerEpoch", page_cache},
                      Plant{Planted::old_incarnation, "OldIncarnation", page_cache},
                      Plant{Planted::leads_on, "LeadsOn", page_cache}),
    [](const auto& info) { return std::string{info.param.name}; });

}  // namespace
}  // namespace weir::simulation

// A topic of one partition that this node leads or does not, on a small store, with a reactor and the news of
// commits, for tests of who waits for it.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "broker/commit_hub.hpp"
#include "broker/topic_table.hpp"
#include "support/manual_clock.hpp"
#include "support/small_store.hpp"

namespace weir::test {

class LedPartition : public ::testing::Test, private log::CommitListener {
  protected:
    LedPartition() {
        store_ = open_store(files_, clock_, *this);
        log_ = store_->open_log({id_, PartitionId{0}}, "t", {}).value();
        lead(true);
        pool_.start();
    }
    ~LedPartition() override { pool_.stop(); }
    void on_commit(const log::Commit& commit) override { hub_.on_commit(commit); }

    // Whether the topic's only partition is led here.
    void lead(bool is_led, LeaderEpoch epoch = LeaderEpoch{0}) {
        auto info = std::make_shared<metadata::Topic>();
        info->id = id_;
        info->name = "t";
        place_ = std::make_shared<broker::Partition>(
            PartitionId{0}, broker::Partition::State{.leader_epoch = epoch, .is_led = is_led});
        place_->set_log(log_);
        auto topic = std::make_shared<broker::Topic>();
        topic->info = std::move(info);
        topic->partitions.push_back(place_);
        topics_.put(topic);
    }
    // Runs `work` on the reactor and waits for it.
    void on_reactor(const std::function<void()>& work) {
        std::promise<void> done;
        pool_.at(0).post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    ManualClock clock_;
    FaultyFileSystem files_;
    runtime::ReactorPool pool_{1};
    broker::CommitHub hub_{pool_};
    std::unique_ptr<log::LogStore> store_;
    std::shared_ptr<log::PartitionLog> log_;
    const Uuid id_ = Uuid::from_random(1, 2);
    broker::TopicTable topics_;
    std::shared_ptr<broker::Partition> place_;
};

}  // namespace weir::test

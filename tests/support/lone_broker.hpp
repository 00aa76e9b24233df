// A broker that is alone, in a directory of its own: for what can only be seen of the whole.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "broker/broker.hpp"
#include "broker/message/stored_batch.hpp"
#include "broker/queues.hpp"
#include "support/temporary_directory.hpp"

namespace weir::test {

// Waits for what is called back from another thread.
template <class T, class Call>
Result<T> outcome_of(Call call) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    call([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return promise->get_future().get();
}

class LoneBroker : public ::testing::Test {
  protected:
    LoneBroker() { open(); }
    ~LoneBroker() override { close(); }
    void open() {
        pool_ = std::make_unique<runtime::ReactorPool>(2);
        broker::BrokerOptions options;
        options.store.directory = directory_.path("data");
        options.store.journal_file_bytes = 1 << 20;
        options.store.reserve_bytes = 4096;
        options.serves_queues = true;
        broker_ = broker::Broker::open(std::move(options), *pool_, runtime::posix_file_system(),
                                       system_clock(), system_random())
                      .value();
        broker_->prepare_queues().value();
        pool_->start();
    }
    void close() {
        if (!pool_) return;
        pool_->stop();
        broker_.reset();
        pool_.reset();
    }

    template <class Request>
    typename Request::Reply change(Request request) {
        using Reply = typename Request::Reply;
        return outcome_of<Reply>([&](auto done) { broker_->change(std::move(request), std::move(done)); })
            .value();
    }
    std::shared_ptr<const broker::Topic> create(const std::string& name, std::int32_t partitions,
                                                metadata::Overrides overrides = {}) {
        change(
            metadata::CreateTopic{.name = name, .partitions = partitions, .overrides = std::move(overrides)});
        return broker_->topics().find(name);
    }
    // Runs `work` on the first reactor and waits for it.
    void on_reactor(const std::function<void()>& work) {
        std::promise<void> done;
        pool_->at(0).post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    // Asks until it is so.
    static void eventually(const std::string& what, const std::function<bool()>& is_so) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!is_so()) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit) << "not in time: " << what;
            std::this_thread::yield();
        }
    }
    // The values of each batch of a partition.
    static std::vector<std::vector<std::string>> batches(const broker::Topic& topic, std::int32_t partition) {
        std::vector<std::vector<std::string>> out;
        auto& log = *topic.partition(PartitionId{partition})->log();
        for (auto at = log.log_start(); at < log.readable_end();) {
            const auto batch = message::StoredBatch::load(log, at, log.readable_end()).value();
            auto& values = out.emplace_back();
            for (const auto& record : batch->records())
                values.emplace_back(as_text(record.value.value_or(ByteView{})));
            at = batch->next();
        }
        return out;
    }

    TemporaryDirectory directory_;
    std::unique_ptr<runtime::ReactorPool> pool_;
    std::unique_ptr<broker::Broker> broker_;
};

}  // namespace weir::test

// A broker's queues as policies come and go, and over its restart.
#include "broker/queues.hpp"

#include <gtest/gtest.h>

#include <future>

#include "broker/broker.hpp"
#include "broker/dead_letters.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

namespace weir::broker {
namespace {

// Waits for what is called back from another thread.
template <class T, class Call>
Result<T> outcome_of(Call call) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    call([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return promise->get_future().get();
}

class QueuesTest : public ::testing::Test {
  protected:
    QueuesTest() {
        open();
        change(topology::PutVirtualHost{{.name = "/"}});
    }
    ~QueuesTest() override { close(); }
    void open() {
        pool_ = std::make_unique<runtime::ReactorPool>(2);
        BrokerOptions options;
        options.store.directory = directory_.path("data");
        options.store.journal_file_bytes = 1 << 20;
        options.store.reserve_bytes = 4096;
        options.serves_queues = true;
        broker_ = Broker::open(std::move(options), *pool_, runtime::posix_file_system(), system_clock(),
                               system_random())
                      .value();
        broker_->prepare_queues().value();
        pool_->start();
    }
    void close() {
        pool_->stop();
        broker_.reset();
        pool_.reset();
    }
    Queues& queues() { return broker_->queues(); }
    template <class Request>
    typename Request::Reply change(Request request) {
        using Reply = typename Request::Reply;
        return outcome_of<Reply>([&](auto done) { queues().change(std::move(request), std::move(done)); })
            .value();
    }
    QueueId declare(const std::string& name, topology::Table arguments = {}) {
        const topology::DeclareQueue request{{.host = "/", .name = name, .arguments = std::move(arguments)},
                                             {}};
        return outcome_of<Queues::Declared>([&](auto done) { queues().declare(request, std::move(done)); })
            .value()
            .reply.queue->id;
    }
    void set_policy(topology::Table definition) {
        change(topology::SetPolicy{
            {.host = "/", .name = "p", .pattern = "^q", .definition = std::move(definition)}});
    }
    // As its log has it, once all that was asked before has taken effect.
    queue::QueueConfig config(QueueId id) {
        return outcome_of<queue::QueueConfig>([&](auto done) {
                   queues().shards().find(id)->submit([id, done](queue::QueueShard& at) {
                       const auto config = *at.machine().find(id)->config;
                       at.step([](auto&&...) {}, [config, done](auto&&) { done(config); });
                   });
               })
            .value();
    }

    test::TemporaryDirectory directory_;
    std::unique_ptr<runtime::ReactorPool> pool_;
    std::unique_ptr<Broker> broker_;
};

TEST_F(QueuesTest, PoliciesChangeQueuesThatAreThere) {
    const auto first = declare("q1"), second = declare("q2", {{"x-max-length", 3}}), other = declare("other");
    set_policy({{"max-length", 5}, {"dead-letter-exchange", "dlx"}});
    EXPECT_EQ(config(first).max_length, 5);
    EXPECT_EQ(config(second).max_length, 3) << "the stricter one";
    EXPECT_EQ(config(second).dead_letter_target, encode({"dlx", std::nullopt}));
    EXPECT_EQ(config(other), queue::QueueConfig{});
    EXPECT_EQ(config(declare("q3")).max_length, 5) << "declared under the policy";
    change(topology::ClearPolicy{"/", "p"});
    EXPECT_EQ(config(first), queue::QueueConfig{});
    EXPECT_EQ(config(second).max_length, 3);
}

TEST_F(QueuesTest, ARestartFindsThemAsTheyWere) {
    const auto id = declare("q", {{"x-queue-type", "quorum"}});
    set_policy({{"delivery-limit", 4}});
    close();
    open();
    EXPECT_EQ(config(id).delivery_limit, 4);
    EXPECT_TRUE(config(id).counts_deliveries);
}

}  // namespace
}  // namespace weir::broker

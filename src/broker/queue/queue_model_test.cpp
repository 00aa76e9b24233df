// Random runs against the simplest thing that could be a queue, a list of messages; with restarts at any
// point, and with states from a checkpoint and a tail against states from the whole log.
#include <gtest/gtest.h>

#include <cstdlib>
#include <list>

#include "base/random.hpp"
#include "support/queue_driver.hpp"

namespace weir::queue {
namespace {

using test::QueueDriver;

constexpr QueueId dead_letters{9};
constexpr std::uint64_t queue_count = 3;  // ids 1 to 3
constexpr std::int64_t never = INT64_MAX;

struct ModelMessage {
    enum class State { ready, held, dying };
    std::int64_t content = 0;
    std::int64_t bytes = 0;
    int priority = 0;
    std::string key;
    std::int64_t expires_ms = never;
    State state = State::ready;
    std::int64_t not_before_ms = 0;
    std::uint64_t consumer = 0;  // 0: by get
    std::int64_t tries = 0;
    bool came_back = false;  // in this life of the leader

    bool is_ready(std::int64_t now_ms) const { return state == State::ready && not_before_ms <= now_ms; }
};

// A list of messages, in the order in which they came.
struct ModelQueue {
    QueueConfig config;
    std::list<ModelMessage> messages;
    std::map<std::uint64_t, std::uint64_t> windows;  // of consumers

    using At = std::list<ModelMessage>::iterator;

    At find(std::int64_t content) { return std::ranges::find(messages, content, &ModelMessage::content); }
    std::uint64_t ready(std::int64_t now_ms) const {
        return static_cast<std::uint64_t>(
            std::ranges::count_if(messages, [&](const auto& one) { return one.is_ready(now_ms); }));
    }
    // The first that `is_wanted` says of the highest priority.
    template <class Test>
    At first(Test is_wanted) {
        At best = messages.end();
        for (auto at = messages.begin(); at != messages.end(); ++at) {
            if (is_wanted(at) && (best == messages.end() || at->priority > best->priority)) best = at;
        }
        return best;
    }
    bool has_its_key(At message) {
        if (!config.key_ordered || message->key.empty()) return true;
        return std::ranges::find(messages, message->key, &ModelMessage::key) == message;
    }
    // Where keys lock each other, what has expired behind the head may be gone already or still be there.
    bool is_unclear(const ModelMessage& message, std::int64_t now_ms) const {
        return config.key_ordered && message.is_ready(now_ms) && message.expires_ms <= now_ms;
    }
    At next(std::int64_t now_ms) {
        return first(
            [&](At at) { return at->is_ready(now_ms) && has_its_key(at) && !is_unclear(*at, now_ms); });
    }
    bool may_be_next(At message, std::int64_t now_ms) {
        if (!message->is_ready(now_ms) || message->expires_ms <= now_ms) return false;
        return std::all_of(messages.begin(), message, [&](const auto& before) {
            return message->key.empty() || before.key != message->key || is_unclear(before, now_ms);
        });
    }
    bool has_room(std::uint64_t consumer) const {
        const auto held = std::ranges::count_if(messages, [&](const auto& one) {
            return one.state == ModelMessage::State::held && one.consumer == consumer;
        });
        return static_cast<std::uint64_t>(held) < windows.at(consumer);
    }
};

class QueueModel {
  public:
    explicit QueueModel(std::uint64_t seed) : random_(seed) {
        for (std::uint64_t id = 1; id <= queue_count; ++id) declare(QueueId{id}, any_config());
        declare(dead_letters, {});
    }

    void run(int steps) {
        for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
            do_something();
            follow();
            verify();
        }
    }

  private:
    bool one_in(std::uint64_t n) { return random_.next() % n == 0; }
    std::uint64_t below(std::uint64_t n) { return random_.next() % n; }

    QueueConfig any_config() {
        QueueConfig config;
        if (one_in(3)) config.message_ttl_ms = static_cast<std::int64_t>(50 + below(500));
        if (one_in(3)) config.max_length = static_cast<std::int64_t>(3 + below(20));
        if (one_in(3)) config.delivery_limit = static_cast<std::int64_t>(below(4));
        if (one_in(2)) config.dead_letter_target = "dead";
        if (one_in(3)) config.key_ordered = true;
        // Nobody tells then which went first, what had expired or what was too much.
        if (config.key_ordered && !config.dead_letter_target) config.max_length = -1;
        if (!config.key_ordered && one_in(2)) config.max_priority = 3;
        if (one_in(4)) config.retention_ms = 500;
        return config;
    }
    void declare(QueueId id, const QueueConfig& config) {
        queues_[id.value].config = config;
        ASSERT_EQ(driver_.declare(id, config), Answer::done);
    }

    void do_something() {
        switch (below(16)) {
            case 0:
            case 1:
            case 2:
            case 3: return publish();
            case 4:
            case 5: return get();
            case 6:
            case 7:
            case 8: return settle();
            case 9: return pass_time();
            case 10: return consume();
            case 11: return one_in(3) ? cancel() : settle();
            case 12: return one_in(6) ? purge() : publish();
            case 13: return one_in(4) ? close() : publish();
            case 14: return one_in(2) ? cancel_delayed() : get();
            default: return one_in(3) ? restart() : publish();
        }
    }

    // Step by step: what happens in between must be seen when it happens.
    void pass_time() {
        for (auto left = below(60); left > 0; --left) {
            driver_.advance(1);
            fire();
            follow();
        }
    }
    // What was delayed comes in the order of its time.
    void fire() {
        while (!delayed_.empty() && delayed_.begin()->first.first <= driver_.now_ms) {
            const auto& due = delayed_.begin()->second;
            for (const auto target : due.targets) enqueue(target.value, due.message, due.ttl_ms);
            delayed_.erase(delayed_.begin());
        }
    }
    void cancel_delayed() {
        if (delayed_.empty()) return;
        const auto at = std::next(delayed_.begin(), static_cast<std::ptrdiff_t>(below(delayed_.size())));
        const Offset content{at->first.second};
        delayed_.erase(at);
        ASSERT_EQ(driver_.step([&](auto& e) { return driver_.machine().cancel_delayed(content, e); }),
                  Answer::done);
    }

    void enqueue(std::uint64_t id, ModelMessage message, std::int64_t ttl_ms) {
        ModelQueue& queue = queues_.at(id);
        message.priority = std::min<int>(message.priority, queue.config.max_priority);
        for (const auto limit : {ttl_ms, queue.config.message_ttl_ms}) {
            if (limit >= 0) message.expires_ms = std::min(message.expires_ms, driver_.now_ms + limit);
        }
        queue.messages.push_back(message);
    }
    void publish() {
        PublishRequest request{.content_bytes = below(100)};
        for (std::uint64_t id = 1; id <= queue_count; ++id) {
            if (one_in(2)) request.targets.push_back(QueueId{id});
        }
        if (one_in(4)) request.ttl_ms = static_cast<std::int64_t>(1 + below(300));
        request.priority = static_cast<std::uint8_t>(below(5));
        if (one_in(2)) request.group_key = std::string(1, static_cast<char>('a' + below(3)));
        const auto position = driver_.end();
        const ModelMessage message{.content = position,
                                   .bytes = static_cast<std::int64_t>(request.content_bytes),
                                   .priority = request.priority,
                                   .key = request.group_key};
        if (one_in(6)) {
            request.deliver_at_ms = driver_.now_ms + 1 + static_cast<std::int64_t>(below(80));
            if (!request.targets.empty()) {
                delayed_[{request.deliver_at_ms, position}] = {message, request.targets, request.ttl_ms};
            }
        } else {
            for (const auto target : request.targets) enqueue(target.value, message, request.ttl_ms);
        }
        const auto reply = driver_.publish(request);
        ASSERT_EQ(reply.is_written, !request.targets.empty());
    }

    void consume() {
        const auto id = 1 + below(queue_count);
        const auto consumer = ++last_consumer_;
        const bool settles = one_in(5);
        queues_.at(id).windows[consumer] = settles ? UINT64_MAX : 1 + below(4);
        const auto answer = driver_.consume(QueueId{id}, {.id = ConsumerId{consumer},
                                                          .holder = HolderId{1 + consumer % 3},
                                                          .window = queues_.at(id).windows[consumer],
                                                          .settles_at_send = settles});
        ASSERT_EQ(answer, Answer::done);
    }
    void cancel() {
        for (auto& [id, queue] : queues_) {
            if (queue.windows.empty()) continue;
            const ConsumerId consumer{queue.windows.begin()->first};
            queue.windows.erase(consumer.value);
            driver_.step(
                [&](auto& effects) { return driver_.machine().cancel(consumer, driver_.now_ms, effects); });
            return;
        }
    }
    void close() {
        const HolderId holder{1 + below(3)};
        for (auto& [id, queue] : queues_) {
            std::erase_if(queue.windows, [&](const auto& one) { return 1 + one.first % 3 == holder.value; });
        }
        for (const auto& delivery : std::exchange(held_, {})) {
            if (delivery.holder != holder) {
                held_.push_back(delivery);
                continue;
            }
            auto& queue = queues_.at(delivery.message.queue.value);
            come_back(queue, queue.find(delivery.content.value), -1);
        }
        driver_.step([&](auto& e) { return driver_.machine().close(holder, driver_.now_ms, e), 0; });
    }
    void get() {
        const auto id = 1 + below(queue_count);
        drop(queues_.at(id));
        const auto reply = driver_.get(QueueId{id}, HolderId{7});
        ASSERT_EQ(reply.answer, Answer::done);
        if (reply.delivery) return take(*reply.delivery);
        EXPECT_EQ(next_alive(queues_.at(id)), queues_.at(id).messages.end()) << "get found nothing";
    }

    void settle() {
        if (held_.empty()) return;
        const auto at = held_.begin() + static_cast<std::ptrdiff_t>(below(held_.size()));
        const Delivery delivery = *at;
        held_.erase(at);
        auto& queue = queues_.at(delivery.message.queue.value);
        const auto message = queue.find(delivery.content.value);
        ASSERT_NE(message, queue.messages.end());
        SettleRequest request{.holder = delivery.holder, .messages = {delivery.message}};
        switch (below(3)) {
            case 0: queue.messages.erase(message); break;
            case 1:
                request.verdict = Verdict::release;
                if (one_in(3)) request.delay_ms = static_cast<std::int64_t>(below(100));
                come_back(queue, message, request.delay_ms);
                break;
            default: request.verdict = Verdict::reject; die(queue, message);
        }
        ASSERT_EQ(driver_.settle(request), 1u);
    }
    void come_back(ModelQueue& queue, ModelQueue::At message, std::int64_t delay_ms) {
        if (queue.config.delivery_limit >= 0 && ++message->tries > queue.config.delivery_limit) {
            return die(queue, message);
        }
        message->state = ModelMessage::State::ready;
        message->came_back = true;
        if (delay_ms > 0) message->not_before_ms = driver_.now_ms + delay_ms;
    }
    void die(ModelQueue& queue, ModelQueue::At message) {
        if (!queue.config.dead_letter_target) {
            queue.messages.erase(message);
        } else {
            message->state = ModelMessage::State::dying;
        }
    }

    void purge() {
        auto& queue = queues_.at(1 + below(queue_count));
        const auto id =
            std::ranges::find_if(queues_, [&](auto& one) { return &one.second == &queue; })->first;
        drop(queue);
        const auto expected = queue.ready(driver_.now_ms);
        const auto reply =
            driver_.step([&](auto& effects) { return driver_.machine().purge(QueueId{id}, effects); });
        EXPECT_EQ(reply.count, expected);
        std::erase_if(queue.messages, [&](const auto& one) { return one.is_ready(driver_.now_ms); });
    }

    void restart() {
        if (one_in(2)) driver_.checkpoint();
        if (one_in(2)) driver_.step([&](auto& e) { return driver_.machine().note_delivered(e), 0; });
        driver_.restart();
        held_.clear();
        for (auto& [id, queue] : queues_) {
            queue.windows.clear();
            for (auto& message : queue.messages) {
                message.state = ModelMessage::State::ready;
                message.came_back = false;
            }
        }
    }

    // ---- what follows from a step

    // Drops what the rules say: the heads that have expired, then what is too much, which may uncover others
    // that have expired.
    void drop(ModelQueue& queue) {
        drop_expired(queue);
        while (is_too_long(queue) && !queue.config.key_ordered) die(queue, oldest_ready(queue));
        drop_expired(queue);
    }
    bool is_too_long(ModelQueue& queue) const {
        return queue.config.max_length >= 0 &&
               queue.ready(driver_.now_ms) > static_cast<std::uint64_t>(queue.config.max_length);
    }
    ModelQueue::At oldest_ready(ModelQueue& queue) {
        return queue.first([&](auto at) { return at->is_ready(driver_.now_ms); });
    }
    void drop_expired(ModelQueue& queue) {
        const auto now_ms = driver_.now_ms;
        for (int priority = 0; priority <= queue.config.max_priority; ++priority) {
            for (;;) {
                const auto head =
                    queue.first([&](auto at) { return at->priority == priority && at->is_ready(now_ms); });
                if (head == queue.messages.end() || head->expires_ms > now_ms) break;
                die(queue, head);
            }
        }
    }

    // Whoever asks for a message makes those go that have expired where they are next.
    ModelQueue::At next_alive(ModelQueue& queue) {
        auto next = queue.next(driver_.now_ms);
        while (next != queue.messages.end() && next->expires_ms <= driver_.now_ms) {
            die(queue, next);
            next = queue.next(driver_.now_ms);
        }
        return next;
    }

    // One delivery must be of the message that is next, to somebody who has room for it.
    void take(const Delivery& delivery) {
        const auto id = delivery.message.queue.value;
        auto& queue = queues_.at(id);
        auto next = next_alive(queue);
        const auto own = queue.find(delivery.content.value);
        // Of several keys, any may be next.
        if (queue.config.key_ordered && own != queue.messages.end() &&
            queue.may_be_next(own, driver_.now_ms)) {
            next = own;
        }
        ASSERT_NE(next, queue.messages.end()) << "nothing was to be delivered by " << described(id);
        ASSERT_EQ(next->content, delivery.content.value) << described(id);
        EXPECT_EQ(next->bytes, static_cast<std::int64_t>(delivery.bytes));
        if (next->came_back) EXPECT_TRUE(delivery.redelivered);
        if (queue.config.counts()) EXPECT_EQ(next->tries, delivery.delivery_count);
        if (delivery.consumer != no_consumer) EXPECT_TRUE(queue.has_room(delivery.consumer.value));
        if (delivery.is_settled) {
            queue.messages.erase(next);
            return;
        }
        next->state = ModelMessage::State::held;
        next->consumer = delivery.consumer.value;
        held_.push_back(delivery);
    }

    // For the reader of a failure.
    std::string described(std::uint64_t id) const {
        const auto& queue = queues_.at(id);
        auto text = fmt::format("queue {}: ttl {} length {} limit {} dead {} keys {} priorities {}\n", id,
                                queue.config.message_ttl_ms, queue.config.max_length,
                                queue.config.delivery_limit, queue.config.dead_letter_target.has_value(),
                                queue.config.key_ordered, queue.config.max_priority);
        for (const auto& one : queue.messages) {
            text += fmt::format("  {} priority {} key '{}' expires {} state {} waits {}\n", one.content,
                                one.priority, one.key,
                                one.expires_ms == never ? 0 : one.expires_ms - driver_.now_ms,
                                static_cast<int>(one.state), one.not_before_ms > driver_.now_ms);
        }
        return text;
    }

    void follow() {
        do {
            driver_.advance(0);
            for (auto& [id, queue] : queues_) drop_expired(queue);
            for (const auto& delivery : driver_.take_deliveries()) take(delivery);
            for (auto& [id, queue] : queues_) {
                const auto has_room = [&](const auto& one) { return queue.has_room(one.first); };
                const bool takes_more =
                    std::ranges::any_of(queue.windows, has_room) && next_alive(queue) != queue.messages.end();
                takes_more ? drop_expired(queue) : drop(queue);
                clear_up(QueueId{id}, queue);
            }
            bury();
        } while (!driver_.deliveries.empty() || !driver_.dead_letters.empty());
    }
    // What may be gone is gone if the machine says so, in its order.
    void clear_up(QueueId id, ModelQueue& queue) {
        if (!queue.config.key_ordered) return;
        for (const auto& letter : driver_.dead_letters) {
            if (letter.message.queue != id) continue;
            const auto message = queue.find(letter.content.value);
            ASSERT_NE(message, queue.messages.end());
            const bool is_excess = is_too_long(queue) && message == oldest_ready(queue);
            if (letter.reason == Reason::expired && queue.is_unclear(*message, driver_.now_ms))
                die(queue, message);
            if (letter.reason == Reason::max_length && is_excess) die(queue, message);
        }
        if (queue.config.dead_letter_target) return;
        const auto& lane = *std::as_const(driver_).machine().find(id)->find_lane(0);
        std::set<std::int64_t> open;
        for (auto number = lane.settle.floor(); number < lane.end(); ++number) {
            if (lane.is_open(number)) open.insert(lane.index.at(number).content().value);
        }
        std::erase_if(queue.messages, [&](const auto& one) {
            return queue.is_unclear(one, driver_.now_ms) && !open.contains(one.content);
        });
    }

    // Dead letters go into their queue, or nowhere.
    void bury() {
        for (const auto& letter : std::exchange(driver_.dead_letters, {})) {
            auto& queue = queues_.at(letter.message.queue.value);
            const auto message = queue.find(letter.content.value);
            ASSERT_NE(message, queue.messages.end());
            ASSERT_EQ(message->state, ModelMessage::State::dying) << "it need not have died";
            ReferRequest request{.source = letter.message};
            if (one_in(2)) {
                request.targets = {dead_letters};
                enqueue(dead_letters.value, {.content = message->content, .bytes = message->bytes}, -1);
            }
            queue.messages.erase(message);
            ASSERT_EQ(driver_.refer(request), Answer::done);
        }
    }

    void verify() {
        for (auto& [id, queue] : queues_) {
            const auto status = driver_.status(QueueId{id});
            ASSERT_EQ(status.ready, queue.ready(driver_.now_ms)) << described(id);
            ASSERT_FALSE(is_too_long(queue)) << described(id);
            ASSERT_EQ(status.ready + status.held + status.deferred, queue.messages.size()) << "queue " << id;
            if (queue.next(driver_.now_ms) == queue.messages.end()) continue;
            for (const auto& [consumer, window] : queue.windows) {
                ASSERT_FALSE(queue.has_room(consumer)) << "consumer " << consumer << " waits for nothing";
            }
        }
    }

    SeededRandom random_;
    QueueDriver driver_;
    std::map<std::uint64_t, ModelQueue> queues_;
    std::vector<Delivery> held_;
    struct Delayed {
        ModelMessage message;
        QueueIds targets;
        std::int64_t ttl_ms = -1;
    };
    std::map<std::pair<std::int64_t, std::int64_t>, Delayed> delayed_;  // by time and position
    std::uint64_t last_consumer_ = 0;
};

// More runs by hand: WEIR_MODEL_RUNS=10000, and another WEIR_MODEL_SEED.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(QueueModelTest, AQueueIsAListOfMessages) {
    const auto first = from_environment("WEIR_MODEL_SEED", 1);
    const auto runs = from_environment("WEIR_MODEL_RUNS", 60);
    for (auto seed = first; seed < first + runs && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        QueueModel(seed).run(300);
    }
}

}  // namespace
}  // namespace weir::queue

// Sending at a pace, and the values that are sent.
#include "app/perf_sender.hpp"

#include <random>

#include "app/interrupt.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace weir::app {

namespace {

constexpr std::size_t pool_bytes = 1 << 20;              // letters beyond the largest value
constexpr std::size_t pool_step = 4099;                  // a prime: neighbours share nothing
constexpr std::int64_t answer_patience_us = 60'000'000;  // for the last answers, while none comes

// Random capital letters, as Kafka's own tool sends them: codecs get them to about 60 %.
std::string random_letters(std::size_t count) {
    std::minstd_rand random{42};
    std::uniform_int_distribution<int> letter{'A', 'Z'};
    std::string letters(count, ' ');
    for (auto& c : letters) c = static_cast<char>(letter(random));
    return letters;
}

std::int64_t now_us() {
    return system_clock().monotonic_us();
}

}  // namespace

PerfSender::PerfSender() = default;

Result<std::unique_ptr<PerfSender>> PerfSender::open(const client::ConnectionOptions& connection,
                                                     const client::ProducerSettings& settings) {
    std::unique_ptr<PerfSender> sender{new PerfSender};
    auto producer = client::Producer::open(
        connection, settings,
        [self = sender.get()](const client::Delivery& delivery) { self->note(delivery); });
    if (!producer) return producer.error();
    sender->producer_ = std::move(*producer);
    return sender;
}

void PerfSender::note(const client::Delivery& delivery) {
    if (delivery.error) {
        ++failed_;
        if (!first_error_) first_error_ = delivery.error;
        return;
    }
    ++delivered_;
    latencies_.record(now_us() - static_cast<std::int64_t>(delivery.tag));
}

void PerfSender::wait_until(std::int64_t due_us) {
    for (auto left = due_us - now_us(); left > 0; left = due_us - now_us()) producer_->poll_us(left);
}

Result<void> PerfSender::run(const SenderPlan& plan) {
    if (letters_.size() < plan.size + pool_bytes) letters_ = random_letters(plan.size + pool_bytes);
    const auto start = now_us();
    std::string stamped;
    for (std::uint64_t i = 0; i < plan.messages && !interrupted(); ++i) {
        auto due = now_us();
        if (plan.rate > 0) {
            due = start + plan.first_due_us +
                  static_cast<std::int64_t>(static_cast<double>(i) * 1e6 / plan.rate);
            wait_until(due);
        }
        if (plan.duration_us > 0 && now_us() - start >= plan.duration_us) break;
        client::Record record{.topic = plan.topic};
        record.value = std::string_view{letters_}.substr(i * pool_step % pool_bytes, plan.size);
        if (plan.partitions > 0)
            record.partition = static_cast<std::int32_t>(i % static_cast<std::uint64_t>(plan.partitions));
        if (plan.stamp_values) {
            stamped = *record.value;
            auto* bytes = reinterpret_cast<std::uint8_t*>(stamped.data());
            store_little(bytes, plan.stamp);
            store_little(bytes + 8, due);
            record.value = stamped;
        }
        if (auto sent = producer_->send(record, static_cast<std::uint64_t>(due)); !sent) return sent;
        producer_->poll(0);
    }
    return finish();
}

Result<void> PerfSender::finish() {
    auto left = producer_->unanswered();
    auto last_progress = now_us();
    while (left > 0) {
        producer_->flush(100);
        if (producer_->unanswered() < left) last_progress = now_us();
        left = producer_->unanswered();
        if (now_us() - last_progress > answer_patience_us) {
            return Error{Errc::timed_out, fmt::format("{} messages got no answer from the broker", left)};
        }
    }
    return {};
}

void PerfSender::reset() {
    latencies_ = {};
    delivered_ = failed_ = 0;
    first_error_.reset();
}

}  // namespace weir::app

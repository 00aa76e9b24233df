// What a queue's arguments may be, and by which of them it is another one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "broker/queue/queue_effects.hpp"
#include "broker/queue_settings.hpp"
#include "protocols/amqp/arguments.hpp"

namespace weir::amqp {
namespace {

// Looks at the arguments one by one; the first that can't be is told.
class ArgumentCheck {
  public:
    ArgumentCheck(const topology::Queue& queue, const topology::Table& arguments)
        : queue_(queue), arguments_(arguments) {}

    // `too_large` is the word for a number beyond `most`.
    void number(const char* name, std::int64_t least, std::int64_t most = INT64_MAX - 1,
                std::string_view too_large = "value_too_large") {
        const auto* value = find(name);
        if (value == nullptr) return;
        const auto number = value->integer();
        if (!number) return refuse(name, not_an_integer(*value));
        const auto why = *number < 0 ? "value_negative" : *number < least ? "value_zero" : too_large;
        if (*number < least || *number > most) refuse(name, fmt::format("{{{},{}}}", why, *number));
    }
    void integer(const char* name) {
        const auto* value = find(name);
        if (value != nullptr && !value->integer()) refuse(name, not_an_integer(*value));
    }
    void flag(const char* name) {
        const auto* value = find(name);
        if (value != nullptr && !value->flag()) refuse(name, unacceptable(*value));
    }
    void text(const char* name) {
        const auto* value = find(name);
        if (value != nullptr && value->text() == nullptr) refuse(name, unacceptable(*value));
    }
    // `otherwise` says what a word is that is none of these; "{}" stands for it.
    void one_of(const char* name, std::initializer_list<std::string_view> words, const char* otherwise) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->text()) return refuse(name, unacceptable(*value));
        if (std::ranges::find(words, *value->text()) == words.end())
            refuse(name, fmt::format(fmt::runtime(otherwise), *value->text()));
    }
    void version(const char* name) {
        number(name, 0);
        const auto* value = find(name);
        const auto number = value ? value->integer() : std::nullopt;
        if (number && *number != 1 && *number != 2)
            refuse(name, fmt::format("\"unsupported queue version '{}'\"", *number));
    }
    // Another type's.
    void none_of(std::span<const char* const> names, std::string_view type) {
        for (const auto* name : names) {
            if (find(name) != nullptr) refuse_for_type(name, type);
        }
    }
    const topology::Value* find(const char* name) const {
        const auto at = arguments_.find(name);
        return at == arguments_.end() ? nullptr : &at->second;
    }
    const std::string& mistake() const { return mistake_; }
    void refuse(const char* name, std::string_view why) { tell(name, fmt::format(": {}", why)); }
    // What comes first with RabbitMQ, in words of its own.
    void exchange(const char* name) {
        const auto* value = find(name);
        if (value == nullptr || value->text() != nullptr || !mistake_.empty()) return;
        mistake_ = fmt::format("invalid type '{}' for arg '{}' in queue '{}' in vhost '{}'",
                               type_name(*value), name, queue_.name, queue_.host);
    }

  private:
    void refuse_for_type(const char* name, std::string_view type) {
        tell(name, fmt::format(" of queue type {}", type));
    }
    void tell(const char* name, std::string_view rest) {
        if (!mistake_.empty()) return;
        mistake_ = fmt::format("invalid arg '{}' for queue '{}' in vhost '{}'{}", name, queue_.name,
                               queue_.host, rest);
    }

    const topology::Queue& queue_;
    const topology::Table& arguments_;
    std::string mistake_;
};

// What RabbitMQ's queues of other types have, and these do not. A limit of deliveries has any queue here.
constexpr std::array not_classic{"x-dead-letter-strategy",
                                 "x-max-in-memory-length",
                                 "x-max-in-memory-bytes",
                                 "x-quorum-initial-group-size",
                                 "x-max-age",
                                 "x-initial-cluster-size",
                                 "x-stream-max-segment-size-bytes"};
constexpr std::array not_quorum{"x-max-priority",
                                "x-queue-mode",
                                "x-queue-version",
                                "x-queue-master-locator",
                                "x-max-age",
                                "x-initial-cluster-size",
                                "x-stream-max-segment-size-bytes"};

// In RabbitMQ's order.
void check_common(ArgumentCheck& check) {
    check.exchange("x-dead-letter-exchange");
    check.one_of("x-queue-type", {"classic", "quorum"}, "\"unsupported queue type '{}'\"");
    check.number("x-expires", 1, max_expiry_ms);
    check.number("x-message-ttl", 0, max_expiry_ms);
    check.text("x-dead-letter-routing-key");
    if (check.find("x-dead-letter-routing-key") && !check.find("x-dead-letter-exchange"))
        check.refuse("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined");
}

void check_lengths(ArgumentCheck& check) {
    check.number("x-max-length", 0);
    check.number("x-max-length-bytes", 0);
}

void check_locator(ArgumentCheck& check) {
    check.one_of("x-queue-leader-locator", {"client-local", "balanced", "random", "least-leaders"},
                 "invalid_queue_locator_arg");
}

void check_overflow(ArgumentCheck& check) {
    check.one_of("x-overflow", {"drop-head", "reject-publish", "reject-publish-dlx"}, "invalid_overflow");
}

void check_classic(ArgumentCheck& check) {
    check_lengths(check);
    check.number("x-max-priority", 0, 255, "max_value_exceeded");
    check_overflow(check);
    check.one_of("x-queue-mode", {"default", "lazy"}, "\"unsupported queue mode '{}'\"");
    check.version("x-queue-version");
    check.flag("x-single-active-consumer");
    check_locator(check);
    check.none_of(not_classic, "rabbit_classic_queue");
}

void check_quorum(ArgumentCheck& check) {
    check.one_of("x-dead-letter-strategy", {"at-most-once", "at-least-once"}, "invalid_dlx_strategy");
    check_lengths(check);
    check.number("x-max-in-memory-length", 0);
    check.number("x-max-in-memory-bytes", 0);
    check_overflow(check);
    check.flag("x-single-active-consumer");
    check.number("x-quorum-initial-group-size", 1);
    check_locator(check);
    check.none_of(not_quorum, "rabbit_quorum_queue");
}

void check_weirs_own(ArgumentCheck& check) {
    check.number("x-delivery-limit", INT64_MIN);
    check.number("x-delayed-retry-min", 1, queue::max_delay_ms);
    check.number("x-delayed-retry-max", 1, queue::max_delay_ms);
    check.number("x-deduplication-window", 1);
    check.number("x-retention", 0);
    check.number("x-retention-bytes", 0);
    check.number("x-consumer-timeout", 1);
    check.flag("x-key-ordered");
    if (check.find("x-key-ordered") && check.find("x-max-priority"))
        check.refuse("x-key-ordered", "a queue with priorities can't order by key");
}

// Those that queues of all types have, and these.
std::vector<topology::ComparedArgument> compared(std::initializer_list<const char*> of_type) {
    std::vector<topology::ComparedArgument> out{{"x-expires"},
                                                {"x-message-ttl"},
                                                {"x-dead-letter-exchange"},
                                                {"x-dead-letter-routing-key"},
                                                {"x-max-length"},
                                                {"x-max-length-bytes"},
                                                {"x-overflow"},
                                                {"x-single-active-consumer"},
                                                {"x-queue-type", topology::Value{"classic"}},
                                                {"x-queue-leader-locator"},
                                                {"x-delivery-limit"},
                                                {"x-subscription-topic"},
                                                {"x-subscription-start"},
                                                {"x-delayed-retry-min"},
                                                {"x-delayed-retry-max"},
                                                {"x-deduplication-window"},
                                                {"x-key-ordered"},
                                                {"x-retention"},
                                                {"x-retention-bytes"},
                                                {"x-consumer-timeout"}};
    for (const auto* name : of_type) out.push_back({name});
    return out;
}

// What RabbitMQ's quorum queues can't be.
std::optional<std::string> quorum_mistake(const topology::Queue& queue) {
    const auto* unfit = queue.is_auto_delete   ? "auto-delete"
                        : queue.is_exclusive() ? "exclusive-owner"
                        : !queue.is_durable    ? "non-durable"
                                               : nullptr;
    if (unfit == nullptr) return std::nullopt;
    return fmt::format("invalid property '{}' for queue '{}' in vhost '{}'", unfit, queue.name, queue.host);
}

}  // namespace

const std::vector<topology::ComparedArgument>& compared_queue_arguments(const topology::Queue& wanted) {
    static const auto classic =
        compared({"x-max-priority", "x-queue-mode", "x-queue-version", "x-queue-master-locator"});
    static const auto quorum = compared({"x-dead-letter-strategy", "x-max-in-memory-length",
                                         "x-max-in-memory-bytes", "x-quorum-initial-group-size"});
    return broker::is_quorum(wanted) ? quorum : classic;
}

std::optional<std::string> queue_mistake(const topology::Queue& queue) {
    ArgumentCheck check{queue, queue.arguments};
    const bool is_quorum = broker::is_quorum(queue);
    check_common(check);
    is_quorum ? check_quorum(check) : check_classic(check);
    check_weirs_own(check);
    if (!check.mistake().empty()) return check.mistake();
    return is_quorum ? quorum_mistake(queue) : std::nullopt;
}

std::optional<std::string> locator_mistake(const topology::Queue& queue) {
    ArgumentCheck check{queue, queue.arguments};
    check_locator(check);
    return check.mistake().empty() ? std::nullopt : std::optional{check.mistake()};
}

std::optional<std::string> consumer_mistake(const topology::Queue& queue, const topology::Table& arguments) {
    static constexpr std::array of_streams{"x-stream-offset"};
    ArgumentCheck check{queue, arguments};
    const bool is_quorum = broker::is_quorum(queue);
    check.integer("x-priority");
    if (!is_quorum) check.flag("x-cancel-on-ha-failover");
    check.none_of(of_streams, is_quorum ? "rabbit_quorum_queue" : "rabbit_classic_queue");
    return check.mistake().empty() ? std::nullopt : std::optional{check.mistake()};
}

}  // namespace weir::amqp

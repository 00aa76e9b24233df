// Arguments of declarations and headers of messages in the topology's words, and which of queues are refused.
#pragma once

#include <optional>

#include "broker/routing/message.hpp"
#include "metadata/topology/requests.hpp"
#include "protocols/amqp/amqp_error.hpp"
#include "protocols/amqp/wire/properties.hpp"

namespace weir::amqp {

topology::Value neutral(const FieldValue& value);
topology::Table neutral(const Table& table);

// The longest time to live, of messages and of unused queues: ten years.
inline constexpr std::int64_t max_expiry_ms = 315'360'000'000;

// "longstr": a value's type as errors call it.
std::string_view type_name(const topology::Value& value);
// What is wrong with a value that must be an integer and is not one.
std::string not_an_integer(const topology::Value& value);
// And with one of another type than an argument can have.
std::string unacceptable(const topology::Value& value);
// "the value '10' of type 'signedint'" for an argument; "none" for neither.
std::string argument_text(const std::optional<topology::Value>& value);

// "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'".
std::string inequivalent_text(std::string_view what, std::string_view host, std::string_view name,
                              const topology::Difference& difference);

// The arguments that must be the same when something is declared again; of a queue those that its type has.
const std::vector<topology::ComparedArgument>& compared_queue_arguments(const topology::Queue& wanted);
const std::vector<topology::ComparedArgument>& compared_exchange_arguments();

// The explanation of a 406 for a queue whose arguments can't be, or that weir does not know how to serve yet:
// none is passed over that would change what happens to messages.
std::optional<std::string> queue_mistake(const topology::Queue& queue);

// Of these, where its leader shall be: of streams, too.
std::optional<std::string> locator_mistake(const topology::Queue& queue);
// The explanation of a 406 for a consumer of this queue with such arguments.
std::optional<std::string> consumer_mistake(const topology::Queue& queue, const topology::Table& arguments);

// What is wrong with the x-match of a binding to an exchange that looks at headers; nothing if it is right.
std::optional<std::string> header_match_mistake(const topology::Table& arguments);
// A limit among a virtual host's or a user's settings; nothing if there is none.
std::optional<std::size_t> limit_of(const topology::Table& settings, std::string_view name);
// Whether a setting is there, and true.
bool is_on(const topology::Table& settings, std::string_view name);

// Where copies of all messages of a traced virtual host go, and the host's setting that makes it one.
inline constexpr std::string_view trace_exchange = "amq.rabbitmq.trace";
inline constexpr std::string_view trace_setting = "tracing";

// The exchange kinds by their names; nothing for others.
std::optional<topology::ExchangeKind> exchange_kind(std::string_view type);
std::string_view exchange_type(topology::ExchangeKind kind);

// The type of an exchange that keeps messages until their time; how it routes them then says an argument.
inline constexpr std::string_view delayed_type = "x-delayed-message";
inline constexpr std::string_view delayed_type_argument = "x-delayed-type";
struct ExchangeType {
    topology::ExchangeKind kind;
    bool is_delayed = false;
};
// Or the explanation of a 406.
std::variant<ExchangeType, std::string> declared_type(std::string_view type, const Table& arguments);
// The type as it was declared.
std::string_view exchange_type(const topology::Exchange& exchange);

// A message's headers and properties as routing asks for them.
class RoutedHeaders final : public routing::Headers {
  public:
    explicit RoutedHeaders(const Properties& properties) : properties_(properties) {}
    const topology::Table& table() const override;
    std::string property(std::string_view name) const override;

  private:
    const Properties& properties_;
    mutable std::optional<topology::Table> table_;
};

}  // namespace weir::amqp

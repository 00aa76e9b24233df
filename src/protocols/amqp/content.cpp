// Putting messages together.
#include "protocols/amqp/content.hpp"

#include <fmt/format.h>

namespace weir::amqp {

namespace {

constexpr auto basic_class = BasicPublish::info.id.class_id;

AmqpError publish_error(ReplyCode code, std::string explanation) {
    return {code, std::move(explanation), BasicPublish::info.id};
}

}  // namespace

void Content::begin(const BasicPublish& method) {
    stage_ = Stage::header;
    method_ = method;
}

std::optional<AmqpError> Content::header(const ContentHeader& header, std::uint64_t max_message_bytes) {
    if (header.weight != 0) return unexpected();
    if (header.class_id != basic_class) {
        return publish_error(ReplyCode::unexpected_frame,
                             fmt::format("expected content header for class {}, got one for class {} instead",
                                         basic_class, header.class_id));
    }
    if (header.body_size > max_announced_bytes) {
        return publish_error(ReplyCode::frame_error,
                             fmt::format("content body size {} exceeds maximum allowed size {}",
                                         header.body_size, max_announced_bytes));
    }
    if (header.body_size > max_message_bytes) {
        return publish_error(ReplyCode::precondition_failed,
                             fmt::format("message size {} is larger than configured max size {}",
                                         header.body_size, max_message_bytes));
    }
    stage_ = Stage::body;
    properties_ = header.properties;
    left_ = header.body_size;
    return std::nullopt;
}

std::optional<AmqpError> Content::body(ByteView part) {
    if (part.size() > left_) {
        return publish_error(ReplyCode::frame_error, "content body frame exceeds remaining content size");
    }
    left_ -= part.size();
    if (left_ == 0 && kept_body_.empty())
        whole_body_ = part;
    else
        kept_body_.insert(kept_body_.end(), part.begin(), part.end());
    return std::nullopt;
}

AmqpError Content::unexpected() const {
    if (expects_body()) {
        return publish_error(ReplyCode::unexpected_frame,
                             "expected content body, got non content body frame instead");
    }
    return publish_error(
        ReplyCode::unexpected_frame,
        fmt::format("expected content header for class {}, got non content header frame instead",
                    basic_class));
}

std::variant<Publish, AmqpError> Content::message() const {
    const auto properties = decode_properties(properties_);
    if (!properties) return publish_error(ReplyCode::syntax_error, properties.error().message);
    return Publish{method_, *properties, properties_,
                   kept_body_.empty() ? whole_body_ : ByteView{kept_body_}};
}

void Content::keep() {
    if (idle()) return;
    Bytes names(method_.exchange.begin(), method_.exchange.end());
    const auto exchange_size = names.size();
    names.insert(names.end(), method_.routing_key.begin(), method_.routing_key.end());
    kept_names_ = std::move(names);
    method_.exchange = as_text(kept_names_).substr(0, exchange_size);
    method_.routing_key = as_text(kept_names_).substr(exchange_size);
    Bytes properties(properties_.begin(), properties_.end());
    kept_properties_ = std::move(properties);
    properties_ = kept_properties_;
}

void Content::clear() {
    stage_ = Stage::idle;
    properties_ = whole_body_ = {};
    left_ = 0;
    kept_body_ = {};
}

}  // namespace weir::amqp

// Errors about frames, in the words of RabbitMQ: it prints them as Erlang terms.
#pragma once

#include <string>

#include "protocols/amqp/amqp_error.hpp"
#include "protocols/amqp/wire/frame.hpp"

namespace weir::amqp {

// Bytes as an Erlang binary: <<"text">>, or <<1,2,255>> if they are not all printable.
std::string erlang_binary(ByteView bytes);

// 501 of a frame after which the stream can't be read on.
AmqpError bad_frame_error(const BadFrame& bad, std::uint32_t frame_max);
// 501 of a frame of no known type.
AmqpError unknown_frame_error(const Frame& frame);
// 505 of a frame that has no place here.
AmqpError unexpected_frame_error(const Frame& frame);
// 501 of a method whose fields can't be read.
AmqpError undecodable_error(MethodId method, ByteView fields);

}  // namespace weir::amqp

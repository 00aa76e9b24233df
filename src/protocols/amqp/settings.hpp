// What a connection offers and bears: the words with which it introduces itself, and its limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weir::amqp {

struct Settings {
    // Clients look at these two to know what they can use.
    std::string product = "RabbitMQ";
    std::string version = "4.1.0";
    std::string platform = "weir";
    std::string cluster_name = "weir";

    // What connection.tune proposes, and the most that a client may choose; 0 means without limit.
    std::uint16_t channel_max = 2047;
    std::uint32_t frame_max = 131'072;
    std::uint16_t heartbeat_s = 60;

    std::int64_t handshake_timeout_ms = 10'000;
    std::uint64_t max_message_bytes = std::uint64_t{128} << 20;     // of a body; more closes the channel
    std::uint64_t max_unfinished_bytes = std::uint64_t{192} << 20;  // of bodies under way, for a connection
    // Of frames that wait for their channels, for a connection: more, and nothing is read until half is gone.
    std::size_t max_held_bytes = std::size_t{256} << 10;
    // Of output that waits for the client to take it: more, and no deliveries are accepted until half is
    // gone.
    std::size_t max_waiting_bytes = std::size_t{1} << 20;
    // For how long a client may keep a message without settling it; then its channel ends.
    std::int64_t consumer_timeout_ms = std::int64_t{30} * 60 * 1000;
    // How long a client that polls an empty queue waits for its answer.
    std::int64_t empty_queue_wait_ms = 2;
    // Whether a client that asks for AMQP 1.0 is handed over (see Ending), or told to use 0-9-1.
    bool serves_amqp_1_0 = false;
};

// The most that RabbitMQ lets a header announce; more closes the connection.
inline constexpr std::uint64_t max_announced_bytes = std::uint64_t{512} << 20;
// For how long a client that has lost the beat, or not proved who it is, is kept waiting for the end.
inline constexpr std::int64_t silent_close_delay_ms = 3'000;
// For how long a client may take to answer a close, or to go after one.
inline constexpr std::int64_t max_closing_ms = 30'000;

}  // namespace weir::amqp

// The class connection (AMQP 0-9-1): the connection itself: handshake, close, flow control and new secrets;
// always on channel 0.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct ConnectionStart {
    static constexpr MethodInfo info{.id = {10, 10}, .name = "connection.start", .sender = Sender::server};

    std::uint8_t version_major = 0;
    std::uint8_t version_minor = 9;
    Table server_properties;
    LongString mechanisms;
    LongString locales;

    static void fields(auto& m, auto&& v) {
        v.field("version_major", m.version_major);
        v.field("version_minor", m.version_minor);
        v.field("server_properties", m.server_properties);
        v.field("mechanisms", m.mechanisms);
        v.field("locales", m.locales);
    }
};

struct ConnectionStartOk {
    static constexpr MethodInfo info{.id = {10, 11}, .name = "connection.start-ok", .sender = Sender::client};

    Table client_properties;
    std::string_view mechanism;
    Secret response;
    std::string_view locale;

    static void fields(auto& m, auto&& v) {
        v.field("client_properties", m.client_properties);
        v.field("mechanism", m.mechanism);
        v.field("response", m.response);
        v.field("locale", m.locale);
    }
};

struct ConnectionSecure {
    static constexpr MethodInfo info{.id = {10, 20}, .name = "connection.secure", .sender = Sender::server};

    LongString challenge;

    static void fields(auto& m, auto&& v) { v.field("challenge", m.challenge); }
};

struct ConnectionSecureOk {
    static constexpr MethodInfo info{
        .id = {10, 21}, .name = "connection.secure-ok", .sender = Sender::client};

    Secret response;

    static void fields(auto& m, auto&& v) { v.field("response", m.response); }
};

struct ConnectionTune {
    static constexpr MethodInfo info{.id = {10, 30}, .name = "connection.tune", .sender = Sender::server};

    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = 0;
    std::uint16_t heartbeat = 0;

    static void fields(auto& m, auto&& v) {
        v.field("channel_max", m.channel_max);
        v.field("frame_max", m.frame_max);
        v.field("heartbeat", m.heartbeat);
    }
};

struct ConnectionTuneOk {
    static constexpr MethodInfo info{.id = {10, 31}, .name = "connection.tune-ok", .sender = Sender::client};

    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = 0;
    std::uint16_t heartbeat = 0;

    static void fields(auto& m, auto&& v) {
        v.field("channel_max", m.channel_max);
        v.field("frame_max", m.frame_max);
        v.field("heartbeat", m.heartbeat);
    }
};

struct ConnectionOpen {
    static constexpr MethodInfo info{.id = {10, 40}, .name = "connection.open", .sender = Sender::client};

    std::string_view virtual_host;
    std::string_view capabilities;
    bool insist = false;

    static void fields(auto& m, auto&& v) {
        v.field("virtual_host", m.virtual_host);
        v.field("capabilities", m.capabilities);
        v.field("insist", m.insist);
    }
};

struct ConnectionOpenOk {
    static constexpr MethodInfo info{.id = {10, 41}, .name = "connection.open-ok", .sender = Sender::server};

    std::string_view known_hosts;

    static void fields(auto& m, auto&& v) { v.field("known_hosts", m.known_hosts); }
};

struct ConnectionClose {
    static constexpr MethodInfo info{.id = {10, 50}, .name = "connection.close", .sender = Sender::either};

    std::uint16_t reply_code = 0;
    std::string_view reply_text;
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;

    static void fields(auto& m, auto&& v) {
        v.field("reply_code", m.reply_code);
        v.field("reply_text", m.reply_text);
        v.field("class_id", m.class_id);
        v.field("method_id", m.method_id);
    }
};

struct ConnectionCloseOk {
    static constexpr MethodInfo info{.id = {10, 51}, .name = "connection.close-ok", .sender = Sender::either};

    static void fields(auto&, auto&&) {}
};

struct ConnectionBlocked {
    static constexpr MethodInfo info{.id = {10, 60}, .name = "connection.blocked", .sender = Sender::server};

    std::string_view reason;

    static void fields(auto& m, auto&& v) { v.field("reason", m.reason); }
};

struct ConnectionUnblocked {
    static constexpr MethodInfo info{
        .id = {10, 61}, .name = "connection.unblocked", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct ConnectionUpdateSecret {
    static constexpr MethodInfo info{
        .id = {10, 70}, .name = "connection.update-secret", .sender = Sender::client};

    Secret new_secret;
    std::string_view reason;

    static void fields(auto& m, auto&& v) {
        v.field("new_secret", m.new_secret);
        v.field("reason", m.reason);
    }
};

struct ConnectionUpdateSecretOk {
    static constexpr MethodInfo info{
        .id = {10, 71}, .name = "connection.update-secret-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

}  // namespace weir::amqp

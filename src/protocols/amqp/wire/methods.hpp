// The one list of all methods, and dispatch from the numbers on the wire to their structs.
#pragma once

#include <optional>
#include <variant>

#include "base/result.hpp"
#include "protocols/amqp/wire/access_methods.hpp"
#include "protocols/amqp/wire/basic_methods.hpp"
#include "protocols/amqp/wire/channel_methods.hpp"
#include "protocols/amqp/wire/confirm_methods.hpp"
#include "protocols/amqp/wire/connection_methods.hpp"
#include "protocols/amqp/wire/exchange_methods.hpp"
#include "protocols/amqp/wire/queue_methods.hpp"
#include "protocols/amqp/wire/reader.hpp"
#include "protocols/amqp/wire/tx_methods.hpp"
#include "protocols/amqp/wire/writer.hpp"

namespace weir::amqp {

// Any method; it views as the methods do.
using AnyMethod = std::variant<
    ConnectionStart, ConnectionStartOk, ConnectionSecure, ConnectionSecureOk, ConnectionTune,
    ConnectionTuneOk, ConnectionOpen, ConnectionOpenOk, ConnectionClose, ConnectionCloseOk, ConnectionBlocked,
    ConnectionUnblocked, ConnectionUpdateSecret, ConnectionUpdateSecretOk, ChannelOpen, ChannelOpenOk,
    ChannelFlow, ChannelFlowOk, ChannelClose, ChannelCloseOk, AccessRequest, AccessRequestOk, ExchangeDeclare,
    ExchangeDeclareOk, ExchangeDelete, ExchangeDeleteOk, ExchangeBind, ExchangeBindOk, ExchangeUnbind,
    ExchangeUnbindOk, QueueDeclare, QueueDeclareOk, QueueBind, QueueBindOk, QueuePurge, QueuePurgeOk,
    QueueDelete, QueueDeleteOk, QueueUnbind, QueueUnbindOk, BasicQos, BasicQosOk, BasicConsume,
    BasicConsumeOk, BasicCancel, BasicCancelOk, BasicPublish, BasicReturn, BasicDeliver, BasicGet, BasicGetOk,
    BasicGetEmpty, BasicAck, BasicReject, BasicRecoverAsync, BasicRecover, BasicRecoverOk, BasicNack,
    ConfirmSelect, ConfirmSelectOk, TxSelect, TxSelectOk, TxCommit, TxCommitOk, TxRollback, TxRollbackOk>;

template <Method M>
struct MethodType {
    using Struct = M;
};

namespace detail {
template <class F, class... M>
constexpr void for_each_of(const std::variant<M...>*, F&& f) {
    (f(MethodType<M>{}), ...);
}
template <class F, class... M>
constexpr bool dispatch_of(const std::variant<M...>*, MethodId id, F&& f) {
    return ((id.number() == M::info.id.number() && (f(MethodType<M>{}), true)) || ...);
}
inline constexpr const AnyMethod* all_methods = nullptr;
}  // namespace detail

// Calls f(MethodType<M>{}) for every method.
template <class F>
constexpr void for_each_method(F&& f) {
    detail::for_each_of(detail::all_methods, f);
}
// Calls f(MethodType<M>{}) for the method of that id; false if there is none.
template <class F>
constexpr bool dispatch(MethodId id, F&& f) {
    return detail::dispatch_of(detail::all_methods, id, f);
}

// What is known of the method of that id; nothing if there is none.
std::optional<MethodInfo> method_info(MethodId id);
MethodInfo info_of(const AnyMethod& method);

// Takes the id from the front of a method frame's payload. Errors: corrupt.
Result<MethodId> take_method_id(ByteView& payload);
// Reads the fields, which must fill `fields` exactly. Short strings must be UTF-8, but for those of methods
// with content. Errors: unsupported (no such method), corrupt (with the method, the field and the byte),
// invalid_argument (a short string that is no text, in RabbitMQ's words).
Result<AnyMethod> decode_method(MethodId id, ByteView fields);

template <Method M>
void write_method(Writer& out, const M& method) {
    out.number(M::info.id.class_id);
    out.number(M::info.id.method_id);
    M::fields(method, out);
}

}  // namespace weir::amqp
